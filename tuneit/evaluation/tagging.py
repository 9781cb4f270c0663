"""How good a model is that gives each step of a sequence a tag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors.wording import score_text
from tuneit.evaluation.confusion import (
    SCORE_HEAD,
    Average,
    ClassScore,
    WithConfusion,
    class_scores,
    count_confusion,
    score_rows,
)
from tuneit.evaluation.intervals import Interval
from tuneit.evaluation.measures import Measure, measured, record_of
from tuneit.evaluation.notebook import Displayed, Table
from tuneit.evaluation.positions import PositionPredictions, PositionTargets, read_positions
from tuneit.evaluation.row_bootstrap import score_intervals
from tuneit.evaluation.tally import Tally, of_confusion


@dataclass(frozen=True, eq=False)
class TaggingEvaluation(WithConfusion, Displayed):
    """The numbers of a tagger on `tokens` steps of `n` sequences; scikit-learn's definitions.

    Padding does not count (`PositionTargets` says what it is); `left_out` is the number of steps
    that are padding. `accuracy` is over tokens; `sequence_accuracy` is the share of sequences whose
    tokens are all right. The baselines are of always answering `majority_class`, the most frequent
    tag in training. `confusion` counts tokens, true tag by row.
    """

    n: int
    tokens: int
    left_out: int
    class_names: tuple[str, ...]
    accuracy: float
    sequence_accuracy: float
    majority_class: str
    baseline_accuracy: float
    baseline_sequence_accuracy: float
    baseline_macro_f1: float
    classes: tuple[ClassScore, ...]
    macro: Average
    weighted: Average
    confusion: NDArray[np.int64]
    measures: tuple[Measure, ...] = ()

    task = "tagging"
    unit = "token"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `summary.json` gives it."""
        return {
            "task": self.task,
            "n": self.n,
            "tokens": self.tokens,
            "left_out": self.left_out,
            "accuracy": self.accuracy,
            "sequence_accuracy": self.sequence_accuracy,
            "baseline": {
                "accuracy": self.baseline_accuracy,
                "sequence_accuracy": self.baseline_sequence_accuracy,
                "macro_f1": self.baseline_macro_f1,
                "majority_class": self.majority_class,
            },
            "classes": [asdict(score) for score in self.classes],
            "macro": asdict(self.macro),
            "weighted": asdict(self.weighted),
            "metrics": record_of(self.measures),
            "confusion_matrix": self.confusion_record(),
        }

    def headline(self) -> str:
        """The main numbers beside the trivial predictor's, in one line."""
        padding = f", {self.left_out} steps of padding left out" if self.left_out else ""
        return (
            f"token accuracy {score_text(self.accuracy)} on {self.tokens} tokens of {self.n} "
            f"sequences{padding} (always '{self.majority_class}': "
            f"{score_text(self.baseline_accuracy)}), macro F1 {score_text(self.macro.f1)} "
            f"({score_text(self.baseline_macro_f1)}), all tokens right in "
            f"{score_text(self.sequence_accuracy)} of the sequences "
            f"({score_text(self.baseline_sequence_accuracy)})"
        )

    def _table(self) -> Table:
        averages = {"macro average": self.macro, "weighted average": self.weighted}
        return ("tag", *SCORE_HEAD[1:]), score_rows(self.classes, averages, self.tokens)


def evaluate_tagging(
    test: PositionTargets,
    outputs: Any,
    tag_names: Sequence[str] = (),
    train: PositionTargets | None = None,
    **how: Any,
) -> TaggingEvaluation:
    """Compare a tagger's outputs with the truth.

    Shapes, further arguments (`positions`, `codes`, `threshold`, `from_logits`) and errors are
    those of `read_positions`.
    """
    read = read_positions(test, outputs, tag_names, train, **how)
    names, size = read.class_names, len(read.class_names)
    trivial = np.full(len(read.true), read.majority)
    confusion = count_confusion(read.true, read.predicted, size)
    classes, macro, weighted = class_scores(of_confusion(confusion), names, confusion.sum(axis=1))
    is_right, always = read.true == read.predicted, read.true == trivial
    own = {
        "token_accuracy": float(is_right.mean()),
        "sequence_accuracy": _all_right(read.counted, is_right),
        "macro_f1": macro.f1,
    }
    baseline = {
        "token_accuracy": float(always.mean()),
        "sequence_accuracy": _all_right(read.counted, always),
        "macro_f1": _macro_f1(count_confusion(read.true, trivial, size)),
    }
    return TaggingEvaluation(
        n=len(read.counted),
        tokens=len(read.true),
        left_out=read.left_out,
        class_names=names,
        accuracy=own["token_accuracy"],
        sequence_accuracy=own["sequence_accuracy"],
        majority_class=names[read.majority],
        baseline_accuracy=baseline["token_accuracy"],
        baseline_sequence_accuracy=baseline["sequence_accuracy"],
        baseline_macro_f1=baseline["macro_f1"],
        classes=classes,
        macro=macro,
        weighted=weighted,
        confusion=confusion,
        measures=measured(own, baseline, _intervals(read)),
    )


def _intervals(read: PositionPredictions) -> dict[str, Interval]:
    """Intervals over the sequences, which are drawn whole: tokens of one depend on each other."""
    right, support, predicted = read.counts_by_row()
    tokens, rights = support.sum(axis=1), right.sum(axis=1)
    has_tokens = tokens > 0
    whole = [rights, tokens, has_tokens & (rights == tokens), has_tokens]
    size = right.shape[1]

    def scores(sums: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        hit, has, got = np.split(sums[:, : 3 * size], 3, axis=1)
        drawn = Tally(hit, has, got)
        hits, count, exact, sequences = sums[:, 3 * size :].T
        return {
            "token_accuracy": hits / count,
            "sequence_accuracy": exact / sequences,
            "macro_f1": drawn.macro(drawn.f_beta()),
        }

    return score_intervals(np.column_stack([right, support, predicted, *whole]), scores)


def _macro_f1(confusion: NDArray[np.int64]) -> float:
    counted = of_confusion(confusion)
    return float(counted.macro(counted.f_beta()))


def _all_right(counted: NDArray[np.bool_], right: NDArray[np.bool_]) -> float:
    """The share of sequences with all counted steps right, of those that have such steps."""
    wrong = np.zeros(counted.shape, dtype=bool)
    wrong[counted] = ~right
    has_tokens = np.any(counted, axis=1)
    return 1 - float(np.any(wrong, axis=1)[has_tokens].mean())
