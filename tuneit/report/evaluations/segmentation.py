"""Segmentation, a class for each pixel: overlap by class, and a few images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.evaluation.segmentation import SegmentationEvaluation
from tuneit.report.charts.images import draw_images, draw_legend
from tuneit.report.evaluations.classification import PAIRS
from tuneit.report.tile import Tile
from tuneit.report.words import percent, score
from tuneit.study import ReportSpec

_IN_LEGEND = 16


@dataclass(frozen=True)
class SegmentationView:
    """The view of a segmentation."""

    result: SegmentationEvaluation

    def tile(self) -> Tile:
        """As `View.tile`."""
        beside = f"{score(self.result.baseline.mean_iou)} by always answering one class"
        return Tile("mean IoU on the test split", score(self.result.scores.mean_iou), beside)

    def sentence(self) -> str:
        """As `View.sentence`."""
        own, trivial = self.result.scores, self.result.baseline
        return (
            f"it reaches a mean IoU of {score(own.mean_iou)} and gives "
            f"{percent(own.pixel_accuracy)} of the pixels the right class; always answering "
            f"'{self.result.majority_class}' would reach {score(trivial.mean_iou)} and "
            f"{percent(trivial.pixel_accuracy)}"
        )

    def values(self, shown: ReportSpec) -> Mapping[str, Any]:
        """As `View.values`."""
        return {
            "gallery": draw_images(self.result.images),
            "legend": draw_legend(self.result.class_names[:_IN_LEGEND]),
            "confused": self.result.confused_pairs(PAIRS),
        }
