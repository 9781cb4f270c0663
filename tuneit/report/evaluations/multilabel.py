"""Multi-label classification, any number of labels for each row: scores by label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from tuneit.evaluation.class_curves import MOST_CURVES
from tuneit.evaluation.cost_threshold import CostThreshold, cost_threshold
from tuneit.evaluation.measures import Measure
from tuneit.evaluation.multilabel import MultilabelEvaluation
from tuneit.report.charts.calibration import draw_calibrations
from tuneit.report.charts.threshold_curves import draw_curves
from tuneit.report.tile import Tile
from tuneit.report.words import percent, score
from tuneit.study import ErrorCosts, ReportSpec


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
        beta, labels = shown.beta, self.result.labels
        measures = self.result.measures
        if beta:
            mean = fmean(label.f_beta(beta) for label in labels)
            always = fmean(label.two.always_positive.f_beta(beta) for label in labels)
            measures = (*measures, Measure("f_beta", mean, always, beta=beta, units="labels"))
        drawn = sorted(
            [label for label in labels if label.curve is not None], key=lambda one: -one.support
        )[:MOST_CURVES]
        curves = tuple(label.curve for label in drawn if label.curve is not None)
        calibrations = [label.calibration for label in drawn if label.calibration is not None]
        return {
            "measures": measures,
            "curves": draw_curves(curves, drawn, self.result.n, shown.theme),
            "drawn": len(drawn),
            "calibration": draw_calibrations(calibrations, shown.theme) if calibrations else None,
            "costs": self._costs(shown.costs),
        }

    def _costs(self, costs: ErrorCosts | None) -> list[tuple[str, CostThreshold | None]] | None:
        """Each label's threshold with the lowest cost; None where no costs are given."""
        if costs is None:
            return None
        return [
            (label.name, cost_threshold(label, costs.false_positive, costs.false_negative))
            for label in self.result.labels
        ]
