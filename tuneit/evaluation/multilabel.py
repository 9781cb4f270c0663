"""How good a model is that gives each row any number of labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors import DataError
from tuneit.evaluation.confusion import Average, ratio
from tuneit.evaluation.intervals import Interval, share_intervals
from tuneit.evaluation.notebook import Displayed, Table
from tuneit.evaluation.predictions import are_logits, refuse_nan
from tuneit.evaluation.ranking import ranking_scores
from tuneit.evaluation.tally import DRAWS, Tally

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class LabelScore:
    """One label: precision, recall and F1 in [0, 1], 0 where undefined; `support` rows have it.

    The four counts are rows: with the label and found, without it but taken for it, with it but
    missed, without it and left alone. `baseline_f1` is what always giving the label reaches.
    `roc_auc` and `average_precision` rank the rows by the output; they are None where all rows
    have the label, or none. What ignores the input reaches 0.5, and the label's share of the rows.
    `specificity` is the share of the rows without the label to which it is not given. Intervals are
    95 % bootstrap intervals over the rows; None where a score is not defined.
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

    def f_beta(self, beta: float) -> float:
        """The F-score that weighs recall `beta` > 0 times as much as precision; 0 if undefined."""
        square = beta * beta
        hits = (1 + square) * self.true_positives
        whole = hits + square * self.false_negatives + self.false_positives
        return hits / whole if whole else 0.0


@dataclass(frozen=True)
class LabelsScores:
    """All labels together, each in [0, 1].

    `micro_f1` is over all pairs of a row and a label, `macro_f1` the mean of the labels' F1.
    `subset_accuracy` is the share of rows with all labels right, `hamming_loss` the share of wrong
    labels (lower is better).
    """

    micro_f1: float
    macro_f1: float
    subset_accuracy: float
    hamming_loss: float


@dataclass(frozen=True)
class MultilabelEvaluation(Displayed):
    """The numbers of a multi-label classifier on `n` rows; scikit-learn's definitions throughout.

    A label is given where its probability exceeds 0.5, which is a logit above 0. `baseline` has the
    scores of answers that ignore the input, each the best one for its score on the training
    targets: every label (F1), the most frequent set of labels (subset accuracy), and of each label
    what is more frequent (Hamming loss). `macro_roc_auc` and `macro_average_precision` are the
    means over the labels; None where that of some label is not known.
    """

    n: int
    labels: tuple[LabelScore, ...]
    scores: LabelsScores
    baseline: LabelsScores
    micro: Average
    macro: Average
    macro_roc_auc: float | None = None
    macro_average_precision: float | None = None

    task = "multilabel"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `summary.json` gives it."""
        return {
            "task": self.task,
            "n": self.n,
            **asdict(self.scores),
            "baseline": asdict(self.baseline),
            "micro": asdict(self.micro),
            "macro": asdict(self.macro),
            "macro_roc_auc": self.macro_roc_auc,
            "macro_average_precision": self.macro_average_precision,
            "labels": [asdict(label) for label in self.labels],
        }

    def headline(self) -> str:
        """The main numbers beside the trivial predictor's, in one line."""
        own, trivial = self.scores, self.baseline
        return (
            f"micro F1 {own.micro_f1:.4f} (always every label: {trivial.micro_f1:.4f}), macro F1 "
            f"{own.macro_f1:.4f} ({trivial.macro_f1:.4f}), all labels right for "
            f"{own.subset_accuracy:.4f} of {self.n} rows (always the most frequent set: "
            f"{trivial.subset_accuracy:.4f}), Hamming loss {own.hamming_loss:.4f} (always what is "
            f"more frequent: {trivial.hamming_loss:.4f})"
        )

    def _table(self) -> Table:
        head = ("label", "precision", "recall", "F1", "F1 of always", "ROC AUC", "AP", "support")
        rows = [
            [
                s.name,
                *(f"{v:.3f}" for v in (s.precision, s.recall, s.f1, s.baseline_f1)),
                *("-" if v is None else f"{v:.3f}" for v in (s.roc_auc, s.average_precision)),
                s.support,
            ]
            for s in self.labels
        ]
        return head, rows


def evaluate_multilabel(
    y_true: Any,
    outputs: Any,
    label_names: Sequence[str] = (),
    y_train: Any = None,
    *,
    from_logits: bool = False,
) -> MultilabelEvaluation:
    """Compare the outputs of a multi-label classifier with the truth.

    All are of shape (rows, labels), the truth 0/1; axes between are counted as rows. Outputs are
    logits where `from_logits` says so or some lie outside [0, 1], else probabilities. Labels
    without a name are called by their index. Without `y_train` the trivial answers are fitted to
    `y_true`.

    Raises DataError where shapes differ, rows are missing, or outputs are NaN.
    """
    scores = np.asarray(outputs)
    refuse_nan(scores)
    given = np.asarray(y_true)
    if given.shape != scores.shape or not len(given) or given.ndim < 2:
        raise DataError(
            "an evaluation of labels needs an output for each label of each row, and at least one "
            f"row, but got outputs of shape {scores.shape} and a truth of {given.shape}"
        )
    true, train = _flags(given), _flags(given if y_train is None else y_train)
    found = scores.reshape(true.shape) > (0.0 if are_logits(scores, from_logits) else 0.5)
    count = true.shape[1]
    names = (*map(str, label_names), *map(str, range(len(label_names), count)))[:count]
    everything = np.ones_like(true)
    # Eight labels a byte: rows of many labels are sorted in less memory.
    _, first, uses = np.unique(
        np.packbits(train, axis=1), axis=0, return_index=True, return_counts=True
    )
    frequent = np.broadcast_to(train[first[uses.argmax()]], true.shape)
    by_label = _label_scores(true, found, names, scores.reshape(true.shape))
    return MultilabelEvaluation(
        n=len(true),
        labels=by_label,
        scores=_scores(true, found),
        baseline=LabelsScores(
            micro_f1=_average(true, everything, micro=True).f1,
            macro_f1=_average(true, everything, micro=False).f1,
            subset_accuracy=_scores(true, frequent).subset_accuracy,
            hamming_loss=float(((train.mean(axis=0) > 0.5) != true).mean()),
        ),
        micro=_average(true, found, micro=True),
        macro=_average(true, found, micro=False),
        macro_roc_auc=_mean(label.roc_auc for label in by_label),
        macro_average_precision=_mean(label.average_precision for label in by_label),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    """The mean; None where some value is not known."""
    known = list(values)
    return None if None in known else float(np.mean(known))  # type: ignore[arg-type]


def _flags(y: Any) -> Flags:
    array = np.asarray(y)
    flags: Flags = array.reshape(-1, array.shape[-1]) > 0.5
    return flags


def _scores(true: Flags, found: Flags) -> LabelsScores:
    return LabelsScores(
        micro_f1=_average(true, found, micro=True).f1,
        macro_f1=_average(true, found, micro=False).f1,
        subset_accuracy=float((true == found).all(axis=1).mean()),
        hamming_loss=float((true != found).mean()),
    )


def _average(true: Flags, found: Flags, *, micro: bool) -> Average:
    right, given, support = (v.sum(axis=0) for v in (true & found, found, true))
    if micro:
        right, given, support = (np.array([v.sum()]) for v in (right, given, support))
    scores = (ratio(right, given), ratio(right, support), ratio(2 * right, given + support))
    return Average(*(float(score.mean()) for score in scores))


def _label_scores(
    true: Flags, found: Flags, names: Sequence[str], scores: NDArray[Any]
) -> tuple[LabelScore, ...]:
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
    return tuple(
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
            **ranking_scores(true[:, index], scores[:, index]),
        )
        for index, (name, precision, recall, f1, hits, got, have, always, *ends) in enumerate(
            columns
        )
    )


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
