"""The labels of a multi-label classifier, each as a problem of two classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.evaluation.calibration import Calibration, calibration
from tuneit.evaluation.class_rows import ClassRows
from tuneit.evaluation.confusion import ratio
from tuneit.evaluation.intervals import Interval, share_intervals
from tuneit.evaluation.ranking import ranking_intervals, ranking_scores
from tuneit.evaluation.tally import DRAWS, Tally
from tuneit.evaluation.threshold_curve import ThresholdCurve, threshold_curve
from tuneit.evaluation.two_classes import TwoClasses

Flags = NDArray[np.bool_]

MOST_CELLS = 500_000
"""Rows times labels up to which labels get intervals of rankings, and their calibration."""

_POINTS = 150
"""Points of the curve of a label."""


@dataclass(frozen=True)
class LabelScore:
    """One label: precision, recall and F1 in [0, 1], 0 where undefined; `support` rows have it.

    The four counts are rows: with the label and found, without it but taken for it, with it but
    missed, without it and left alone. `baseline_f1` is what always giving the label reaches.
    `roc_auc` and `average_precision` rank the rows by the output; they are None where all rows
    have the label, or none. What ignores the input reaches 0.5, and the label's share of the rows.
    `specificity` is the share of the rows without the label to which it is not given. Intervals are
    95 % bootstrap intervals over the rows; None where a score is not defined.

    `curve` and `validation_curve` count the test and the validation rows at each threshold.
    `best_threshold` has the highest F1 on validation rows, `f1_at_best` is the F1 that it reaches
    on the test rows. `calibration` is that of the label's probability. They are None where they are
    not known, or where there are very many outputs.
    """

    name: str
    precision: float
    recall: float
    f1: float
    support: int
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    baseline_f1: float
    roc_auc: float | None = None
    average_precision: float | None = None
    specificity: float | None = None
    precision_interval: Interval | None = None
    recall_interval: Interval | None = None
    f1_interval: Interval | None = None
    roc_auc_interval: Interval | None = None
    average_precision_interval: Interval | None = None
    best_threshold: float | None = None
    f1_at_best: float | None = None
    calibration: Calibration | None = None
    curve: ThresholdCurve | None = None
    validation_curve: ThresholdCurve | None = None

    @property
    def two(self) -> TwoClasses:
        """The four cells at the model's own threshold, the label being the positive class."""
        return TwoClasses(
            self.name,
            f"not {self.name}",
            self.true_positives,
            self.false_positives,
            self.false_negatives,
            self.true_negatives,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `summary.json` gives it; without the curves."""
        named = {f.name: getattr(self, f.name) for f in fields(self) if "curve" not in f.name}
        return {**named, "calibration": self.calibration and asdict(self.calibration)}

    def f_beta(self, beta: float) -> float:
        """The F-score that weighs recall `beta` > 0 times as much as precision; 0 if undefined."""
        return self.two.f_beta(beta)


def label_scores(
    true: Flags,
    found: Flags,
    names: Sequence[str],
    probabilities: NDArray[Any],
    validation: tuple[Flags, NDArray[Any]] | None = None,
) -> tuple[LabelScore, ...]:
    """Score each label; all arrays have the shape (rows, labels).

    `found` are the labels that are given. `validation` are the truth and the probabilities of other
    rows, on which thresholds are chosen.
    """
    right, given, support = (v.sum(axis=0) for v in (true & found, found, true))
    columns = zip(
        names,
        ratio(right, given),
        ratio(right, support),
        ratio(2 * right, given + support),
        *(right, given, support),
        ratio(2 * support, len(true) + support),
        *_intervals(right, given, support, len(true)),
        strict=True,
    )
    counted = (
        LabelScore(
            name,
            float(precision),
            float(recall),
            float(f1),
            support=int(have),
            true_positives=int(hits),
            false_positives=int(got - hits),
            false_negatives=int(have - hits),
            true_negatives=int(len(true) - got - have + hits),
            baseline_f1=float(always),
            specificity=float(ratio(len(true) - have - got + hits, len(true) - have)),
            precision_interval=ends[0],
            recall_interval=ends[1],
            f1_interval=ends[2],
        )
        for name, precision, recall, f1, hits, got, have, always, *ends in columns
    )
    return tuple(
        _with_ranking(
            label,
            true[:, index],
            probabilities[:, index],
            None if validation is None else tuple(part[:, index] for part in validation),
            is_small=true.size <= MOST_CELLS,
        )
        for index, label in enumerate(counted)
    )


def _with_ranking(
    label: LabelScore,
    true: Flags,
    shares: NDArray[Any],
    validation: tuple[NDArray[Any], ...] | None,
    *,
    is_small: bool,
) -> LabelScore:
    """Add what the probabilities say beyond the answers; all arrays have the shape (rows,)."""
    other = None if validation is None else _curve(label.name, *validation)
    curve = _curve(label.name, true, shares, None if other is None else other.thresholds)
    areas: dict[str, Any] = {**ranking_scores(true, shares)}
    label = replace(label, **areas, curve=curve, validation_curve=other)
    if curve is not None and other is not None:
        taken = other.true_positives + other.false_positives
        f1 = 2 * other.true_positives / (taken + other.positives)
        best = float(other.thresholds[f1.argmax()])
        reached = curve.at(best, label.name, "").f1
        label = replace(label, best_threshold=best, f1_at_best=reached)
    if not is_small:
        return label
    ends = ranking_intervals(true, shares) if curve is not None else {}
    rows = ClassRows(
        (f"not {label.name}", label.name),
        true.astype(np.int64),
        (shares > 0.5).astype(np.int64),
        np.column_stack([1.0 - shares, shares]),
        shares,
        None,
        np.arange(len(true)),
    )
    named: dict[str, Any] = {f"{name}_interval": interval for name, interval in ends.items()}
    return replace(label, **named, calibration=calibration(rows))


def _curve(
    name: str, true: NDArray[Any], shares: NDArray[Any], also: NDArray[Any] | None = None
) -> ThresholdCurve | None:
    return threshold_curve(name, true, shares, also=also, most=_POINTS)


def _intervals(
    right: NDArray[Any], given: NDArray[Any], support: NDArray[Any], rows: int
) -> tuple[tuple[Interval | None, ...], ...]:
    """Intervals of precision, recall and F1 of each label; samples of rows are drawn by cell."""
    cells = np.column_stack([right, given - right, support - right, rows - given - support + right])
    rng = np.random.default_rng(0)
    drawn = np.stack([rng.multinomial(rows, own / rows, size=DRAWS) for own in cells], axis=1)
    hits, false, missed = (drawn[..., i].astype(np.float64) for i in range(3))
    samples = Tally(hits, hits + missed, hits + false, undefined=np.nan)
    hit, has, got = (side.astype(np.float64) for side in (right, support, given))
    found = Tally(hit, has, got)
    return (
        share_intervals(found.precision(), samples.precision(), given),
        share_intervals(found.recall(), samples.recall(), support),
        share_intervals(found.f_beta(), samples.f_beta(), support + given - right),
    )
