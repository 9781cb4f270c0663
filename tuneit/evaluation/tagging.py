"""How good a model is that gives each step of a sequence a tag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from tuneit.evaluation.positions import PositionTargets, read_positions
from tuneit.evaluation.tally import of_confusion


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
            "confusion_matrix": self.confusion_record(),
        }

    def headline(self) -> str:
        """The main numbers beside the trivial predictor's, in one line."""
        padding = f", {self.left_out} steps of padding left out" if self.left_out else ""
        return (
            f"token accuracy {self.accuracy:.4f} on {self.tokens} tokens of {self.n} sequences"
            f"{padding} (always '{self.majority_class}': {self.baseline_accuracy:.4f}), macro F1 "
            f"{self.macro.f1:.4f} ({self.baseline_macro_f1:.4f}), all tokens right in "
            f"{self.sequence_accuracy:.4f} of the sequences "
            f"({self.baseline_sequence_accuracy:.4f})"
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
    return TaggingEvaluation(
        n=len(read.counted),
        tokens=len(read.true),
        left_out=read.left_out,
        class_names=names,
        accuracy=float((read.true == read.predicted).mean()),
        sequence_accuracy=_all_right(read.counted, read.true == read.predicted),
        majority_class=names[read.majority],
        baseline_accuracy=float((read.true == trivial).mean()),
        baseline_sequence_accuracy=_all_right(read.counted, read.true == trivial),
        baseline_macro_f1=_macro_f1(count_confusion(read.true, trivial, size)),
        classes=classes,
        macro=macro,
        weighted=weighted,
        confusion=confusion,
    )


def _macro_f1(confusion: NDArray[np.int64]) -> float:
    counted = of_confusion(confusion)
    return float(counted.macro(counted.f_beta()))


def _all_right(counted: NDArray[np.bool_], right: NDArray[np.bool_]) -> float:
    """The share of sequences with all counted steps right, of those that have such steps."""
    wrong = np.zeros(counted.shape, dtype=bool)
    wrong[counted] = ~right
    has_tokens = np.any(counted, axis=1)
    return 1 - float(np.any(wrong, axis=1)[has_tokens].mean())
