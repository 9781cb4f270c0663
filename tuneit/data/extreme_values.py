"""Values so far from the others that they are probably faulty entries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tuneit.data.dataset import Array
from tuneit.errors.wording import figures

FAR = 1000.0
"""Interquartile ranges from the median. Tukey (1977) calls 3 "far out"; heavy-tailed features
such as incomes reach hundreds, a lost decimal point thousands and more."""

MOST_ROWS = 10_000
"""Quartiles are computed from at most this many evenly spaced rows, extremes from all rows."""


@dataclass(frozen=True)
class Extreme:
    """A feature (by index) with `count` extreme values, the farthest of which is `value`."""

    feature: int
    count: int
    value: float
    median: float

    def sentence(self, name: str) -> str:
        """The finding and the advice in one sentence."""
        return (
            f"feature '{name}' has {self.count} values more than {FAR:g} interquartile ranges from "
            f"its median of {figures(self.median)}, such as {figures(self.value)}: "
            "look for faulty entries"
        )


def find_extremes(x: Array) -> tuple[Extreme, ...]:
    """Return the extreme features of x, shape (rows, features), in order.

    A feature with an interquartile range of 0 (half its values or more are equal) is skipped.
    """
    low, median, high = np.percentile(x[:: -(-len(x) // MOST_ROWS)], (25, 50, 75), axis=0)
    reach = FAR * (high - low)
    distance = np.maximum(x.max(axis=0) - median, median - x.min(axis=0))
    found = []
    for index in np.flatnonzero((distance > reach) & (reach > 0)):
        away = np.abs(x[:, index] - median[index])
        count = int(np.sum(away > reach[index]))
        value = float(x[np.argmax(away), index])
        found.append(Extreme(int(index), count, value, float(median[index])))
    return tuple(found)
