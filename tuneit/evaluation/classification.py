"""How good a classifier is on rows that it has not seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors.wording import counted, score_text
from tuneit.evaluation.accuracy_caution import caution
from tuneit.evaluation.calibration import (
    Calibration,
    TemperatureScaling,
    calibration,
    temperature_scaling,
)
from tuneit.evaluation.class_curves import class_curves, positive_curve
from tuneit.evaluation.class_measures import class_measures, rankings_by_class
from tuneit.evaluation.class_rows import ClassRows, read_class_rows
from tuneit.evaluation.confusion import (
    SCORE_HEAD,
    Average,
    ClassScore,
    WithConfusion,
    class_scores,
    count_confusion,
    score_rows,
)
from tuneit.evaluation.measures import Measure, measure_table, record_of
from tuneit.evaluation.notebook import Displayed, Table
from tuneit.evaluation.predictions import Labels, as_labels, classes_by_column
from tuneit.evaluation.row_inputs import RowInputs
from tuneit.evaluation.segments import Segments, weak_segments
from tuneit.evaluation.tally import bootstrap, row_groups, tally
from tuneit.evaluation.threshold_curve import ThresholdCurve
from tuneit.evaluation.two_classes import TwoClasses, two_classes
from tuneit.evaluation.worst_rows import WorstRows, worst_of_classes

MOST_WEIGHTS = 5000
"""Groups of rows, by their classes and weight, that an evaluation keeps: some 200 kB of JSON."""

_FLAT = ("balanced_accuracy", "mcc", "brier")
"""Measures that stand beside `accuracy` in `summary.json` too."""


@dataclass(frozen=True, eq=False)
class ClassificationEvaluation(WithConfusion, Displayed):
    """A classifier's numbers on `n` rows; scikit-learn's definitions throughout.

    `accuracy_interval` is Wilson's 95 % interval. `baseline_accuracy` is what always answering
    `majority_class` (the most frequent one in training) reaches on the same rows. `macro` weighs
    the classes that occur alike, `weighted` by their rows. `confusion` counts rows, shape (classes,
    classes), true class by row. `log_loss` is in nats; it, `roc_auc` and `average_precision`
    (two classes, class 1 the positive) are None where the outputs do not determine them.
    `measures` has all of these and more beside the trivial answer, `two` the four cells of two
    classes. `curves` count the rows at each threshold, of two classes for the positive one, of ten
    at most for each; `validation_curve` is that of the positive class on validation rows. With
    sample weights all scores are weighted; counts of rows are not. `weighted_rows` groups the rows
    as `row_groups` does; it is None without weights and with more than `MOST_WEIGHTS` groups.
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
    measures: tuple[Measure, ...] = ()
    two: TwoClasses | None = None
    curves: tuple[ThresholdCurve, ...] = ()
    validation_curve: ThresholdCurve | None = None
    calibration: Calibration | None = None
    temperature: TemperatureScaling | None = None
    worst: WorstRows | None = None
    segments: Segments | None = None
    weighted_rows: NDArray[np.float64] | None = None

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
            "micro": dict.fromkeys(("precision", "recall", "f1"), self.accuracy),
            "metrics": record_of(self.measures),
            "two_classes": self.two and self.two.to_dict(),
            **{n: m.value for n in _FLAT if (m := self.measure(n)) is not None},
            "calibration": self.calibration and asdict(self.calibration),
            "segments": self.segments and self.segments.to_dict(),
            "worst_rows": self.worst and self.worst.to_dict(),
            "temperature_scaling": self.temperature and asdict(self.temperature),
            "confusion_matrix": self.confusion_record(),
        }

    @property
    def curve(self) -> ThresholdCurve | None:
        """The curve of the positive class; None where there are not two, or no scores."""
        return self.curves[0] if self.two is not None and self.curves else None

    def measure(self, name: str) -> Measure | None:
        """A measure by its name in `MEANINGS`; None where it is not known."""
        return next((measure for measure in self.measures if measure.name == name), None)

    def f_beta(self, beta: float) -> float:
        """The F-score that weighs recall `beta` times as much as precision.

        Of two classes it is the positive one's, of more the mean over the classes that occur.
        """
        square = beta * beta
        by_class = [
            (1 + square) * c.precision * c.recall / (square * c.precision + c.recall)
            if c.precision * c.recall > 0
            else 0.0
            for c in self.classes
        ]
        if self.two is not None:
            return by_class[1]
        occurs = self.confusion.sum(axis=0) + self.confusion.sum(axis=1) > 0
        return float(np.mean(by_class, where=occurs))

    @property
    def caution(self) -> str:
        """Why accuracy misleads here, and which measures do not; "" where it does not mislead."""
        frequent, share = self.majority_class, self.baseline_accuracy
        return caution(frequent, share, self.measures, self.classes, self.two)

    def headline(self) -> str:
        """The main numbers beside the trivial predictor's, in one line."""
        low, high = map(score_text, self.accuracy_interval)
        trivial = score_text(self.baseline_accuracy)
        return (
            f"accuracy {score_text(self.accuracy)} on {counted(self.n, 'row')} (95 % interval "
            f"{low} to {high}; always '{self.majority_class}': {trivial}), "
            f"macro F1 {score_text(self.macro.f1)}, weighted F1 {score_text(self.weighted.f1)}"
        )

    def _caution(self) -> str:
        return self.caution

    def _more_tables(self) -> Iterable[Table]:
        return [measure_table(self.measures)] if self.measures else []

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
    weight: Any = None,
    validation: tuple[Any, Any] | None = None,
    inputs: RowInputs | None = None,
) -> ClassificationEvaluation:
    """Compare a classifier's outputs with the truth.

    `y_true` and `y_train` are labels (rows,) or (rows, 1), or one-hot rows (rows, classes); the
    outputs are what `read_predictions` takes, as are `threshold` and `from_logits`. `codes` are the
    numbers that stand for the classes in the labels, in the order of `class_names`; without them
    labels are indices. Classes without a name are called by their index. Without `y_train` the
    majority class is that of `y_true`. `weight` (rows,) says how much each row counts.
    `validation` are labels and outputs of other rows, of the same forms: a temperature is fitted to
    them, and a threshold is chosen on them. `inputs` are those of the rows: weak segments and
    the worst rows are shown by them.

    Raises DataError where rows are missing, or where outputs are NaN or misshapen.
    """
    outputs = np.asarray(probabilities_or_labels)
    how = {"codes": codes, "threshold": threshold, "from_logits": from_logits, "weight": weight}
    train = None if y_train is None else _train_labels(y_train, outputs, class_names, codes)
    rows = read_class_rows(y_true, outputs, class_names, train, **how)
    count = len(rows.names)
    shares = np.bincount(rows.true if train is None else train, minlength=count) / max(
        1, len(rows.true if train is None else train)
    )
    found = tally(rows.true, rows.predicted, count, rows.weight)
    samples = bootstrap(rows.true, rows.predicted, count, rows.weight)
    confusion = count_confusion(rows.true, rows.predicted, count)
    classes, macro, weighted = class_scores(found, rows.names, confusion.sum(axis=1), samples)
    measures = class_measures(rows, shares, samples)
    known = {measure.name: measure for measure in measures}
    accuracy = known["accuracy"]
    assert accuracy.interval is not None
    assert accuracy.trivial is not None
    of_two = ("roc_auc", "average_precision") if count == 2 else ()
    fitted_on = None
    if validation is not None and len(validation[0]):
        how["weight"] = None
        fitted_on = read_class_rows(*validation, rows.names, train, **how)
    ranked = {name: known[name].value for name in of_two if name in known}
    return ClassificationEvaluation(
        n=len(rows),
        class_names=rows.names,
        accuracy=accuracy.value,
        accuracy_interval=accuracy.interval,
        majority_class=rows.names[int(shares.argmax())],
        baseline_accuracy=accuracy.trivial,
        classes=tuple(
            replace(
                score,
                roc_auc=ranking.get("roc_auc"),
                average_precision=ranking.get("average_precision"),
            )
            for score, ranking in zip(classes, rankings_by_class(rows), strict=True)
        ),
        macro=macro,
        weighted=weighted,
        confusion=confusion,
        log_loss=known["log_loss"].value if "log_loss" in known else None,
        roc_auc=ranked.get("roc_auc"),
        average_precision=ranked.get("average_precision"),
        measures=measures,
        two=two_classes(found, rows.names),
        curves=class_curves(rows, fitted_on),
        validation_curve=None if fitted_on is None else positive_curve(fitted_on),
        calibration=calibration(rows),
        **_by_input(rows, inputs),
        weighted_rows=_weighted_rows(rows),
        temperature=None if fitted_on is None else temperature_scaling(fitted_on, rows),
    )


def _weighted_rows(rows: ClassRows) -> NDArray[np.float64] | None:
    if rows.weight is None:
        return None
    groups = row_groups(rows.true, rows.predicted, rows.weight)
    return groups if len(groups) <= MOST_WEIGHTS else None


def _by_input(rows: ClassRows, inputs: RowInputs | None) -> dict[str, Any]:
    """The worst rows, and the weak segments where the inputs are known."""
    known = inputs or RowInputs()
    columns = known.take(rows.places).columns
    return {
        "worst": worst_of_classes(rows, known),
        "segments": weak_segments(columns, rows.predicted == rows.true, are_errors=False),
    }


def _train_labels(
    y_train: Any, outputs: NDArray[Any], class_names: Sequence[str], codes: Sequence[float]
) -> Labels:
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        class_names, codes = classes_by_column(class_names, codes, outputs.shape[1])
    return as_labels(y_train, codes)
