"""Forecasts of several steps: errors by column and by step, and the values of a few rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.evaluation.forecast import ForecastEvaluation
from tuneit.report.charts.forecast import draw_forecast
from tuneit.report.evaluations.regression import error_sentence, error_tile
from tuneit.report.tile import Tile
from tuneit.study import ReportSpec


@dataclass(frozen=True)
class ForecastView:
    """The view of a forecast."""

    result: ForecastEvaluation

    def tile(self) -> Tile:
        """As `View.tile`."""
        return error_tile(self.result.scores, self.result.baseline)

    def sentence(self) -> str:
        """As `View.sentence`."""
        return error_sentence(self.result.scores, self.result.baseline)

    def values(self, shown: ReportSpec) -> Mapping[str, Any]:
        """As `View.values`."""
        return {"pictures": draw_forecast(self.result, shown.theme)}
