"""Sorts models of unlike widths into classes of similar width, where that saves time.

Models that train together are computed as wide as the widest of them. Two classes compute fewer
zeros than one, but each class needs a program of its own, which takes seconds to trace.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tuneit.training.cohort.cost_model import operations_by_weight
from tuneit.training.keras_loader import load_keras

load_keras()
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

Widths = NDArray[np.int64]
"""The lengths of all axes of all trained weights of a model, of shape (axes,)."""

Seconds = Callable[[Widths], float]


def widths_of(model: Any) -> Widths:
    """The widths of a model."""
    return np.array([n for variable in model.trainable_variables for n in variable.shape], np.int64)


def operations_at(widths: Widths, widest: Any) -> float:
    """About the operations for one row of a model that differs from `widest` in its widths."""
    found = operations_by_weight(widest)
    total, first = 0.0, 0
    for variable in widest.trainable_variables:
        own = widths[first : first + len(variable.shape)]
        first += len(variable.shape)
        total += found.get(id(variable), 0.0) * float(np.prod(own / np.array(variable.shape)))
    return total


def classes(rows: Any, widths: Widths, seconds: Seconds, one_more: float) -> list[list[int]]:
    """Split models, whose widths are these `rows` of `widths`, into classes of rows.

    `seconds` says how long a model of given widths trains, and `one_more` what a class costs. A
    class is split in two along one width, as long as that saves more.
    """

    def together(part: Any) -> float:
        return len(part) * seconds(widths[part].max(axis=0))

    best, halves = together(rows) - one_more, None
    own = widths[rows]
    for column in np.unique(own, axis=1).T:
        for threshold in np.unique(column)[:-1]:
            pair = rows[column <= threshold], rows[column > threshold]
            if (took := sum(map(together, pair))) < best:
                best, halves = took, pair
    if halves is None:
        return [rows.tolist()]
    return [found for half in halves for found in classes(half, widths, seconds, one_more)]
