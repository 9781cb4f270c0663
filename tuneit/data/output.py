"""One output of a model: what its targets are, and how they represent classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tuneit.data.head import Task
from tuneit.data.nested import Array, Nested

_MOST_INDICES = 100_000
"""Classes with larger numbers are coded by their numbers; smaller ones are indices from 0."""


@dataclass(frozen=True)
class Output:
    """What the targets of one output are.

    `name` is the model's name of the output; "" where it is the only one. `place` counts the
    outputs from 0, and `key` is where its targets stand among those of all outputs: a dict's key,
    an index in a tuple, or None for a single array. `row_shape` is the shape of one row of the
    targets: () for (rows,).

    `task` is `classification` (one label a row, or a label at each position of a row),
    `multilabel` (0/1 rows: each column is a label of its own), or `regression`. `class_names` names
    the classes, or the labels of `multilabel`. `codes` are the numbers that stand for the classes
    in the targets, ascending, in the order of the names; there are none where the classes are the
    last axis of one-hot targets (`is_one_hot`), and for other tasks. `is_copy_of_input` is whether
    the targets are the inputs themselves, as those of an autoencoder are.
    """

    task: Task
    name: str = ""
    class_names: tuple[str, ...] = ()
    codes: tuple[float, ...] = ()
    row_shape: tuple[int, ...] = ()
    is_one_hot: bool = False
    is_copy_of_input: bool = False
    place: int = 0
    key: str | int | None = None

    @property
    def positions(self) -> tuple[int, ...]:
        """The axes of a row that hold a label each: () for one label a row.

        (steps,) for the tags of a sequence, (height, width) for the pixels of a segmentation.
        """
        if self.task != "classification":
            return ()
        shape = self.row_shape
        has_last = self.is_one_hot or (bool(shape) and shape[-1] == 1)
        return shape[:-1] if has_last else shape

    @property
    def loss_axes(self) -> tuple[int, ...]:
        """The axes of a row at which the loss has a value each, so that weights may have them.

        The positions of classes; of numbers and labels all axes but the last.
        """
        return self.positions if self.task == "classification" else self.row_shape[:-1]

    @property
    def per_position(self) -> bool:
        """Whether there is a class for each position of a row, rather than one for the row."""
        return bool(self.positions)

    @property
    def has_label_a_row(self) -> bool:
        """Whether each row is of one class: rows can be stratified and weighted by it."""
        return self.task == "classification" and not self.per_position

    @property
    def has_number_a_row(self) -> bool:
        """Whether the target is one real number a row."""
        return self.task == "regression" and self.row_shape in ((), (1,))

    def of(self, nested: Nested | list[Any]) -> Any:
        """This output's part of targets, or of a model's predictions.

        By name, or by its key, of a dict; by its place in a tuple or list.
        """
        if isinstance(nested, dict):
            known = [name for name in (self.key, self.name) if name in nested]
            return nested[known[0]] if known else list(nested.values())[self.place]
        if isinstance(nested, (tuple, list)):
            return nested[self.place]
        return nested

    def labels(self, y: Array) -> Array:
        """Class indices of this output's targets, int64 of shape (rows, *positions).

        -1 stands at positions whose number is of no class, such as one that the loss ignores.
        Of `multilabel` the 0/1 rows, and of `regression` the numbers: as they are, but (rows,)
        where the target is a column.
        """
        if self.task != "classification":
            return y[:, 0] if y.shape[1:] == (1,) else y
        if self.is_one_hot:
            most: Array = np.argmax(y, axis=-1)
            return most
        # A batch of sequences may have fewer steps than `row_shape`.
        column = self.per_position and self.row_shape[-1] == 1
        labels: Array = y[..., 0] if column else y if self.per_position else y.reshape(len(y))
        if not self.codes:
            return labels
        codes = np.asarray(self.codes)
        found = np.minimum(np.searchsorted(codes, labels), len(codes) - 1)
        indices: Array = np.where(codes[found] == labels, found, -1) if self.per_position else found
        return indices


def class_name(value: object) -> str:
    """The name of the class of a value: `3` for 3 and for 3.0."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def codes_of(targets: list[Array], names: tuple[str, ...]) -> tuple[float, ...]:
    """The numbers that stand for classes: 0, 1, … where all are such, else those that occur."""
    found = np.unique(np.concatenate([y.reshape(-1) for y in targets])).astype(float)
    count = max(len(names), int(found.max(initial=-1)) + 1)
    if count <= _MOST_INDICES and np.isin(found, np.arange(count)).all():
        return tuple(range(count))
    return tuple(found.tolist())
