"""A whole epoch of a whole cohort as one TensorFlow function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuneit.data.dataset import Features, Split
from tuneit.training.cohort.noise import Noise
from tuneit.training.cohort.template import State, Template
from tuneit.training.quiet import load_keras

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

Tensors = Sequence[Any]
Carry = Any


@dataclass(frozen=True, eq=False)
class Rows:
    """A split of the data as tensors on the device."""

    x: Any
    y: Any
    count: int

    @classmethod
    def of(cls, split: Split) -> Rows:
        """Convert as `keras.Model.fit` does: reals to Keras's float type."""
        return cls(_tensors(split.x), _tensor(split.y), len(split))

    def gather(self, rows: Any) -> Any:
        """`x` and `y` of the given rows, in their order."""
        return tf.nest.map_structure(lambda t: tf.gather(t, rows), (self.x, self.y))

    def part(self, first: Any, count: Any) -> Any:
        """`x` and `y` of `count` rows from the row `first` on."""
        return tf.nest.map_structure(lambda t: t[first : first + count], (self.x, self.y))


def _tensors(x: Features) -> Any:
    return tf.nest.map_structure(_tensor, x)


def _tensor(array: np.ndarray[Any, Any]) -> Any:
    return tf.constant(array, keras.config.floatx() if array.dtype.kind == "f" else None)


class Program:
    """Trains and validates all members of a cohort for an epoch, whatever their number.

    All tensors of members are stacked along a leading axis. Tracing takes seconds, so a program
    is kept for all cohorts of the same structure.
    """

    def __init__(
        self,
        template: Template,
        train: Rows,
        validation: Rows,
        batch_size: int,
        validation_rows: int,
    ) -> None:
        self.template = template
        self._train, self._validation = train, validation
        self._sizes = batch_size, validation_rows
        self._state = State(
            *(
                [_stacked(v) for v in variables]
                for variables in (template.weights, template.others, template.slots)
            )
        )
        members = tf.TensorSpec([None], tf.int32)
        self.epoch = tf.function(
            self._epoch,
            autograph=False,
            input_signature=[
                self._state,
                [tf.TensorSpec([None], tf.float32)] * len(template.lifted),
                members,
                tf.TensorSpec([None, train.count], tf.int32),
                tf.TensorSpec([], tf.int32),
            ],
        )

    @property
    def rows(self) -> int:
        """Rows that a member is trained on."""
        return self._train.count

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return -(-self._train.count // self._sizes[0])

    def trace(self) -> None:
        """Make the graph, which raises where something cannot be mapped over members."""
        self.epoch.get_concrete_function()

    def run(
        self, state: State, numbers: Tensors, seeds: Any, order: Any, epoch: Any
    ) -> tuple[State, Mapping[str, Any]]:
        """Train an epoch; where memory does not suffice, one half of the cohort after the other."""
        try:
            trained: tuple[State, Mapping[str, Any]]
            trained = self.epoch(state, numbers, seeds, order, epoch)
            return trained
        except tf.errors.ResourceExhaustedError:
            count = len(seeds)
            if count == 1:
                raise

        def half(part: slice) -> tuple[State, Mapping[str, Any]]:
            members = (state, numbers, seeds, order)
            few, its_numbers, its_seeds, its_order = tf.nest.map_structure(
                lambda t: t[part], members
            )
            return self.run(few, its_numbers, its_seeds, its_order, epoch)

        halves = half(slice(count // 2)), half(slice(count // 2, None))
        whole: tuple[State, Mapping[str, Any]]
        whole = tf.nest.map_structure(lambda *parts: tf.concat(parts, 0), *halves)
        return whole

    def _epoch(
        self, state: State, numbers: Tensors, seeds: Any, order: Any, epoch: Any
    ) -> tuple[State, Mapping[str, Any]]:
        """Train on the rows in each member's own `order`, then validate.

        `numbers` are the lifted ones, `seeds` those of the members' noise; `epoch` counts from 0.
        Returns the new state, and Keras's logs with a value a member.
        """
        batch_size, validation_rows = self._sizes
        count, template = tf.shape(seeds)[0], self.template
        first_step = epoch * self.steps

        def train(carry: Carry, first: Any, size: Any) -> Carry:
            step = first_step + first // batch_size

            def one(member: Any) -> Any:
                (state, metrics), numbers, seed, rows = member
                noise = Noise(step, seed)
                return template.train(state, metrics, numbers, noise, *self._train.gather(rows))

            rows = order[:, first : first + size]
            return tf.vectorized_map(one, (carry, numbers, seeds, rows))

        def test(metrics: Carry, first: Any, size: Any) -> Carry:
            x, y = self._validation.part(first, size)

            def one(member: Any) -> Any:
                metrics, state, numbers, seed = member
                return template.test(state, metrics, numbers, Noise(first_step, seed), x, y)

            return tf.vectorized_map(one, (metrics, state, numbers, seeds))

        no_metrics = [
            tf.broadcast_to(v, tf.concat([[count], v.shape], 0)) for v in template.no_metrics()
        ]
        state, metrics = _sweep(train, (state, no_metrics), self._train.count, batch_size)
        tested = _sweep(test, no_metrics, self._validation.count, validation_rows)
        logs = tf.vectorized_map(template.results, metrics)
        val_logs = tf.vectorized_map(template.results, tested)
        return state, logs | {f"val_{name}": value for name, value in val_logs.items()}


def _sweep(step: Callable[[Carry, Any, Any], Carry], carry: Carry, rows: int, size: int) -> Carry:
    """Carry a value through all batches: `step(carry, first_row, rows_of_the_batch)`.

    The last batch may be smaller; padding it would change losses and batch statistics.
    """
    if rows <= size:
        return step(carry, tf.constant(0), tf.constant(rows))
    shapes = tf.nest.map_structure(lambda t: tf.TensorShape([None, *t.shape[1:]]), carry)

    def body(first: Any, carry: Carry) -> tuple[Any, Carry]:
        stepped = step(carry, first, tf.minimum(size, rows - first))
        tf.nest.map_structure(lambda t, shape: t.set_shape(shape), stepped, shapes)
        return first + size, stepped

    _, carry = tf.while_loop(
        lambda first, _: first < rows,
        body,
        (tf.constant(0), carry),
        shape_invariants=(tf.TensorShape([]), shapes),
    )
    return carry


def _stacked(variable: Any) -> Any:
    return tf.TensorSpec([None, *variable.shape], variable.dtype)
