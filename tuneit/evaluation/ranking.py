"""How well scores rank the rows that have a label above those that lack it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.evaluation.intervals import Interval, percentile_interval

DRAWS = 200
"""Bootstrap samples of the rows."""
_CELLS_AT_ONCE = 5_000_000

MOST_ROWS = 50_000
"""Rows up to which intervals of rankings are made; more make them very narrow."""


def ranking_scores(
    true: NDArray[np.bool_], scores: NDArray[Any], weight: NDArray[Any] | None = None
) -> dict[str, float]:
    """Return scikit-learn's `roc_auc` and `average_precision` of scores, all of shape (rows,).

    Neither is defined where all rows have the label, or none: then nothing is returned.
    """
    if true.all() or not true.any():
        return {}
    from sklearn.metrics import average_precision_score, roc_auc_score

    return {
        "roc_auc": float(roc_auc_score(true, scores, sample_weight=weight)),
        "average_precision": float(average_precision_score(true, scores, sample_weight=weight)),
    }


def ranking_intervals(
    true: NDArray[np.bool_], scores: NDArray[Any], weight: NDArray[Any] | None = None
) -> dict[str, Interval | None]:
    """95 % bootstrap intervals of both scores, over rows; seeded. Both kinds of rows must occur."""
    samples = ranking_samples(true, scores, weight)
    return {name: percentile_interval(values) for name, values in samples.items()}


def ranking_samples(
    true: NDArray[np.bool_], scores: NDArray[Any], weight: NDArray[Any] | None = None
) -> dict[str, NDArray[np.float64]]:
    """Both scores of bootstrap samples of the rows, (samples,); none for very many rows.

    The samples of as many rows are the same, so that the scores of several labels can be combined.
    """
    if len(true) > MOST_ROWS:
        return {}
    order = np.argsort(-scores, kind="stable")
    hits, ranked = true[order], scores[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    aucs, precisions = [], []
    for sample in row_samples(len(true), DRAWS):
        counts = sample if weight is None else sample * weight[order]
        found = np.cumsum(counts * hits, axis=1)[:, ends]
        wrong = np.cumsum(counts * ~hits, axis=1)[:, ends]
        with np.errstate(invalid="ignore"):  # a sample may lack one kind of rows, or a first row
            gains = np.diff(found, axis=1, prepend=0.0)
            steps = np.diff(wrong, axis=1, prepend=0.0)
            area = ((found - gains / 2) * steps).sum(axis=1)
            aucs.append(area / (found[:, -1] * wrong[:, -1]))
            precision = np.nan_to_num(found / (found + wrong))
            precisions.append((gains * precision).sum(axis=1) / found[:, -1])
    return {
        "roc_auc": np.concatenate(aucs),
        "average_precision": np.concatenate(precisions),
    }


def mean_interval(losses: NDArray[Any], weight: NDArray[Any] | None = None) -> Interval | None:
    """The 95 % bootstrap interval of a mean over rows, (rows,); seeded."""
    if len(losses) > MOST_ROWS:
        return None
    means = []
    for sample in row_samples(len(losses), DRAWS):
        counts = sample if weight is None else sample * weight
        with np.errstate(invalid="ignore"):
            means.append(counts @ losses / counts.sum(axis=1))
    return percentile_interval(np.concatenate(means))


def row_samples(rows: int, draws: int) -> Iterator[NDArray[np.float64]]:
    """How often each row is in each bootstrap sample, shape (samples, rows), a part at a time."""
    rng = np.random.default_rng(0)
    step = max(1, _CELLS_AT_ONCE // rows)
    for start in range(0, draws, step):
        size = min(step, draws - start)
        yield np.stack(
            [
                np.bincount(rng.integers(rows, size=rows), minlength=rows).astype(np.float64)
                for _ in range(size)
            ]
        )
