"""How good a classifier is on rows that it has not seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors import DataError
from tuneit.evaluation.confusion import (
    SCORE_HEAD,
    Average,
    ClassScore,
    WithConfusion,
    class_scores,
    count_confusion,
    score_rows,
)
from tuneit.evaluation.notebook import Displayed, Table
from tuneit.evaluation.predictions import (
    Labels,
    Probabilities,
    as_labels,
    classes_by_column,
    read_predictions,
)
from tuneit.evaluation.ranking import ranking_scores

_Z95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


@dataclass(frozen=True, eq=False)
class ClassificationEvaluation(WithConfusion, Displayed):
    """A classifier's numbers on `n` rows; scikit-learn's definitions throughout.

    `accuracy_interval` is Wilson's 95 % interval. `baseline_accuracy` is what always answering
    `majority_class` (the most frequent one in training) reaches on the same rows. `macro` weighs
    the classes that occur alike, `weighted` by their rows. `confusion` has shape (classes,
    classes), true class by row. `log_loss` is in nats; it, `roc_auc` and `average_precision`
    (two classes, class 1 the positive) are None where the outputs do not determine them.
    """

    n: int
    class_names: tuple[str, ...]
    accuracy: float
    accuracy_interval: tuple[float, float]
    majority_class: str
    baseline_accuracy: float
    classes: tuple[ClassScore, ...]
    macro: Average
    weighted: Average
    confusion: NDArray[np.int64]
    log_loss: float | None = None
    roc_auc: float | None = None
    average_precision: float | None = None

    task = "classification"

    @property
    def positive_class(self) -> str | None:
        """The class that ROC AUC and average precision are of; None where there are not two."""
        return self.class_names[1] if len(self.class_names) == 2 else None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `summary.json` gives it."""
        return {
            "task": self.task,
            "n": self.n,
            "accuracy": self.accuracy,
            "accuracy_interval_95": list(self.accuracy_interval),
            "baseline": {"accuracy": self.baseline_accuracy, "majority_class": self.majority_class},
            "log_loss": self.log_loss,
            "roc_auc": self.roc_auc,
            "average_precision": self.average_precision,
            "positive_class": self.positive_class,
            "classes": [asdict(score) for score in self.classes],
            "macro": asdict(self.macro),
            "weighted": asdict(self.weighted),
            "confusion_matrix": self.confusion_record(),
        }

    def headline(self) -> str:
        """The main numbers beside the trivial predictor's, in one line."""
        low, high = self.accuracy_interval
        return (
            f"accuracy {self.accuracy:.4f} on {self.n} rows (95 % interval {low:.4f} to "
            f"{high:.4f}; always '{self.majority_class}': {self.baseline_accuracy:.4f}), "
            f"macro F1 {self.macro.f1:.4f}, weighted F1 {self.weighted.f1:.4f}"
        )

    def _table(self) -> Table:
        averages = {"macro average": self.macro, "weighted average": self.weighted}
        return SCORE_HEAD, score_rows(self.classes, averages, self.n)


def evaluate_classification(
    y_true: Any,
    probabilities_or_labels: Any,
    class_names: Sequence[str] = (),
    y_train: Any = None,
    *,
    codes: Sequence[float] = (),
    threshold: float | None = None,
    from_logits: bool = False,
) -> ClassificationEvaluation:
    """Compare a classifier's outputs with the truth.

    `y_true` and `y_train` are labels (rows,) or (rows, 1), or one-hot rows (rows, classes); the
    outputs are what `read_predictions` takes, as are `threshold` and `from_logits`. `codes` are the
    numbers that stand for the classes in the labels, in the order of `class_names`; without them
    labels are indices. Classes without a name are called by their index. Without `y_train` the
    majority class is that of `y_true`.

    Raises DataError where rows are missing, or where outputs are NaN or misshapen.
    """
    outputs = np.asarray(probabilities_or_labels)
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        class_names, codes = classes_by_column(class_names, codes, outputs.shape[1])
    true = as_labels(y_true, codes)
    train = true if y_train is None else as_labels(y_train, codes)
    if len(true) != len(outputs) or not len(true):
        raise DataError(
            "an evaluation needs as many predictions as true labels, and at least one, "
            f"but got {len(outputs)} and {len(true)}"
        )
    n_classes = max(len(class_names), int(true.max()) + 1, int(train.max(initial=0)) + 1)
    predictions = read_predictions(outputs, n_classes, threshold, from_logits=from_logits)
    if predictions.probabilities is not None:
        n_classes = max(n_classes, predictions.probabilities.shape[1])
    n_classes = max(n_classes, int(predictions.labels.max()) + 1)
    names = (*map(str, class_names), *map(str, range(len(class_names), n_classes)))
    majority = int(np.bincount(train, minlength=n_classes).argmax())
    correct = int((predictions.labels == true).sum())
    confusion = count_confusion(true, predictions.labels, n_classes)
    classes, macro, weighted = class_scores(confusion, names)
    return ClassificationEvaluation(
        n=len(true),
        class_names=names,
        accuracy=correct / len(true),
        accuracy_interval=wilson_interval(correct, len(true)),
        majority_class=names[majority],
        baseline_accuracy=float((true == majority).mean()),
        classes=classes,
        macro=macro,
        weighted=weighted,
        confusion=confusion,
        log_loss=_log_loss(true, predictions.probabilities),
        **_two_class_scores(true, predictions.scores, n_classes),
    )


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a proportion (E. B. Wilson, JASA 22, 1927, 209–212), n >= 1."""
    share = successes / n
    centre = (share + _Z95**2 / (2 * n)) / (1 + _Z95**2 / n)
    half = _Z95 / (1 + _Z95**2 / n) * math.sqrt(share * (1 - share) / n + (_Z95 / (2 * n)) ** 2)
    return max(0.0, centre - half), min(1.0, centre + half)


def _log_loss(true: Labels, probabilities: Probabilities | None) -> float | None:
    if probabilities is None or true.max() >= probabilities.shape[1]:
        return None
    from sklearn.metrics import log_loss

    return float(log_loss(true, probabilities, labels=np.arange(probabilities.shape[1])))


def _two_class_scores(
    true: Labels, scores: Probabilities | None, n_classes: int
) -> dict[str, float]:
    return {} if scores is None or n_classes != 2 else ranking_scores(true == 1, scores)
