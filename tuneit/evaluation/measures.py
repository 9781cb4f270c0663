"""Measures of a model beside those of an answer that ignores the input."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.curves.metric_words import called
from tuneit.errors.wording import score_text
from tuneit.evaluation.intervals import Interval
from tuneit.evaluation.notebook import Table


@dataclass(frozen=True)
class Meaning:
    """What a measure is: `says` goes on after "the share of …" or the like."""

    says: str
    higher_is_better: bool = True


MEANINGS: dict[str, Meaning] = {
    "accuracy": Meaning("share of the rows that are right"),
    "balanced_accuracy": Meaning("mean recall of the classes"),
    "precision": Meaning("share of the rows answered as positive that are"),
    "recall": Meaning("share of the positive rows that are found (sensitivity)"),
    "specificity": Meaning("share of the negative rows that are left alone"),
    "f1": Meaning("harmonic mean of precision and recall"),
    "f_beta": Meaning("F-score with another weight of recall"),
    "micro_f1": Meaning("F1 over all pairs of a row and a label"),
    "macro_f1": Meaning("mean F1 of the {units}"),
    "weighted_f1": Meaning("mean F1 of the classes, weighted by their rows"),
    "mcc": Meaning("Matthews' correlation of truth and answer, from −1 to 1"),
    "roc_auc": Meaning("how often a row of a class is ranked above a row that is not of it"),
    "average_precision": Meaning("the area under the curve of precision and recall"),
    "log_loss": Meaning("mean surprise by the truth, in nats", higher_is_better=False),
    "brier": Meaning("mean squared error of the probability", higher_is_better=False),
    "subset_accuracy": Meaning("share of the rows with all labels right"),
    "hamming_loss": Meaning("share of wrong labels", higher_is_better=False),
    "token_accuracy": Meaning("share of the tokens with the right tag"),
    "sequence_accuracy": Meaning("share of the sequences with all tokens right"),
    "mean_iou": Meaning("intersection over union, mean of the classes"),
    "mean_dice": Meaning("F1 of the pixels, mean of the classes"),
    "pixel_accuracy": Meaning("share of the pixels with the right class"),
    "deviance": Meaning("distance of counts and predictions", higher_is_better=False),
    "mae": Meaning("mean absolute error", higher_is_better=False),
    "rmse": Meaning("root of the mean squared error", higher_is_better=False),
    "median_ae": Meaning("median of the absolute errors", higher_is_better=False),
    "mape": Meaning("mean absolute error as a share of the true value", higher_is_better=False),
    "r2": Meaning("share of the variance explained"),
}
"""All measures, in the order in which they are shown."""


@dataclass(frozen=True)
class Measure:
    """The model's `value` of a measure, beside that of the `trivial` answer.

    `interval` is a 95 % interval of the value, by bootstrap over the rows (Wilson's for accuracy).
    Rows are drawn whole, with all of their tokens, pixels or steps.
    None is what is unknown or not defined. `beta` is that of an F-score with another than 1.
    `units` are what a mean is over: classes, or labels where a row may have several; "" for no
    mean.
    """

    name: str
    value: float
    trivial: float | None = None
    interval: Interval | None = None
    beta: float | None = None
    units: str = "classes"

    @property
    def label(self) -> str:
        """The measure's name for readers."""
        return called(self.name) if self.beta is None else f"F{self.beta:g}"

    @property
    def meaning(self) -> Meaning:
        """The measure in words."""
        return MEANINGS[self.name]

    @property
    def says(self) -> str:
        """What the measure is, for readers."""
        if self.beta is None:
            return self.meaning.says.format(units=self.units)
        mean = f", mean of the {self.units}" if self.units else ""
        return f"F-score that weighs recall {self.beta:g} times as much as precision{mean}"

    @property
    def beats_trivial(self) -> bool | None:
        """Whether the value is better than the trivial answer's; None where that is unknown."""
        if self.trivial is None:
            return None
        gain = self.value - self.trivial
        return gain > 0 if self.meaning.higher_is_better else gain < 0


def measured(
    own: Mapping[str, float | None],
    trivial: Mapping[str, float | None],
    intervals: Mapping[str, Interval],
    units: str = "classes",
) -> tuple[Measure, ...]:
    """The measures of a model by name, beside those of the trivial answer; without undefined ones.

    All three mappings may have further names than those of measures.
    """
    return tuple(
        Measure(name, value, trivial.get(name), intervals.get(name), units=units)
        for name, value in own.items()
        if value is not None and name in MEANINGS
    )


def record_of(measures: Iterable[Measure]) -> dict[str, Any]:
    """The measures by name, in the JSON-ready form of `summary.json`."""
    return {
        measure.name: {
            "value": measure.value,
            "trivial": measure.trivial,
            "interval_95": measure.interval and list(measure.interval),
        }
        for measure in measures
    }


def measure_table(measures: Iterable[Measure]) -> Table:
    """The measures beside those of the trivial answer, for a notebook."""
    return ("measure", "model", "95 % interval", "trivial answer"), [
        [
            measure.label,
            value_text(measure.value),
            " to ".join(map(value_text, measure.interval or (None,))),
            value_text(measure.trivial),
        ]
        for measure in measures
    ]


def value_text(value: float | None, unknown: str = "–") -> str:
    """A value as scores are written, or that it is `unknown`."""
    return unknown if value is None else score_text(value)
