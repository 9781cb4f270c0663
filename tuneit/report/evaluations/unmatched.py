"""Predictions whose shape differs from the truth's: why, and what can still be measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.evaluation.unmatched import UnmatchedEvaluation
from tuneit.report.tile import Tile
from tuneit.report.words import MISSING
from tuneit.study import ReportSpec


@dataclass(frozen=True)
class UnmatchedView:
    """The view of predictions that have no error."""

    result: UnmatchedEvaluation

    def tile(self) -> Tile:
        """As `View.tile`."""
        return Tile("error on the test split", MISSING, "predictions and target differ in shape")

    def sentence(self) -> str:
        """As `View.sentence`."""
        return self.result.said

    def values(self, shown: ReportSpec) -> Mapping[str, Any]:
        """As `View.values`."""
        return {}
