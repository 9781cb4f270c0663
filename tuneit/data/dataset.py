"""The dataset that a study trains, selects and evaluates on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Task = Literal["classification", "regression"]
Array = NDArray[Any]
Features = Array | dict[str, Array]
"""One array of shape (rows, …), or one array per named model input."""


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of features and targets.

    `y` holds class indices (int64, shape (rows,)), one-hot rows (float32, shape (rows, classes))
    or real targets (float32, shape (rows,) or (rows, outputs)).
    """

    x: Features
    y: Array

    def __len__(self) -> int:
        return len(self.y)

    def labels(self) -> Array:
        """Class indices of shape (rows,), also where the targets are one-hot."""
        return np.argmax(self.y, axis=1) if self.y.ndim == 2 and self.y.shape[1] > 1 else self.y

    def take(self, rows: Array) -> Split:
        """The given rows, in the given order."""
        return Split(take(self.x, rows), self.y[rows])


@dataclass(frozen=True, eq=False)
class Dataset:
    """Three disjoint splits; `notes` says in sentences what was inferred or left out."""

    name: str
    task: Task
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def input_shape(self) -> tuple[int, ...] | dict[str, tuple[int, ...]]:
        """Shape of one row of features."""
        x = self.train.x
        if isinstance(x, dict):
            return {name: array.shape[1:] for name, array in x.items()}
        return x.shape[1:]


def take(x: Features, rows: Array) -> Features:
    """The given rows of one array or of each."""
    if isinstance(x, dict):
        return {name: array[rows] for name, array in x.items()}
    return x[rows]
