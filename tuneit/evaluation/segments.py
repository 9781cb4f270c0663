"""Weak segments: rows of one value, or of a range of a column, on which the model is worse."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors.wording import figures
from tuneit.evaluation.intervals import Interval, wilson_interval
from tuneit.evaluation.row_inputs import Column

FEWEST_ROWS = 20
"""Rows that a segment has at least, and that lie outside of it."""

MOST_VALUES = 10
"""Values up to which each is a segment; a column of more numbers is cut into quarters, one of more
texts has segments of its ten most frequent ones."""

LEVEL = 0.05
"""How often some segment is named where the model is equally good on all rows."""

SMALLEST_DROP = 0.02
"""A lower accuracy from which a segment is named; smaller ones matter little to most users."""

SMALLEST_RISE = 1.1
"""The same for errors: this many times the error of the other rows."""


@dataclass(frozen=True)
class Segment:
    """A segment in words, its rows, and its score beside that of all other rows.

    `interval` holds the score of this and all other segments that were looked at in 95 % of
    samples. `p_value` is Holm's, corrected for as many looks (S. Holm, Scandinavian Journal of
    Statistics 6, 1979, 65–70).
    """

    says: str
    rows: int
    score: float
    others: float
    interval: Interval
    p_value: float


@dataclass(frozen=True)
class Segments:
    """The weak segments, the least probable by chance first; `looked_at` is how many there were.

    `score` is the accuracy, or the mean absolute error.
    """

    score: str
    looked_at: int
    found: tuple[Segment, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `summary.json` gives it."""
        return asdict(self)


def weak_segments(
    columns: Sequence[Column], scores: NDArray[Any], *, are_errors: bool
) -> Segments | None:
    """Compare the rows of each segment with all others.

    `scores` (rows,) are whether each row is right, or with `are_errors` its absolute error. Right
    answers are compared by Fisher's exact test, errors by Welch's test, both one-sided. None where
    no segment has `FEWEST_ROWS` rows.
    """
    values, looked = scores.astype(np.float64), []
    for column in columns:
        for says, rows in _segments(column):
            if FEWEST_ROWS <= rows.sum() <= len(rows) - FEWEST_ROWS:
                looked.append((says, _Part.of(values[rows]), _Part.of(values[~rows])))
    if not looked:
        return None
    compare = _worse_errors if are_errors else _fewer_right
    p_values = np.array([compare(own, others) for _, own, others in looked])
    order = np.argsort(p_values, kind="stable")
    corrected = np.maximum.accumulate(p_values[order] * np.arange(len(looked), 0, -1))
    found = []
    for index, p_value in zip(order, corrected, strict=True):
        says, own, others = looked[index]
        if p_value >= LEVEL or not _matters(own.mean, others.mean, are_errors=are_errors):
            continue
        interval = _interval(own, LEVEL / len(looked), are_errors=are_errors)
        found.append(Segment(says, own.rows, own.mean, others.mean, interval, float(p_value)))
    return Segments("mean absolute error" if are_errors else "accuracy", len(looked), tuple(found))


@dataclass(frozen=True)
class _Part:
    """Some rows: how many, and the mean and the standard deviation of their scores."""

    rows: int
    mean: float
    std: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> _Part:
        return cls(len(values), float(values.mean()), float(values.std(ddof=1)))


def _segments(column: Column) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """A column's segments in words, and which rows belong to each."""
    values = column.values
    if not column.is_text:
        values = values.astype(np.float64)
        if not np.isfinite(values).all():
            return
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) > MOST_VALUES and not column.is_text:
        ends = np.unique(np.quantile(values, [0.25, 0.5, 0.75]))
        place = np.searchsorted(ends, values, side="right")
        for part in np.unique(place):
            rows = place == part
            low, high = values[rows].min(), values[rows].max()
            yield f"{column.name} from {figures(low)} to {figures(high)}", rows
        return
    for value in distinct[np.argsort(-counts, kind="stable")[:MOST_VALUES]]:
        said = str(value) if column.is_text else figures(value)
        yield f"{column.name} = {said}", values == value


def _fewer_right(own: _Part, others: _Part) -> float:
    from scipy.stats import fisher_exact

    right, rest = round(own.mean * own.rows), round(others.mean * others.rows)
    table = [[right, own.rows - right], [rest, others.rows - rest]]
    return float(fisher_exact(table, alternative="less").pvalue)


def _worse_errors(own: _Part, others: _Part) -> float:
    from scipy.stats import ttest_ind_from_stats

    if not own.std and not others.std:
        return 1.0
    found = ttest_ind_from_stats(
        own.mean,
        own.std,
        own.rows,
        others.mean,
        others.std,
        others.rows,
        equal_var=False,
        alternative="greater",
    )
    return float(found.pvalue)


def _matters(own: float, others: float, *, are_errors: bool) -> bool:
    return own >= SMALLEST_RISE * others if are_errors else own <= others - SMALLEST_DROP


def _interval(own: _Part, level: float, *, are_errors: bool) -> Interval:
    from scipy.stats import norm, t

    if not are_errors:
        return wilson_interval(own.mean * own.rows, own.rows, float(norm.isf(level / 2)))
    half = float(t.isf(level / 2, own.rows - 1)) * own.std / math.sqrt(own.rows)
    return max(0.0, own.mean - half), own.mean + half
