"""Scores of classes from how many rows each class has, gets, and gets right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tuneit.evaluation.predictions import Labels

Numbers = NDArray[np.float64]

DRAWS = 1000
"""Bootstrap samples of an interval: 25 of them lie beyond each end."""

_CELLS_AT_ONCE = 5_000_000


@dataclass(frozen=True, eq=False)
class Tally:
    """The weight of rows by class; with weights of 1 these are counts.

    `right` are rows of the class that were predicted as it, `support` rows of the class,
    `predicted` rows that were predicted as it. All have shape (…, classes): the axes in front are
    bootstrap samples. A score that is not defined is `undefined`: 0, as with scikit-learn's
    `zero_division=0`, or NaN. All scores are scikit-learn's.
    """

    right: Numbers
    support: Numbers
    predicted: Numbers
    undefined: float = 0.0

    @property
    def total(self) -> Numbers:
        """The weight of all rows, shape (…)."""
        return np.asarray(self.support.sum(axis=-1))

    @property
    def occurs(self) -> NDArray[np.bool_]:
        """Which classes occur in the truth or in the predictions."""
        return np.asarray(self.support + self.predicted > 0)

    def precision(self) -> Numbers:
        """The share of the rows predicted as a class that belong to it."""
        return self._share(self.right, self.predicted)

    def recall(self) -> Numbers:
        """The share of a class's rows that were predicted as it."""
        return self._share(self.right, self.support)

    def f_beta(self, beta: float = 1.0) -> Numbers:
        """The F-score by class, which weighs recall `beta` times as much as precision."""
        square = beta * beta
        return self._share((1 + square) * self.right, square * self.support + self.predicted)

    def specificity(self) -> Numbers:
        """The share of the other classes' rows that were not predicted as the class."""
        others = self.total[..., None] - self.support
        return self._share(others - (self.predicted - self.right), others)

    def accuracy(self) -> Numbers:
        """The share of rows that are right; also micro precision, recall and F1."""
        return self._share(self.right.sum(axis=-1), self.total)

    def balanced_accuracy(self) -> Numbers:
        """The mean recall of the classes that have rows."""
        recall = np.where(self.support > 0, self._share(self.right, self.support), np.nan)
        return np.asarray(np.nanmean(recall, axis=-1))

    def mcc(self) -> Numbers:
        """Matthews' correlation coefficient in [-1, 1]; 0 for a constant answer."""
        total = self.total
        covariance = self.right.sum(axis=-1) * total - (self.support * self.predicted).sum(axis=-1)
        spreads = [
            total**2 - np.square(side).sum(axis=-1) for side in (self.support, self.predicted)
        ]
        # Rounding of weights may leave a little of what is 0.
        known = np.minimum(*spreads) > 1e-12 * total**2
        below = np.sqrt(np.where(known, spreads[0] * spreads[1], 1.0))
        return np.where(known, covariance / below, 0.0)

    def macro(self, scores: Numbers) -> Numbers:
        """The mean of scores by class over the classes that occur."""
        counted = np.where(self.occurs, np.nan_to_num(scores), 0.0)
        return np.asarray(counted.sum(axis=-1) / self.occurs.sum(axis=-1))

    def weighted(self, scores: Numbers) -> Numbers:
        """The mean of scores by class, weighted by support."""
        return np.asarray((np.nan_to_num(scores) * self.support).sum(axis=-1) / self.total)

    def _share(self, part: Numbers, whole: Numbers) -> Numbers:
        shares = np.full(np.shape(whole), self.undefined)
        np.divide(part, whole, out=shares, where=np.asarray(whole) > 0)
        return shares


def tally(true: Labels, predicted: Labels, n_classes: int, weight: Numbers | None = None) -> Tally:
    """Sum the rows' weights; labels and `weight` have shape (rows,)."""

    def summed(labels: Labels, rows: Any = slice(None)) -> Numbers:
        counted = None if weight is None else weight[rows]
        found = np.bincount(labels[rows], weights=counted, minlength=n_classes)
        return found.astype(np.float64)

    return Tally(summed(true, true == predicted), summed(true), summed(predicted))


def of_confusion(confusion: NDArray[Any]) -> Tally:
    """The tally of a confusion matrix (classes, classes), the true class by row."""
    counts = confusion.astype(np.float64)
    return Tally(np.diag(counts), counts.sum(axis=1), counts.sum(axis=0))


def bootstrap(
    true: Labels,
    predicted: Labels,
    n_classes: int,
    weight: Numbers | None = None,
    draws: int = DRAWS,
) -> Tally:
    """Tallies of `draws` samples of as many rows, drawn with replacement; seeded.

    Rows with the same classes and weight are alike, so that a sample is a draw from a multinomial
    distribution of their counts (B. Efron, Annals of Statistics 7, 1979, 1–26).
    """
    return bootstrap_groups(row_groups(true, predicted, weight), n_classes, draws)


def row_groups(true: Labels, predicted: Labels, weight: Numbers | None = None) -> Numbers:
    """Groups of rows that are alike, shape (groups, 4): true class, predicted class, weight, rows.

    Without `weight` each row weighs 1.
    """
    ones = np.ones(len(true)) if weight is None else weight
    alike, counts = np.unique(np.column_stack([true, predicted, ones]), axis=0, return_counts=True)
    return np.column_stack([alike, counts]).astype(np.float64)


def confusion_groups(confusion: NDArray[np.int64]) -> Numbers:
    """As `row_groups`, of rows of weight 1 that a confusion matrix (classes, classes) counts."""
    rows, columns = np.nonzero(confusion)
    counts = confusion[rows, columns]
    return np.column_stack([rows, columns, np.ones(len(counts)), counts]).astype(np.float64)


def of_groups(groups: Numbers, n_classes: int) -> Tally:
    """The tally of groups of rows."""
    rows, columns = groups[:, :2].astype(np.int64).T
    return tally(rows, columns, n_classes, groups[:, 2] * groups[:, 3])


def bootstrap_groups(groups: Numbers, n_classes: int, draws: int = DRAWS) -> Tally:
    """As `bootstrap`, of rows that are given as groups."""
    rows, columns = groups[:, :2].astype(np.int64).T
    weight, counts = groups[:, 2], groups[:, 3]
    classes = np.arange(n_classes)
    is_true, is_predicted = (
        (side[:, None] == classes).astype(np.float64) for side in (rows, columns)
    )
    is_right = is_true * (rows == columns)[:, None]
    parts = [
        [sample @ side for side in (is_right, is_true, is_predicted)]
        for sample in _samples(counts, weight, draws)
    ]
    right, support, guesses = (np.concatenate(side) for side in zip(*parts, strict=True))
    return Tally(right, support, guesses, undefined=np.nan)


def _samples(counts: Numbers, weight: Numbers, draws: int) -> Iterator[Numbers]:
    """Weights of groups of rows in each sample, shape (samples, groups), a part at a time."""
    rng = np.random.default_rng(0)
    step = max(1, _CELLS_AT_ONCE // len(counts))
    for start in range(0, draws, step):
        size = min(step, draws - start)
        yield rng.multinomial(int(counts.sum()), counts / counts.sum(), size=size) * weight
