"""Classification, one class for each row: scores by class and the confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.evaluation.classification import ClassificationEvaluation
from tuneit.evaluation.cost_threshold import cost_threshold
from tuneit.evaluation.f_beta import f_beta_measure
from tuneit.evaluation.two_classes import TwoClasses
from tuneit.report.charts.calibration import draw_calibration
from tuneit.report.charts.confusion import draw_confusion
from tuneit.report.charts.images import draw_worst
from tuneit.report.charts.threshold_curves import draw_costs, draw_curves
from tuneit.report.tile import Tile
from tuneit.report.words import number, percent, score
from tuneit.study import ReportSpec

PAIRS = 10
"""The most confused pairs of classes that are listed."""


@dataclass(frozen=True)
class ClassificationView:
    """The view of a classification."""

    result: ClassificationEvaluation

    def tile(self) -> Tile:
        """As `View.tile`; balanced accuracy where accuracy misleads."""
        balanced = self.result.measure("balanced_accuracy")
        if self.result.caution and balanced is not None:
            beside = f"{score(balanced.trivial)} by always answering one class"
            return Tile("balanced accuracy on the test split", score(balanced.value), beside)
        beside = f"{percent(self.result.baseline_accuracy)} by always answering one class"
        return Tile("accuracy on the test split", percent(self.result.accuracy), beside)

    def sentence(self) -> str:
        """As `View.sentence`."""
        result, caution = self.result, self.result.caution
        low, high = (percent(end) for end in result.accuracy_interval)
        return (
            f"it names the right class for {percent(result.accuracy)} (95 % interval {low} to "
            f"{high}); always answering '{result.majority_class}' would be right for "
            f"{percent(result.baseline_accuracy)}" + (f". But {caution}" if caution else "")
        )

    def values(self, shown: ReportSpec) -> Mapping[str, Any]:
        """As `View.values`."""
        measures = self.result.measures
        if shown.beta is not None and measures:
            measures = (*measures, f_beta_measure(self.result, shown.beta))
        return {
            "measures": measures,
            "cells": self.result.two and cells(self.result.two),
            "pictures": draw_confusion(self.result, shown.theme),
            "confused": self.result.confused_pairs(PAIRS),
            "worst_pictures": draw_worst(self.result.worst),
            "curves": draw_curves(
                self.result.curves, self.result.classes, self.result.n, shown.theme
            ),
            **self._calibration(shown.theme),
            **self._costs(shown),
        }

    def _calibration(self, theme: str) -> Mapping[str, Any]:
        before, scaling = self.result.calibration, self.result.temperature
        if before is None:
            return {"calibration": None}
        after = scaling.after if scaling is not None and before.is_off else None
        return {"calibration": draw_calibration(before, after, theme)}

    def _costs(self, shown: ReportSpec) -> Mapping[str, Any]:
        costs = shown.costs
        found = costs and cost_threshold(self.result, costs.false_positive, costs.false_negative)
        return {
            "costs_asked": costs is not None,
            "cost_threshold": found,
            "cost_picture": found and draw_costs(self.result, found, shown.theme),
        }


def cells(two: TwoClasses) -> Mapping[str, str]:
    """The four cells as texts: whole rows, or weights."""
    return {
        name: _count(getattr(two, name))
        for name in ("true_positives", "false_positives", "false_negatives", "true_negatives")
    }


def _count(value: float) -> str:
    return number(int(value)) if value.is_integer() else number(value)
