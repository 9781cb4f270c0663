"""Predicted against true values, and the distribution of the residuals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tuneit.curves import Series
from tuneit.evaluation.regression import RegressionEvaluation
from tuneit.report.charts.canvas import Picture, new_axes, new_figure, picture
from tuneit.report.charts.palette import MUTED, TRAIN, VALIDATION
from tuneit.report.words import number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OUTPUTS = 4
"""The most outputs that are drawn; the table has them all."""


@dataclass(frozen=True, eq=False)
class PredictionDisplay:
    """Predictions (rows,) against the truth (rows,), in the target's unit."""

    name: str
    true: Series
    predicted: Series

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        ax = ax or new_axes()
        ends = [
            min(self.true.min(), self.predicted.min()),
            max(self.true.max(), self.predicted.max()),
        ]
        ax.plot(ends, ends, color=MUTED.light, lw=1, ls="--", label="perfect")
        ax.plot(
            self.true,
            self.predicted,
            "o",
            color=TRAIN.light,
            ms=4,
            mew=0,
            alpha=0.6,
            rasterized=len(self.true) > 1500,
        )
        ax.set_title(f"{self.name}: predicted against true")
        ax.set_xlabel("true")
        ax.set_ylabel("predicted")
        return ax


@dataclass(frozen=True, eq=False)
class ResidualDisplay:
    """The distribution of residuals (truth − prediction), in the target's unit."""

    name: str
    residuals: Series

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        from matplotlib.ticker import MaxNLocator

        ax = ax or new_axes()
        bins = int(np.clip(np.sqrt(len(self.residuals)), 5, 40))
        ax.hist(self.residuals, bins=bins, color=TRAIN.light, rwidth=0.92)
        ax.axvline(0, color=MUTED.light, lw=1, ls="--")
        ax.axvline(float(self.residuals.mean()), color=VALIDATION.light, lw=1.6)
        ax.set_title(f"{self.name}: residuals (line: their mean)")
        ax.set_xlabel("true − predicted")
        ax.set_ylabel("rows")
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
        return ax


def draw_residuals(evaluation: RegressionEvaluation, theme: str) -> list[Picture]:
    """Two pictures for each output: predicted against true values, and the residuals."""
    pictures = []
    for index, output in enumerate(evaluation.outputs[:OUTPUTS]):
        true, residuals = evaluation.y_true[:, index], evaluation.residuals[:, index]
        figure = new_figure(462, 310)
        display = PredictionDisplay(output.name, true, evaluation.y_pred[:, index])
        display.plot(figure.add_subplot())
        r2 = output.scores.r2
        explained = f"; the model explains {percent(r2, 0)} of the variance" if r2 else ""
        alt = f"Predicted against true {output.name} on {evaluation.n} rows{explained}."
        pictures.append(picture(figure, alt, theme))

        figure = new_figure(462, 310)
        ResidualDisplay(output.name, residuals).plot(figure.add_subplot())
        summary = output.residuals
        alt = (
            f"Residuals of {output.name}: mean {number(summary.mean)}, 90 % between "
            f"{number(summary.p05)} and {number(summary.p95)}, largest {number(summary.largest)}."
        )
        pictures.append(picture(figure, alt, theme))
    return pictures
