"""Multi-label classification, any number of labels for each row: scores by label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from tuneit.evaluation.multilabel import MultilabelEvaluation
from tuneit.report.tile import Tile
from tuneit.report.words import percent, score
from tuneit.study import ReportSpec


@dataclass(frozen=True)
class MultilabelView:
    """The view of a multi-label evaluation."""

    result: MultilabelEvaluation

    def tile(self) -> Tile:
        """As `View.tile`."""
        beside = f"{score(self.result.baseline.micro_f1)} by always giving every label"
        return Tile("micro F1 on the test split", score(self.result.scores.micro_f1), beside)

    def sentence(self) -> str:
        """As `View.sentence`."""
        own, trivial = self.result.scores, self.result.baseline
        return (
            f"it has all labels right for {percent(own.subset_accuracy)} of the rows, and "
            f"{percent(own.hamming_loss)} of all labels wrong; always answering the most frequent "
            f"set of labels would be right for {percent(trivial.subset_accuracy)}, and giving each "
            "label to all rows or to none, as is more frequent, would have "
            f"{percent(trivial.hamming_loss)} wrong"
        )

    def values(self, shown: ReportSpec) -> Mapping[str, Any]:
        """As `View.values`."""
        beta = shown.beta
        scores = [label.f_beta(beta) for label in self.result.labels] if beta else []
        return {"beta": beta, "f_beta": fmean(scores) if scores else None}
