"""One epoch of all members of a stack, as functions for TensorFlow to trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tuneit.training.cohort.cost_model import operations_per_row
from tuneit.training.cohort.mapping import add_rules, over_members
from tuneit.training.cohort.prepared_trial import PreparedExecution, Shape
from tuneit.training.cohort.template import Batch, State, Template
from tuneit.training.cohort.varying import Own
from tuneit.training.fitting.rows import Rows, shuffled
from tuneit.training.keras_loader import load_keras

load_keras()
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

add_rules()

_PIECE = 200e9
"""Operations of one piece, as `operations_per_row` counts: some five seconds on two cores.

Shorter pieces cost time for copying. With 9 million weights an epoch took 1.13 times as long at
60e9, and 1.03 times at 240e9.
"""

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
    def of(cls, executions: Sequence[PreparedExecution], epoch: int) -> Order:
        """The rows that executions see in an epoch (from 0), by their seeds and folds."""
        shuffles = [shuffled(c.seed, epoch, c.shape.train) for c in executions]
        both = list(zip(executions, shuffles, strict=True))
        trained = [order if c.fold is None else c.fold[0][order] for c, order in both]
        validated = [c.fold[1] for c in executions if c.fold is not None]
        weights = [c.weights[order] for c, order in both if c.weights is not None]
        return cls(
            tf.constant(np.stack(trained), tf.int32),
            (tf.constant(np.stack(validated), tf.int32),) if validated else (),
            (tf.constant(np.stack(weights), tf.float32),) if weights else (),
        )


class Members(NamedTuple):
    """What an epoch needs of the members beside their state, stacked along the leading axis."""

    own: Own
    order: Order

    @property
    def size(self) -> int:
        """How many they are."""
        return int(self.own.seed.shape[0])


@dataclass(frozen=True, eq=False)
class Epoch:
    """Defines an epoch: training on batches in each member's own order, then validation.

    `training` and `validation` are all rows; in cross-validation each member chooses its own from
    them. `shape` has a member's numbers of rows. A validation batch has `validation_rows` rows.
    """

    template: Template
    training: Rows
    validation: Rows
    shape: Shape
    batch_size: int
    validation_rows: int
    folds: bool = False

    @property
    def whole(self) -> int:
        """Training rows in batches of full size."""
        return self.shape.train - self.shape.train % self.batch_size

    @property
    def steps(self) -> int:
        """Batches in which the rows are trained on; the last may be smaller."""
        return -(-self.shape.train // self.batch_size)

    def pieces(self, count: int) -> Iterator[tuple[int, int]]:
        """Split the `whole` rows into pieces, each for one call of the graph: (first row, end).

        Python handles Ctrl-C only between calls, so a piece takes a few seconds at most.
        """
        work = operations_per_row(self.template.model) * count * self.batch_size
        rows = max(1, int(_PIECE / max(1.0, work))) * self.batch_size
        return ((first, min(first + rows, self.whole)) for first in range(0, self.whole, rows))

    def specs(self, count: int) -> tuple[Carry, Members]:
        """TensorSpecs for the two arguments of `begin`: the carry and the members."""

        def stacked(shape: Sequence[int | None], dtype: Any) -> Any:
            return tf.TensorSpec([count, *shape], dtype)

        template, shape = self.template, self.shape
        state = tf.nest.map_structure(lambda v: stacked(v.shape, v.dtype), template.variables)
        order = Order(
            stacked([shape.train], tf.int32),
            (stacked([shape.validation], tf.int32),) * self.folds,
            (stacked([shape.train], tf.float32),) * shape.weighted,
        )
        own = Own.specs(template.varying, template.model, count)
        metrics = [stacked(v.shape, v.dtype) for v in template.metrics]
        return (state, metrics), Members(own, order)

    def begin(self, carry: Carry, members: Members, epoch: Any, first: Any, end: Any) -> Carry:
        """Train on one piece of the `whole` rows; `epoch` counts from 0.

        The carry is the state and the metrics' variables; returns them as they are afterwards.
        """

        def step(carry: Carry, row: Any) -> Carry:
            return self._trained(carry, members, epoch, row, self.batch_size)

        return _repeat(step, carry, first, end, self.batch_size)

    def end(self, carry: Carry, members: Members, epoch: Any) -> tuple[State, Logs]:
        """Train on the rows of the last, smaller batch, then validate.

        Returns the new state, and Keras's logs with a value for each member.
        """
        left = self.shape.train - self.whole
        if left:
            carry = self._trained(carry, members, epoch, tf.constant(self.whole), left)
        state, metrics = carry
        tested = self._validated(state, members, epoch)
        logs = over_members(self.template.results, metrics, members.size)
        val_logs = over_members(self.template.results, tested, members.size)
        return state, logs | {f"val_{name}": value for name, value in val_logs.items()}

    def no_metrics(self, count: int) -> Tensors:
        """The metrics' variables of `count` members before the first batch."""
        return [tf.broadcast_to(v, [count, *v.shape]) for v in self.template.no_metrics()]

    def _trained(self, carry: Carry, members: Members, epoch: Any, first: Any, count: int) -> Carry:
        """Train on one batch: `count` rows of each member's order, from place `first`."""
        step = epoch * self.steps + first // self.batch_size

        # With a fixed size TensorFlow makes a graph of half as many operations.
        def cut(rows: Any) -> Any:
            return tf.slice(rows, [0, first], [members.size, count])

        def one(member: Any) -> Any:
            (state, metrics), own, batch = member
            return self.template.train(state, metrics, own, step, Batch(*batch))

        order = members.order
        batch = (*self.training.gather(cut(order.trained)), *map(cut, order.weights))
        return over_members(one, (carry, members.own, batch), members.size)

    def _validated(self, state: State, members: Members, epoch: Any) -> Carry:
        """The metrics' variables after all rows of the validation."""
        first_step = epoch * self.steps

        def step(metrics: Carry, first: Any, count: int) -> Carry:
            # Rows that all members share are not mapped over, so they are not copied.
            orders = members.order.validated
            rows = [self.validation.gather(order[:, first : first + count]) for order in orders]
            shared = self.validation.part(first, count)

            def one(member: Any) -> Any:
                metrics, state, own, rows = member
                x, y = rows[0] if rows else shared
                return self.template.test(state, metrics, own, first_step, Batch(x, y))

            return over_members(one, (metrics, state, members.own, rows), members.size)

        rows, size = self.shape.validation, self.validation_rows
        whole, metrics = rows - rows % size, self.no_metrics(members.size)
        if whole:
            begin, end = tf.constant(0), tf.constant(whole)
            metrics = _repeat(lambda m, first: step(m, first, size), metrics, begin, end, size)
        # Padding a smaller batch would change losses and batch statistics.
        return step(metrics, tf.constant(whole), rows - whole) if whole < rows else metrics


def _repeat(
    step: Callable[[Carry, Any], Carry], carry: Carry, begin: Any, end: Any, size: int
) -> Carry:
    """Carry a value through batches of one size, from row to row: `step(carry, first_row)`."""

    def body(first: Any, carry: Carry) -> tuple[Any, Carry]:
        stepped = step(carry, first)
        tf.nest.map_structure(lambda t, before: t.set_shape(before.shape), stepped, carry)
        return first + size, stepped

    return tf.while_loop(lambda first, _: first < end, body, (begin, carry))[1]
