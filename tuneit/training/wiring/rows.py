"""Inputs and targets, with the properties that the checks need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tuneit.data.dataset import Array

MOST_CLASSES = 100
"""Whole numbers from 0 without a gap count as classes if there are at most this many."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Inputs by name, and the targets, each of shape (rows, …).

    `training` is the number of rows that training uses; `epochs` and `batch_size` those of `fit`,
    None where they are not known.
    """

    x: Mapping[str, Array]
    y: Array
    training: int
    epochs: int | None = None
    batch_size: int | None = None

    @cached_property
    def low(self) -> float:
        """The lowest target."""
        return float(np.min(self.y))

    @cached_property
    def high(self) -> float:
        """The highest target."""
        return float(np.max(self.y))

    @cached_property
    def is_whole(self) -> bool:
        """Whether all targets are whole numbers."""
        return bool(np.all(self.y == np.round(self.y)))

    @cached_property
    def column(self) -> Array | None:
        """The targets as one vector, where each row has one number; else None."""
        return self.y.reshape(len(self.y)) if self.y.size == len(self.y) else None

    @cached_property
    def is_zero_or_one(self) -> bool:
        """Whether the targets are zeros and ones."""
        return self.is_whole and self.low >= 0 and self.high <= 1

    @cached_property
    def is_one_hot(self) -> bool:
        """Whether each row of the last axis is one-hot: a single one, else zeros."""
        several = self.y.ndim > 1 and self.y.shape[-1] > 1
        return bool(several and self.is_zero_or_one and np.all(self.y.sum(axis=-1) == 1))

    @cached_property
    def is_multi_hot(self) -> bool:
        """Whether rows hold zeros and ones, and some several ones or none."""
        several = self.y.ndim > 1 and self.y.shape[-1] > 1
        return several and self.is_zero_or_one and not self.is_one_hot

    @cached_property
    def classes(self) -> int:
        """Number of classes, where the targets look like classes; else 0."""
        if self.is_one_hot:
            return int(self.y.shape[-1])
        if not self.is_whole or self.y.dtype.kind == "c" or self.y.size == 0:
            return 0
        found = np.unique(self.y)
        count = len(found)
        few = 2 <= count <= MOST_CLASSES and count <= max(2, len(self.y) // 2)
        return count if few and found[0] == 0 and found[-1] == count - 1 else 0
