"""Classification, one class for each row: scores by class and the confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.evaluation.classification import ClassificationEvaluation
from tuneit.report.charts.confusion import draw_confusion
from tuneit.report.tile import Tile
from tuneit.report.words import percent

PAIRS = 10
"""The most confused pairs of classes that are listed."""


@dataclass(frozen=True)
class ClassificationView:
    """The view of a classification."""

    result: ClassificationEvaluation

    def tile(self) -> Tile:
        """As `View.tile`."""
        beside = f"{percent(self.result.baseline_accuracy)} by always answering one class"
        return Tile("accuracy on the test split", percent(self.result.accuracy), beside)

    def sentence(self) -> str:
        """As `View.sentence`."""
        result = self.result
        low, high = (percent(end) for end in result.accuracy_interval)
        return (
            f"it names the right class for {percent(result.accuracy)} (95 % interval {low} to "
            f"{high}); always answering '{result.majority_class}' would be right for "
            f"{percent(result.baseline_accuracy)}"
        )

    def values(self, theme: str) -> Mapping[str, Any]:
        """As `View.values`."""
        return {
            "pictures": draw_confusion(self.result, theme),
            "confused": self.result.confused_pairs(PAIRS),
        }
