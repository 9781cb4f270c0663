"""Tagging, a tag for each step of a sequence: scores by tag and the confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.evaluation.tagging import TaggingEvaluation
from tuneit.report.charts.confusion import draw_confusion
from tuneit.report.evaluations.classification import PAIRS
from tuneit.report.tile import Tile
from tuneit.report.words import percent
from tuneit.study import ReportSpec


@dataclass(frozen=True)
class TaggingView:
    """The view of a tagger's evaluation."""

    result: TaggingEvaluation

    def tile(self) -> Tile:
        """As `View.tile`."""
        beside = f"{percent(self.result.baseline_accuracy)} by always answering one tag"
        return Tile("token accuracy on the test split", percent(self.result.accuracy), beside)

    def sentence(self) -> str:
        """As `View.sentence`."""
        result = self.result
        return (
            f"it gives the right tag to {percent(result.accuracy)} of the tokens, and tags "
            f"{percent(result.sequence_accuracy)} of the sequences without an error; always "
            f"answering '{result.majority_class}' would be right for "
            f"{percent(result.baseline_accuracy)} and {percent(result.baseline_sequence_accuracy)}"
        )

    def values(self, shown: ReportSpec) -> Mapping[str, Any]:
        """As `View.values`."""
        return {
            "pictures": draw_confusion(self.result, shown.theme),
            "confused": self.result.confused_pairs(PAIRS),
        }
