"""Reconstruction of whole rows: errors over all values, and a few images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.evaluation.reconstruction import ReconstructionEvaluation
from tuneit.report.charts.images import draw_images
from tuneit.report.tile import Tile
from tuneit.report.words import score
from tuneit.study import ReportSpec


@dataclass(frozen=True)
class ReconstructionView:
    """The view of a reconstruction."""

    result: ReconstructionEvaluation

    def tile(self) -> Tile:
        """As `View.tile`."""
        beside = f"{score(self.result.baseline.rmse)} by always answering the mean row"
        return Tile("reconstruction RMSE on the test split", score(self.result.scores.rmse), beside)

    def sentence(self) -> str:
        """As `View.sentence`."""
        own, trivial = self.result.scores, self.result.baseline
        return (
            f"it reproduces single values with a mean error of {score(own.mae)} (RMSE "
            f"{score(own.rmse)}); always answering the mean training row would be off by "
            f"{score(trivial.mae)} (RMSE {score(trivial.rmse)})"
        )

    def values(self, shown: ReportSpec) -> Mapping[str, Any]:
        """As `View.values`."""
        return {"gallery": draw_images(self.result.images)}
