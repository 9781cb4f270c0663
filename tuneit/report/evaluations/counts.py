"""Counts: the Poisson deviance, and the same as for a regression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.evaluation.counts import CountEvaluation
from tuneit.report.charts.residuals import OUTPUTS, draw_residuals
from tuneit.report.evaluations.regression import error_sentence, error_tile
from tuneit.report.tile import Tile
from tuneit.report.words import score
from tuneit.study import ReportSpec


@dataclass(frozen=True)
class CountView:
    """The view of an evaluation of counts."""

    result: CountEvaluation

    def tile(self) -> Tile:
        """As `View.tile`."""
        result = self.result
        if result.deviance is None:
            return error_tile(result.scores, result.baseline)
        beside = f"{score(result.baseline_deviance)} by always answering the mean"
        return Tile("Poisson deviance on the test split", score(result.deviance), beside)

    def sentence(self) -> str:
        """As `View.sentence`."""
        result = self.result
        said = error_sentence(result.scores, result.baseline)
        if result.deviance is None:
            return (
                f"{said}; its Poisson deviance is undefined, as some predictions are not positive"
            )
        return (
            f"{said}; its mean Poisson deviance is {score(result.deviance)}, and that of the mean "
            f"{score(result.baseline_deviance)}"
        )

    def values(self, shown: ReportSpec) -> Mapping[str, Any]:
        """As `View.values`."""
        return {
            "outputs": self.result.outputs[:OUTPUTS],
            "pictures": draw_residuals(self.result.errors, shown.theme),
        }
