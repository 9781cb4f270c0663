"""How good a model is that gives each row any number of labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors import DataError
from tuneit.errors.wording import counted, score_text
from tuneit.evaluation.confusion import Average, ratio
from tuneit.evaluation.label_scores import Flags, LabelScore, label_scores
from tuneit.evaluation.measures import Measure, measure_table, measured, record_of, value_text
from tuneit.evaluation.notebook import Displayed, Table
from tuneit.evaluation.predictions import are_logits, refuse_nan, sigmoid
from tuneit.evaluation.row_bootstrap import score_intervals


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
    means over the labels; None where that of some label is not known. `measures` has the scores of
    all labels together with their intervals.
    """

    n: int
    labels: tuple[LabelScore, ...]
    scores: LabelsScores
    baseline: LabelsScores
    micro: Average
    macro: Average
    macro_roc_auc: float | None = None
    macro_average_precision: float | None = None
    measures: tuple[Measure, ...] = ()

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
            "metrics": record_of(self.measures),
            "labels": [label.to_dict() for label in self.labels],
        }

    def headline(self) -> str:
        """The main numbers beside the trivial predictor's, in one line."""
        own, trivial = self.scores, self.baseline
        return (
            f"micro F1 {score_text(own.micro_f1)} (always every label: "
            f"{score_text(trivial.micro_f1)}), macro F1 {score_text(own.macro_f1)} "
            f"({score_text(trivial.macro_f1)}), all labels right for "
            f"{score_text(own.subset_accuracy)} of {counted(self.n, 'row')} (always the most "
            f"frequent set: {score_text(trivial.subset_accuracy)}), Hamming loss "
            f"{score_text(own.hamming_loss)} (always what is more frequent: "
            f"{score_text(trivial.hamming_loss)})"
        )

    def _more_tables(self) -> Iterable[Table]:
        return [measure_table(self.measures)]

    def _table(self) -> Table:
        head = ("label", "precision", "recall", "F1", "F1 of always", "ROC AUC", "AP", "support")
        rows = [
            [
                s.name,
                *map(score_text, (s.precision, s.recall, s.f1, s.baseline_f1)),
                *map(value_text, (s.roc_auc, s.average_precision)),
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
    validation: tuple[Any, Any] | None = None,
) -> MultilabelEvaluation:
    """Compare the outputs of a multi-label classifier with the truth.

    All are of shape (rows, labels), the truth 0/1; axes between are counted as rows. Outputs are
    logits where `from_logits` says so or some lie outside [0, 1], else probabilities. Labels
    without a name are called by their index. Without `y_train` the trivial answers are fitted to
    `y_true`. `validation` are truth and outputs of other rows: thresholds are chosen on them.

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
    is_logit = are_logits(scores, from_logits)
    found = scores.reshape(true.shape) > (0.0 if is_logit else 0.5)
    count = true.shape[1]
    names = (*map(str, label_names), *map(str, range(len(label_names), count)))[:count]
    everything = np.ones_like(true)
    # Eight labels a byte: rows of many labels are sorted in less memory.
    _, first, uses = np.unique(
        np.packbits(train, axis=1), axis=0, return_index=True, return_counts=True
    )
    frequent = np.broadcast_to(train[first[uses.argmax()]], true.shape)
    other = None
    if validation is not None and len(validation[0]):
        flags = _flags(validation[0])
        other = flags, _probabilities(validation[1], flags, is_logit=is_logit)
    shares = _probabilities(scores, true, is_logit=is_logit)
    by_label = label_scores(true, found, names, shares, other)
    own = _scores(true, found)
    baseline = LabelsScores(
        micro_f1=_average(true, everything, micro=True).f1,
        macro_f1=_average(true, everything, micro=False).f1,
        subset_accuracy=_scores(true, frequent).subset_accuracy,
        hamming_loss=float(((train.mean(axis=0) > 0.5) != true).mean()),
    )
    return MultilabelEvaluation(
        n=len(true),
        labels=by_label,
        scores=own,
        baseline=baseline,
        micro=_average(true, found, micro=True),
        macro=_average(true, found, micro=False),
        macro_roc_auc=_mean(label.roc_auc for label in by_label),
        macro_average_precision=_mean(label.average_precision for label in by_label),
        measures=measured(asdict(own), asdict(baseline), _intervals(true, found), "labels"),
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


def _probabilities(outputs: Any, flags: Flags, *, is_logit: bool) -> NDArray[np.float64]:
    """The outputs as probabilities, in the shape of the flags (rows, labels)."""
    scores = np.asarray(outputs, dtype=np.float64).reshape(flags.shape)
    return sigmoid(scores) if is_logit else scores


def _intervals(true: Flags, found: Flags) -> dict[str, Any]:
    """Intervals of the scores of all labels together."""
    labels = true.shape[1]
    right = true & found
    exact, wrong = (true == found).all(axis=1), (true != found).mean(axis=1)

    def scores(sums: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        hits, taken = sums[:, :labels], sums[:, labels : 2 * labels]  # taken: given + support
        rows = sums[:, -1]
        return {
            "micro_f1": 2 * hits.sum(axis=1) / taken.sum(axis=1),
            "macro_f1": np.nan_to_num(2 * hits / taken).mean(axis=1),
            "subset_accuracy": sums[:, -3] / rows,
            "hamming_loss": sums[:, -2] / rows,
        }

    ones = np.ones(len(true))
    both = true.astype(np.int8) + found
    return score_intervals(np.column_stack([right, both, exact, wrong, ones]), scores)
