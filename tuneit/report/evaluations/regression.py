"""Regression: errors by output, predicted against true values, residuals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.evaluation.regression import RegressionEvaluation, RegressionScores
from tuneit.report.charts.images import draw_worst
from tuneit.report.charts.residuals import OUTPUTS, draw_residuals
from tuneit.report.tile import Tile
from tuneit.report.words import percent, score
from tuneit.study import ReportSpec


@dataclass(frozen=True)
class RegressionView:
    """The view of a regression."""

    result: RegressionEvaluation

    def tile(self) -> Tile:
        """As `View.tile`."""
        return error_tile(self.result.scores, self.result.baseline)

    def sentence(self) -> str:
        """As `View.sentence`."""
        return error_sentence(self.result.scores, self.result.baseline)

    def values(self, shown: ReportSpec) -> Mapping[str, Any]:
        """As `View.values`."""
        return {
            "outputs": self.result.outputs[:OUTPUTS],
            "pictures": draw_residuals(self.result, shown.theme),
            "worst_pictures": draw_worst(self.result.worst),
        }


def error_tile(scores: RegressionScores, baseline: RegressionScores) -> Tile:
    """The mean absolute error beside that of the training mean."""
    beside = f"{score(baseline.mae)} by always answering the mean"
    return Tile("mean error on the test split", score(scores.mae), beside)


def error_sentence(scores: RegressionScores, baseline: RegressionScores) -> str:
    """The mean absolute error, and what share of the variance is explained."""
    r2 = scores.r2
    explained = (
        f" and explains {percent(r2)} of the target's variance" if r2 is not None and r2 > 0 else ""
    )
    return (
        f"it is off by {score(scores.mae)} on average{explained}; always answering the training "
        f"mean would be off by {score(baseline.mae)}"
    )
