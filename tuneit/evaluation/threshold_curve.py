"""What happens at each threshold: the rows that are found, and the false alarms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.evaluation.two_classes import TwoClasses

Numbers = NDArray[np.float64]

MOST_POINTS = 500
"""Points that are kept of a curve; of more thresholds as many are left out evenly."""


@dataclass(frozen=True, eq=False)
class ThresholdCurve:
    """A class against all others, where rows with at least the threshold's score are taken for it.

    `thresholds` descend; `true_positives` and `false_positives` (points,) are rows, or their
    weights, at each of them. `positives` and `negatives` are all rows of the class, and all others;
    both are above 0. These are the points of scikit-learn's `confusion_matrix_at_thresholds`.
    """

    name: str
    thresholds: Numbers
    true_positives: Numbers
    false_positives: Numbers
    positives: float
    negatives: float

    @property
    def recall(self) -> Numbers:
        """The share of the class's rows that are found; also: true positive rate."""
        return self.true_positives / self.positives

    @property
    def false_positive_rate(self) -> Numbers:
        """The share of the other rows that are taken for the class."""
        return self.false_positives / self.negatives

    @property
    def precision(self) -> Numbers:
        """The share of the rows taken for the class that belong to it; 1 where none is taken."""
        taken = self.true_positives + self.false_positives
        return np.divide(self.true_positives, taken, out=np.ones_like(taken), where=taken > 0)

    def costs(self, false_positive: float, false_negative: float) -> Numbers:
        """The cost of a row at each threshold, on average."""
        missed = self.positives - self.true_positives
        total = self.false_positives * false_positive + missed * false_negative
        return np.asarray(total / (self.positives + self.negatives))

    def at(self, threshold: float, positive: str, negative: str) -> TwoClasses:
        """The four cells at a threshold, from the point at it or the next higher one."""
        index = int(np.searchsorted(-self.thresholds, -threshold, side="right")) - 1
        found = float(self.true_positives[index]) if index >= 0 else 0.0
        wrong = float(self.false_positives[index]) if index >= 0 else 0.0
        return TwoClasses(
            positive, negative, found, wrong, self.positives - found, self.negatives - wrong
        )


def threshold_curve(
    name: str,
    true: NDArray[np.bool_],
    scores: NDArray[Any],
    weight: Numbers | None = None,
    also: NDArray[Any] | None = None,
    most: int = MOST_POINTS,
) -> ThresholdCurve | None:
    """Count the rows at each distinct score, or at `most` of them, and at the thresholds `also`.

    `true` (rows,) is whether a row belongs to the class. None where all rows do, or none.
    """
    ones = np.ones(len(true)) if weight is None else weight
    positives, negatives = float(ones[true].sum()), float(ones[~true].sum())
    if not positives or not negatives:
        return None
    distinct = np.unique(scores)
    if len(distinct) > most:
        distinct = distinct[np.unique(np.linspace(0, len(distinct) - 1, most).round().astype(int))]
    thresholds = distinct if also is None else np.union1d(distinct, also)
    order = np.argsort(scores, kind="stable")
    below = np.searchsorted(scores[order], thresholds, side="left")

    def taken(counted: Numbers) -> Numbers:
        sums = np.concatenate([[0.0], np.cumsum(counted[order])])
        return np.asarray(np.maximum(sums[-1] - sums[below], 0.0))[::-1]

    return ThresholdCurve(
        name,
        thresholds[::-1].astype(np.float64),
        taken(ones * true),
        taken(ones * ~true),
        positives,
        negatives,
    )
