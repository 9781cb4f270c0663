"""What a model reports of rows without targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.evaluation.reported import ReportedEvaluation
from tuneit.report.tile import Tile
from tuneit.report.words import MISSING, score
from tuneit.study import ReportSpec


@dataclass(frozen=True)
class ReportedView:
    """The view of the model's own losses."""

    result: ReportedEvaluation

    def tile(self) -> Tile:
        """As `View.tile`."""
        if not self.result.metrics:
            return Tile("error on the test split", MISSING, "the model measures nothing")
        first = self.result.metrics[0]
        return Tile(f"{first.name} on the test split", score(first.value), "no targets")

    def sentence(self) -> str:
        """As `View.sentence`."""
        if not self.result.metrics:
            return self.result.said
        return f"it reports {self.result.headline()}; without targets, no trivial answer is known"

    def values(self, shown: ReportSpec) -> Mapping[str, Any]:
        """As `View.values`."""
        return {}
