"""Two classes: one is the positive one, and errors of two kinds differ."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from tuneit.evaluation.tally import Tally


@dataclass(frozen=True)
class TwoClasses:
    """The four cells of the confusion matrix of two classes, as rows or as their weights.

    `true_positives` are rows of the class `positive` that were found, `false_negatives` those that
    were missed; `false_positives` are rows of `negative` that were taken for positive,
    `true_negatives` those left alone. Scores are scikit-learn's; they are 0 where undefined.
    """

    positive: str
    negative: str
    true_positives: float
    false_positives: float
    false_negatives: float
    true_negatives: float

    @property
    def accuracy(self) -> float:
        """The share of rows that are right."""
        return float(self._tally.accuracy())

    @property
    def precision(self) -> float:
        """The share of the rows answered as positive that are: TP / (TP + FP)."""
        return float(self._tally.precision()[1])

    @property
    def recall(self) -> float:
        """The share of the positive rows that are found: TP / (TP + FN); also: sensitivity."""
        return float(self._tally.recall()[1])

    @property
    def specificity(self) -> float:
        """The share of the negative rows that are left alone: TN / (TN + FP)."""
        return float(self._tally.recall()[0])

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return self.f_beta(1.0)

    def f_beta(self, beta: float) -> float:
        """The F-score that weighs recall `beta` times as much as precision; `beta` > 0."""
        return float(self._tally.f_beta(beta)[1])

    @property
    def always_positive(self) -> TwoClasses:
        """The cells of always answering the positive class on the same rows."""
        return replace(
            self,
            true_positives=self.true_positives + self.false_negatives,
            false_positives=self.false_positives + self.true_negatives,
            false_negatives=0,
            true_negatives=0,
        )

    def cost(self, false_positive: float, false_negative: float) -> float:
        """The cost of all errors, of which each costs what is given."""
        return self.false_positives * false_positive + self.false_negatives * false_negative

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form: the four cells, and the specificity."""
        return {**asdict(self), "specificity": self.specificity}

    @property
    def _tally(self) -> Tally:
        tp, fp = self.true_positives, self.false_positives
        fn, tn = self.false_negatives, self.true_negatives
        right, support, predicted = (
            np.array(column, dtype=np.float64)
            for column in ([tn, tp], [tn + fp, tp + fn], [tn + fn, tp + fp])
        )
        return Tally(right, support, predicted)


def two_classes(found: Tally, names: tuple[str, ...]) -> TwoClasses | None:
    """The cells of a tally of two classes, the second one positive; None for more classes."""
    if len(names) != 2:
        return None
    (tn, tp), (negatives, positives) = found.right, found.support
    return TwoClasses(
        positive=names[1],
        negative=names[0],
        true_positives=float(tp),
        false_positives=float(negatives - tn),
        false_negatives=float(positives - tp),
        true_negatives=float(tn),
    )
