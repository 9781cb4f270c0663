"""What happens at each threshold: ROC curves, curves of precision and recall, and costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tuneit.evaluation.confusion import ClassScore
from tuneit.evaluation.cost_threshold import CostThreshold, Thresholds
from tuneit.evaluation.label_scores import LabelScore
from tuneit.evaluation.threshold_curve import ThresholdCurve
from tuneit.report.charts.canvas import Picture, new_axes, new_figure, picture
from tuneit.report.charts.palette import LINE_STYLES, MUTED, TRAIN, VALIDATION
from tuneit.report.words import number, score, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class RocCurveDisplay:
    """The share of a class's rows that are found, against that of the others taken for it."""

    curves: tuple[ThresholdCurve, ...]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        ax = ax or new_axes()
        ax.plot([0, 1], [0, 1], color=MUTED.light, lw=1, ls="--", label="ignores the input")
        for curve, (colour, line) in zip(self.curves, LINE_STYLES, strict=False):
            x, y = (np.r_[0.0, v, 1.0] for v in (curve.false_positive_rate, curve.recall))
            ax.plot(x, y, color=colour, ls=line, lw=1.6, label=shorten(curve.name, 18))
        _finish(ax, "ROC curve", "false positive rate", "recall (true positive rate)")
        ax.legend(loc="lower right")
        return ax


@dataclass(frozen=True, eq=False)
class PrecisionRecallDisplay:
    """Precision against recall; what ignores the input has the class's share as precision."""

    curves: tuple[ThresholdCurve, ...]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        ax = ax or new_axes()
        for curve, (colour, line) in zip(self.curves, LINE_STYLES, strict=False):
            ax.step(
                np.r_[0.0, curve.recall],
                np.r_[1.0, curve.precision],
                where="pre",
                color=colour,
                ls=line,
                lw=1.6,
                label=shorten(curve.name, 18),
            )
        if len(self.curves) == 1:
            share = self.curves[0].positives / (self.curves[0].positives + self.curves[0].negatives)
            ax.axhline(share, color=MUTED.light, lw=1, ls="--", label="ignores the input")
        _finish(ax, "precision and recall", "recall", "precision")
        ax.legend(loc="best")
        return ax


@dataclass(frozen=True, eq=False)
class CostDisplay:
    """The cost of a row at each threshold, on validation and on test rows."""

    found: CostThreshold
    validation: ThresholdCurve
    test: ThresholdCurve

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        ax = ax or new_axes()
        lines = (
            ("validation rows", self.validation, VALIDATION, "--"),
            ("test rows", self.test, TRAIN, "-"),
        )
        for name, curve, colour, line in lines:
            costs = curve.costs(self.found.false_positive, self.found.false_negative)
            ax.plot(curve.thresholds, costs, color=colour.light, ls=line, lw=1.6, label=name)
        threshold, cost = self.found.chosen.threshold or 0.0, self.found.chosen.cost
        ax.axvline(threshold, color=MUTED.light, lw=1, ls=":", label="chosen")
        ax.plot([threshold], [cost], "o", color=TRAIN.light, ms=6)
        ax.set_title("cost of a row by threshold")
        ax.set_xlabel("threshold")
        ax.set_ylabel("cost")
        ax.set_ylim(bottom=0)
        ax.legend(loc="best")
        return ax


def _finish(ax: Axes, title: str, x: str, y: str) -> None:
    ax.set(title=title, xlabel=x, ylabel=y, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))


def draw_curves(
    curves: tuple[ThresholdCurve, ...],
    scores: Iterable[ClassScore | LabelScore],
    rows: int,
    theme: str,
) -> list[Picture]:
    """The ROC curves, and the curves of precision and recall; none without curves.

    `scores` has the areas of the classes or labels, `rows` is the number of test rows.
    """
    if not curves:
        return []
    by_name = {one.name: one for one in scores}
    alts = {"ROC curve": "roc_auc", "Curve of precision and recall": "average_precision"}
    pictures = []
    displays: tuple[RocCurveDisplay | PrecisionRecallDisplay, ...] = (
        RocCurveDisplay(curves),
        PrecisionRecallDisplay(curves),
    )
    for display, (title, area) in zip(displays, alts.items(), strict=True):
        figure = new_figure(462, 340)
        display.plot(figure.add_subplot())
        told = "; ".join(
            f"{curve.name} {score(getattr(by_name[curve.name], area))}" for curve in curves
        )
        alt = f"{title} of {told} ({area.replace('_', ' ')}) on {rows} rows."
        pictures.append(picture(figure, alt, theme))
    return pictures


def draw_costs(result: Thresholds, found: CostThreshold, theme: str) -> Picture | None:
    """The cost of a row by threshold."""
    if result.validation_curve is None or result.curve is None:
        return None
    figure = new_figure(462, 310)
    CostDisplay(found, result.validation_curve, result.curve).plot(figure.add_subplot())
    alt = (
        f"Cost of a row by threshold: {number(found.chosen.cost)} at "
        f"{number(found.chosen.threshold)} on test rows, {number(found.usual.cost)} at 0.5."
    )
    return picture(figure, alt, theme)
