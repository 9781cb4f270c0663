"""What all members of a cohort do in an epoch, as functions for TensorFlow to trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tuneit.training.cohort.cost_model import operations_per_row
from tuneit.training.cohort.mapping import add_rules, over_members
from tuneit.training.cohort.noise import Noise
from tuneit.training.cohort.prepared_trial import PreparedExecution, Shape
from tuneit.training.cohort.template import Batch, State, Template
from tuneit.training.fitting.rows import Rows, shuffled
from tuneit.training.keras_loader import load_keras

load_keras()
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

add_rules()

_PIECE = 200e9
"""Operations at once, as `operations_per_row` counts: some five seconds on two cores.

Shorter pieces cost time for copying: of 9 million weights an epoch took 1.13 times as long with
60e9, 1.03 times with 240e9.
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
        """The rows of the candidates' own seeds and folds in an epoch (from 0)."""
        drawn = [shuffled(c.seed, epoch, c.shape.train) for c in executions]
        both = list(zip(executions, drawn, strict=True))
        trained = [order if c.fold is None else c.fold[0][order] for c, order in both]
        validated = [c.fold[1] for c in executions if c.fold is not None]
        weights = [c.weights[order] for c, order in both if c.weights is not None]
        return cls(
            tf.constant(np.stack(trained), tf.int32),
            (tf.constant(np.stack(validated), tf.int32),) if validated else (),
            (tf.constant(np.stack(weights), tf.float32),) if weights else (),
        )


class Members(NamedTuple):
    """What an epoch takes of the members beside their state, stacked along the leading axis.

    `numbers` are the lifted ones, float32; `seeds` those of their noise, int32.
    """

    numbers: Tensors
    seeds: Any
    order: Order


@dataclass(frozen=True, eq=False)
class Epoch:
    """An epoch of members with a template's structure, on rows of the same number.

    Members of different folds have the same `training` and `validation` rows to choose their own
    from; `shape` says how many. Validation takes `validation_rows` at once.
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
        """First row and end of each part of the `whole` rows to train so many members on at once.

        TensorFlow hears of no Ctrl-C before a part has ended.
        """
        work = operations_per_row(self.template.model) * count * self.batch_size
        rows = max(1, int(_PIECE / max(1.0, work))) * self.batch_size
        return ((first, min(first + rows, self.whole)) for first in range(0, self.whole, rows))

    def specs(self, count: int) -> tuple[Carry, Members]:
        """Shapes and types of what so many members carry from batch to batch, and of the rest."""

        def stacked(shape: Sequence[int | None], dtype: Any) -> Any:
            return tf.TensorSpec([count, *shape], dtype)

        template, shape = self.template, self.shape
        state = State(
            *(
                [stacked(v.shape, v.dtype) for v in variables]
                for variables in (template.weights, template.others, template.slots)
            )
        )
        order = Order(
            stacked([shape.train], tf.int32),
            (stacked([shape.validation], tf.int32),) * self.folds,
            (stacked([shape.train], tf.float32),) * shape.weighed,
        )
        numbers = [stacked([], tf.float32)] * len(template.lifted)
        metrics = [stacked(v.shape, v.dtype) for v in template.metrics]
        return (state, metrics), Members(numbers, stacked([], tf.int32), order)

    def begin(self, carry: Carry, members: Members, epoch: Any, first: Any, end: Any) -> Carry:
        """Train on a piece of the `whole` rows, in each member's own order; `epoch` counts from 0.

        Returns the state and the metrics' variables after them.
        """

        def step(carry: Carry, row: Any) -> Carry:
            return self._trained(carry, members, epoch, row, self.batch_size)

        return _repeat(step, carry, first, end, self.batch_size)

    def end(self, carry: Carry, members: Members, epoch: Any) -> tuple[State, Logs]:
        """Train on the rows that are left, then validate.

        Returns the new state, and Keras's logs with a value a member.
        """
        left = self.shape.train - self.whole
        if left:
            carry = self._trained(carry, members, epoch, tf.constant(self.whole), left)
        state, metrics = carry
        tested = self._validated(state, members, epoch)
        count = members.seeds.shape[0]
        logs = over_members(self.template.results, metrics, count)
        val_logs = over_members(self.template.results, tested, count)
        return state, logs | {f"val_{name}": value for name, value in val_logs.items()}

    def no_metrics(self, count: int) -> Tensors:
        """The metrics' variables of so many members before the first batch."""
        return [tf.broadcast_to(v, [count, *v.shape]) for v in self.template.no_metrics()]

    def _trained(self, carry: Carry, members: Members, epoch: Any, first: Any, count: int) -> Carry:
        """Train on the batch of `count` rows from the row `first` of each member's order on."""
        numbers, seeds, order = members
        step = epoch * self.steps + first // self.batch_size

        # With a size that is known TensorFlow makes a program of half the operations.
        def cut(rows: Any) -> Any:
            return tf.slice(rows, [0, first], [seeds.shape[0], count])

        def one(member: Any) -> Any:
            (state, metrics), numbers, seed, batch = member
            noise = Noise(step, seed)
            return self.template.train(state, metrics, numbers, noise, Batch(*batch))

        batch = (*self.training.gather(cut(order.trained)), *map(cut, order.weights))
        return over_members(one, (carry, numbers, seeds, batch), seeds.shape[0])

    def _validated(self, state: State, members: Members, epoch: Any) -> Carry:
        """The metrics' variables after all rows of the validation."""
        numbers, seeds, order = members
        first_step = epoch * self.steps

        def step(metrics: Carry, first: Any, count: int) -> Carry:
            # Rows that are the same for all are no part of what is mapped: they are not copied.
            own = [self.validation.gather(r[:, first : first + count]) for r in order.validated]
            shared = self.validation.part(first, count)

            def one(member: Any) -> Any:
                metrics, state, numbers, seed, own = member
                x, y = own[0] if own else shared
                noise = Noise(first_step, seed)
                return self.template.test(state, metrics, numbers, noise, Batch(x, y))

            return over_members(one, (metrics, state, numbers, seeds, own), seeds.shape[0])

        rows, size = self.shape.validation, self.validation_rows
        whole, metrics = rows - rows % size, self.no_metrics(seeds.shape[0])
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
