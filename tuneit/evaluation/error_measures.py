"""A regression's measures beside those of the training mean, and its errors by true value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.evaluation.intervals import Interval, percentile_interval
from tuneit.evaluation.measures import Measure
from tuneit.evaluation.ranking import MOST_ROWS, row_samples

Numbers = NDArray[np.float64]

_DRAWS = 200

GROUPS = 5
"""Groups of rows by their true value, of equal size."""

FEWEST_ROWS = 50
"""Rows from which errors are told by group: ten a group."""


@dataclass(frozen=True)
class QuantileErrors:
    """Errors of the rows whose true value lies between `low` and `high`, in the target's unit.

    `mean_residual` is the mean of truth − prediction; `baseline_mae` is that of the training mean.
    """

    low: float
    high: float
    rows: int
    mae: float
    mean_residual: float
    baseline_mae: float


def error_measures(
    true: Numbers, predicted: Numbers, trivial: Numbers, weight: Numbers | None = None
) -> tuple[Measure, ...]:
    """Measure predictions of shape (rows, outputs); scores average over the outputs.

    The trivial answer is the mean of the training targets. R² is left out for a constant truth, and
    MAPE where some true value is 0, as neither is defined there.
    """
    from sklearn import metrics

    spread = len(true) > 1 and bool(np.all(np.ptp(true, axis=0) > 0))
    known: dict[str, Callable[..., Any]] = {
        "mae": metrics.mean_absolute_error,
        "rmse": metrics.root_mean_squared_error,
        "median_ae": metrics.median_absolute_error,
    }
    if np.all(true != 0):
        known["mape"] = metrics.mean_absolute_percentage_error
    if spread:
        known["r2"] = metrics.r2_score
    intervals = _intervals(true, predicted, weight)
    return tuple(
        Measure(
            name,
            float(score(true, predicted, sample_weight=weight)),
            float(score(true, trivial, sample_weight=weight)),
            intervals.get(name),
        )
        for name, score in known.items()
    )


def _intervals(
    true: Numbers, predicted: Numbers, weight: Numbers | None
) -> dict[str, Interval | None]:
    """Bootstrap intervals over the rows; none for very many rows, or a single one."""
    if not 1 < len(true) <= MOST_ROWS:
        return {}
    errors, ones = true - predicted, np.ones(len(true)) if weight is None else weight
    centred = true - true.mean(axis=0)
    order, size = np.argsort(np.abs(errors), axis=0), np.sort(np.abs(errors), axis=0)
    relative = np.abs(errors) / np.abs(true) if np.all(true != 0) else None
    parts: dict[str, list[Numbers]] = {"mae": [], "rmse": [], "r2": [], "median_ae": []}
    if relative is not None:
        parts["mape"] = []
    for sample in row_samples(len(true), _DRAWS):
        counts = sample * ones
        with np.errstate(invalid="ignore", divide="ignore"):  # a sample may be constant
            shares = counts / counts.sum(axis=1, keepdims=True)
            squares = shares @ np.square(errors)
            variance = shares @ np.square(centred) - np.square(shares @ centred)
            parts["mae"].append((shares @ np.abs(errors)).mean(axis=1))
            parts["rmse"].append(np.sqrt(squares).mean(axis=1))
            explained = np.where(variance > 0, 1 - squares / variance, np.nan)
            parts["r2"].append(explained.mean(axis=1))
            if relative is not None:
                parts["mape"].append((shares @ relative).mean(axis=1))
            parts["median_ae"].append(_medians(shares, order, size).mean(axis=1))
    return {name: percentile_interval(np.concatenate(found)) for name, found in parts.items()}


def _medians(shares: Numbers, order: NDArray[np.int64], errors: Numbers) -> Numbers:
    """Medians by sample and output, from the rows' shares of each sample, (samples, rows).

    `errors` (rows, outputs) ascend, `order` has the same shape and says whose errors they are.
    """
    medians = [
        errors[np.argmax(np.cumsum(shares[:, rows], axis=1) >= 0.5 - 1e-12, axis=1), output]
        for output, rows in enumerate(order.T)
    ]
    return np.column_stack(medians)


def by_quantile(true: Numbers, predicted: Numbers, trivial: Numbers) -> tuple[QuantileErrors, ...]:
    """Errors of one output, all of shape (rows,), in groups by the true value.

    Equal values stay in one group, so that there may be fewer. None below `FEWEST_ROWS` rows.
    """
    return tuple(_by_quantile(true, predicted, trivial)) if len(true) >= FEWEST_ROWS else ()


def _by_quantile(true: Numbers, predicted: Numbers, trivial: Numbers) -> Iterator[QuantileErrors]:
    inner = np.unique(np.quantile(true, np.arange(1, GROUPS) / GROUPS))
    place = np.searchsorted(inner, true, side="right")
    for group in np.unique(place):
        rows = place == group
        residuals = true[rows] - predicted[rows]
        yield QuantileErrors(
            float(true[rows].min()),
            float(true[rows].max()),
            int(rows.sum()),
            float(np.abs(residuals).mean()),
            float(residuals.mean()),
            float(np.abs(true[rows] - trivial[rows]).mean()),
        )
