"""How many rows validation has: given, or read from the steps in which its accuracy moves."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tuneit.curves import Series
from tuneit.diagnosis.view import CurveView

MOST_ROWS = 3000
"""The largest number of rows that is tried: more give steps that seven decimals hardly show."""

LOGGED_AS, ROUNDED = 1e-9, 1e-7
"""How near a value is to its rounded form where it was logged so, and what float32 adds to its
rounding error."""

LEAST_VALUES, MOST_VALUES = 4, 12
"""Different values that show a step, and as many as are worth looking at."""

BY_CHANCE = 1e-3
"""Probability that values without any step fit one, over all the numbers of rows tried."""


@lru_cache(maxsize=16)
def validation_rows(view: CurveView) -> int | None:
    """The rows that the user names; else what the accuracy shows; None where it shows nothing.

    The accuracy on n rows is a multiple of 1/n: the smallest n that all its values are multiples
    of, to the digits that were logged, unless random values would fit as well.
    """
    if view.reference.n_validation:
        return view.reference.n_validation
    values = view.series.get("val_accuracy")
    return None if values is None else _rows_behind(values)


def _digits(values: Series) -> int:
    """Decimals that were logged, at most seven."""
    return next(
        (d for d in range(2, 7) if np.allclose(np.round(values, d), values, 0, LOGGED_AS)), 7
    )


def _rows_behind(shares: Series) -> int | None:
    finite = shares[np.isfinite(shares)]
    values = np.unique(finite[(finite > 0) & (finite < 1)])[:MOST_VALUES]
    if len(values) < LEAST_VALUES:
        return None
    off = 0.5 / 10 ** _digits(values) + ROUNDED
    rows = np.arange(2, MOST_ROWS + 1)
    for value in values:
        counts = value * rows
        rows = rows[np.abs(counts - np.round(counts)) <= off * rows]
    chance = np.minimum(1.0, 2 * off * rows) ** len(values) * rows
    good = rows[chance < BY_CHANCE]
    return int(good[0]) if len(good) else None
