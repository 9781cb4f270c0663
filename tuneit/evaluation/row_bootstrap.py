"""Intervals of scores that are made from sums over the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.evaluation.intervals import Interval, percentile_interval
from tuneit.evaluation.ranking import DRAWS, row_samples

Numbers = NDArray[np.float64]

MOST_CELLS = 5_000_000
"""Rows times sums up to which intervals are made; more rows make them very narrow."""


def score_intervals(
    sums: Any, scores: Callable[[Numbers], Mapping[str, NDArray[Any]]]
) -> dict[str, Interval]:
    """95 % bootstrap intervals of scores; seeded.

    `sums` (rows, sums) is what each row adds to the sums; `scores` turns the sums of samples, of
    shape (samples, sums), into scores (samples,) by name. Rows are drawn whole, with all of their
    steps or pixels. Empty for a single row, and for very many sums.
    """
    parts = np.asarray(sums, dtype=np.float64)
    if len(parts) < 2 or parts.size > MOST_CELLS:
        return {}
    drawn = np.concatenate([sample @ parts for sample in row_samples(len(parts), DRAWS)])
    with np.errstate(invalid="ignore", divide="ignore"):  # a score may not be defined for a sample
        ends = {name: percentile_interval(values) for name, values in scores(drawn).items()}
    return {name: interval for name, interval in ends.items() if interval is not None}
