"""Confusion matrices: how often each class is taken for which."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors.wording import score_text
from tuneit.evaluation.intervals import Interval, share_intervals
from tuneit.evaluation.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tuneit.evaluation.predictions import Labels


@dataclass(frozen=True)
class ClassScore:
    """One class: precision, recall and F1 in [0, 1], 0 where undefined; `support` true cases.

    `specificity` is the share of the other classes' cases that were not taken for this class. The
    intervals are 95 % bootstrap intervals over the rows; None for a class without cases, and where
    cases depend on each other. `roc_auc` and `average_precision` are of this class against all
    others, None where the outputs do not determine them.
    """

    name: str
    precision: float
    recall: float
    f1: float
    support: int
    specificity: float | None = None
    precision_interval: Interval | None = None
    recall_interval: Interval | None = None
    f1_interval: Interval | None = None
    roc_auc: float | None = None
    average_precision: float | None = None


@dataclass(frozen=True)
class Average:
    """Precision, recall and F1 averaged over classes, each in [0, 1]."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Confusion:
    """`count` cases of class `true` were taken for class `predicted`; `share` of that class."""

    true: str
    predicted: str
    count: int
    share: float


class WithConfusion:
    """An evaluation with a confusion matrix.

    `confusion` has shape (classes, classes), the true class by row; `unit` is what it counts.
    """

    class_names: tuple[str, ...]
    confusion: NDArray[np.int64]
    unit = "row"

    @property
    def cases(self) -> int:
        """The number of rows, tokens or pixels that the matrix counts."""
        return int(self.confusion.sum())

    @property
    def confusion_normalized(self) -> NDArray[np.float64]:
        """The confusion matrix with each row divided by its sum; rows without cases are NaN."""
        return _divided(self.confusion, axis=1)

    @property
    def confusion_by_prediction(self) -> NDArray[np.float64]:
        """The confusion matrix with each column divided by its sum; NaN where there is none."""
        return _divided(self.confusion, axis=0)

    def confused_pairs(self, limit: int = 10) -> tuple[Confusion, ...]:
        """The most frequent confusions, the most frequent first, at most `limit`."""
        wrong = self.confusion.copy()
        np.fill_diagonal(wrong, 0)
        support = self.confusion.sum(axis=1)
        order = np.argsort(-wrong, axis=None, kind="stable")[:limit]
        cells = (divmod(int(cell), len(self.class_names)) for cell in order)
        return tuple(
            Confusion(
                self.class_names[row],
                self.class_names[column],
                int(wrong[row, column]),
                float(wrong[row, column] / support[row]),
            )
            for row, column in cells
            if wrong[row, column]
        )

    def confusion_record(self) -> dict[str, Any]:
        """The matrix in the JSON-ready form of `summary.json`."""
        shares = self.confusion_normalized
        return {
            "labels": list(self.class_names),
            "counts": self.confusion.tolist(),
            "normalized": [[None if math.isnan(v) else v for v in row] for row in shares],
        }


def _divided(confusion: NDArray[np.int64], axis: int) -> NDArray[np.float64]:
    sums = confusion.sum(axis=axis, keepdims=True).astype(np.float64)
    shares = np.full(confusion.shape, math.nan)
    np.divide(confusion, sums, out=shares, where=sums > 0)
    return shares


def count_confusion(true: Labels, labels: Labels, n_classes: int) -> NDArray[np.int64]:
    """The confusion matrix of class indices, shape (classes, classes), true class by row."""
    cells = np.bincount(true * n_classes + labels, minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes).astype(np.int64)


def class_scores(
    found: Tally, names: Sequence[str], support: NDArray[Any], samples: Tally | None = None
) -> tuple[tuple[ClassScore, ...], Average, Average]:
    """The scores of each class, their mean, and their mean weighted by support.

    Both means are over the classes that occur in the truth or in the predictions. `support` counts
    each class's cases; `samples` are the bootstrap samples that intervals are made from.
    """
    precision, recall, f1 = found.precision(), found.recall(), found.f_beta()
    intervals: tuple[Sequence[Interval | None], ...] = ([None] * len(names),) * 3
    if samples is not None:
        # F1 is 2J / (1 + J) with the share J of the cases of either side that are of both.
        cases = (found.predicted, found.support, found.support + found.predicted - found.right)
        drawn = (samples.precision(), samples.recall(), samples.f_beta())
        intervals = tuple(map(share_intervals, (precision, recall, f1), drawn, cases))
    columns = zip(
        names, precision, recall, f1, support, found.specificity(), *intervals, strict=True
    )
    scores = tuple(
        ClassScore(name, float(p), float(r), float(f), int(s), float(specificity), *ends)
        for name, p, r, f, s, specificity, *ends in columns
    )

    def average(mean: Callable[[NDArray[Any]], NDArray[Any]]) -> Average:
        return Average(*(float(mean(score)) for score in (precision, recall, f1)))

    return scores, average(found.macro), average(found.weighted)


def ratio(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    """`part` / `whole` element by element, 0 where `whole` is 0 (`zero_division=0`)."""
    shares = np.zeros(np.shape(whole))
    np.divide(part, whole, out=shares, where=np.asarray(whole) > 0)
    return shares


def score_rows(
    scores: Sequence[ClassScore], averages: dict[str, Average], n: int
) -> list[list[Any]]:
    """Rows of a table of class scores, their averages at its end, as texts."""
    last = [ClassScore(name, **asdict(average), support=n) for name, average in averages.items()]
    return [
        [s.name, *map(score_text, (s.precision, s.recall, s.f1)), s.support]
        for s in (*scores, *last)
    ]


SCORE_HEAD = ("class", "precision", "recall", "F1", "support")
"""The head of a table of `score_rows`."""
