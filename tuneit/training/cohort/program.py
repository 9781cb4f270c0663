"""A whole epoch of a whole cohort as one TensorFlow function."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from tuneit.training.cohort.candidates import Candidate, Shape
from tuneit.training.cohort.mapping import add_rules
from tuneit.training.cohort.noise import Noise
from tuneit.training.cohort.template import Batch, State, Template
from tuneit.training.cohort.worth import COMPILING_S
from tuneit.training.quiet import load_keras
from tuneit.training.rows import Rows, shuffled

load_keras()
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

add_rules()

Tensors = Sequence[Any]
Logs = Mapping[str, Any]
Carry = Any


class Order(NamedTuple):
    """Which rows each member sees in an epoch: int32 of shape (members, rows).

    `validated` is empty where all members are validated on the same rows; else it holds one such
    array. `weights` holds the rows' weights in the order of `trained`, if they have any.
    """

    trained: Any
    validated: tuple[Any, ...] = ()
    weights: tuple[Any, ...] = ()

    @classmethod
    def of(cls, candidates: Sequence[Candidate], epoch: int) -> Order:
        """The rows of the candidates' own seeds and folds in an epoch (from 0)."""
        drawn = [shuffled(c.seed, epoch, c.shape.train) for c in candidates]
        both = list(zip(candidates, drawn, strict=True))
        trained = [order if c.fold is None else c.fold[0][order] for c, order in both]
        validated = [c.fold[1] for c in candidates if c.fold is not None]
        weights = [c.weights[order] for c, order in both if c.weights is not None]
        return cls(
            tf.constant(np.stack(trained), tf.int32),
            (tf.constant(np.stack(validated), tf.int32),) if validated else (),
            (tf.constant(np.stack(weights), tf.float32),) if weights else (),
        )


class Program:
    """Trains and validates all members of a cohort for an epoch.

    All tensors of members are stacked along a leading axis. There is a graph for each number of
    members, since mapping over a number that is known copies nothing. Tracing one takes seconds,
    so a program is kept for all cohorts of the same structure and shape. Members of different
    folds have the same `train` and `validation` rows to choose their own from; `shape` says how
    many. `compiled` has XLA fuse the training, which takes some seconds more and then saves
    most of the time that is spent on reading and writing weights.
    """

    def __init__(
        self,
        template: Template,
        train: Rows,
        validation: Rows,
        shape: Shape,
        batch_size: int,
        validation_rows: int,
        *,
        folds: bool = False,
        compiled: bool = False,
    ) -> None:
        self.template = template
        self._compiled = compiled
        self._train, self._validation = train, validation
        self._counts, self._weighed = (shape.train, shape.validation), shape.weighed
        self._sizes = min(batch_size, shape.train), validation_rows
        self._folds = folds
        self._graphs: dict[int, Callable[..., tuple[State, Logs]]] = {}
        self._tracing = 0.0

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return -(-self._counts[0] // self._sizes[0])

    def sizes(self, members: int) -> list[int]:
        """Seats to choose from for so many members: those of a graph to be made, or of one made."""
        return [members, *(size for size in self._graphs if size > members)]

    def size(self, members: int) -> int:
        """The number of seats to start with: that of a graph made, unless it is far larger."""
        return min((n for n in self._graphs if members <= n <= 1.25 * members), default=members)

    def trace(self, members: int) -> None:
        """Make the graph, which raises where something cannot be mapped over members."""
        if members not in self._graphs:
            began = time.perf_counter()
            self._graphs[members] = self._graph(members)
            self._tracing = time.perf_counter() - began + COMPILING_S * self._compiled

    def tracing(self, members: int) -> float:
        """Seconds until there is a graph for so many members, going by the last one made."""
        return 0.0 if members in self._graphs else self._tracing

    def run(
        self, state: State, numbers: Tensors, seeds: Any, order: Order, epoch: Any
    ) -> tuple[State, Logs]:
        """Train an epoch; where memory does not suffice, one half of the cohort after the other."""
        count = len(seeds)
        self.trace(count)
        try:
            return self._graphs[count](state, numbers, seeds, order, epoch)
        except tf.errors.ResourceExhaustedError:
            if count == 1:
                raise

        def half(part: slice) -> tuple[State, Logs]:
            members = (state, numbers, seeds, order)
            few, its_numbers, its_seeds, its_order = tf.nest.map_structure(
                lambda t: t[part], members
            )
            return self.run(few, its_numbers, its_seeds, its_order, epoch)

        halves = half(slice(count // 2)), half(slice(count // 2, None))
        whole: tuple[State, Logs]
        whole = tf.nest.map_structure(lambda *parts: tf.concat(parts, 0), *halves)
        return whole

    def _graph(self, members: int) -> Callable[..., tuple[State, Logs]]:
        template = self.template

        def stacked(shape: Sequence[int | None], dtype: Any) -> Any:
            return tf.TensorSpec([members, *shape], dtype)

        trained, validated = self._counts
        state = State(
            *(
                [stacked(v.shape, v.dtype) for v in variables]
                for variables in (template.weights, template.others, template.slots)
            )
        )
        graph: Callable[..., tuple[State, Logs]] = tf.function(
            self._epoch, autograph=False
        ).get_concrete_function(
            state,
            [stacked([], tf.float32)] * len(template.lifted),
            stacked([], tf.int32),
            Order(
                stacked([trained], tf.int32),
                (stacked([validated], tf.int32),) * self._folds,
                (stacked([trained], tf.float32),) * self._weighed,
            ),
            tf.TensorSpec([], tf.int32),
        )
        return graph

    def _epoch(
        self, state: State, numbers: Tensors, seeds: Any, order: Order, epoch: Any
    ) -> tuple[State, Logs]:
        """Train on the rows in each member's own `order`, then validate.

        `numbers` are the lifted ones, `seeds` those of the members' noise; `epoch` counts from 0.
        Returns the new state, and Keras's logs with a value a member.
        """
        validation_rows = self._sizes[1]
        members, template = seeds.shape[0], self.template
        first_step = epoch * self.steps

        def test(metrics: Carry, first: Any, size: Any) -> Carry:
            # Rows that are the same for all are no part of what is mapped: they are not copied.
            own = [self._validation.gather(r[:, first : first + size]) for r in order.validated]
            shared = self._validation.part(first, size)

            def one(member: Any) -> Any:
                metrics, state, numbers, seed, own = member
                x, y = own[0] if own else shared
                noise = Noise(first_step, seed)
                return template.test(state, metrics, numbers, noise, Batch(x, y))

            return tf.vectorized_map(one, (metrics, state, numbers, seeds, own))

        no_metrics = [tf.broadcast_to(v, [members, *v.shape]) for v in template.no_metrics()]
        state, metrics = self._trained((state, no_metrics), numbers, seeds, order, first_step)
        tested = _sweep(test, no_metrics, self._counts[1], validation_rows)
        logs = tf.vectorized_map(template.results, metrics)
        val_logs = tf.vectorized_map(template.results, tested)
        return state, logs | {f"val_{name}": value for name, value in val_logs.items()}

    def _trained(
        self, carry: Carry, numbers: Tensors, seeds: Any, order: Order, first_step: Any
    ) -> Carry:
        """The members' state and metrics after all batches of an epoch.

        XLA gets the loop over the batches whole, so that it copies nothing between them, and with
        a known number of rows in each, which halves the time. Of the last batch, which may have a
        size of its own, there is too little to compile it.
        """
        members, rows, size = seeds.shape[0], self._counts[0], self._sizes[0]

        def step(carry: Carry, first: Any, count: int) -> Carry:
            def cut(rows: Any) -> Any:
                return tf.slice(rows, [0, first], [members, count])

            given = (*self._train.gather(cut(order.trained)), *map(cut, order.weights))
            return self._train_batch(carry, numbers, seeds, first_step + first // size, given)

        whole = rows - rows % size

        def sweep(carry: Carry) -> Carry:
            return _repeat(lambda carry, first: step(carry, first, size), carry, whole, size)

        if whole:
            carry = tf.function(sweep, autograph=False, jit_compile=self._compiled)(carry)
        return step(carry, tf.constant(whole), rows - whole) if whole < rows else carry

    def _train_batch(
        self, carry: Carry, numbers: Tensors, seeds: Any, step: Any, batch: Tensors
    ) -> Carry:
        def one(member: Any) -> Any:
            (state, metrics), numbers, seed, batch = member
            noise = Noise(step, seed)
            return self.template.train(state, metrics, numbers, noise, Batch(*batch))

        return tf.vectorized_map(one, (carry, numbers, seeds, batch))


def _sweep(step: Callable[[Carry, Any, Any], Carry], carry: Carry, rows: int, size: int) -> Carry:
    """Carry a value through all batches: `step(carry, first_row, rows_of_the_batch)`.

    The last batch may be smaller; padding it would change losses and batch statistics.
    """
    whole = rows - rows % size
    if whole:
        carry = _repeat(lambda carry, first: step(carry, first, size), carry, whole, size)
    return step(carry, tf.constant(whole), rows - whole) if whole < rows else carry


def _repeat(step: Callable[[Carry, Any], Carry], carry: Carry, rows: int, size: int) -> Carry:
    """Carry a value through batches of one size: `step(carry, first_row)`."""

    def body(first: Any, carry: Carry) -> tuple[Any, Carry]:
        stepped = step(carry, first)
        tf.nest.map_structure(lambda t, before: t.set_shape(before.shape), stepped, carry)
        return first + size, stepped

    return tf.while_loop(lambda first, _: first < rows, body, (tf.constant(0), carry))[1]
