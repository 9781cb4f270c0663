"""Charts of forecasts: the error by step, and true and predicted values of a few rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneit.curves import Series
from tuneit.evaluation.forecast import ForecastEvaluation, StepScores
from tuneit.report.charts.canvas import Picture, new_axes, new_figure, picture, whole_ticks
from tuneit.report.charts.palette import MUTED, TRAIN, VALIDATION
from tuneit.report.words import score

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 1
"""Columns of the target that are drawn, at most; the table has them all."""


@dataclass(frozen=True)
class StepErrorDisplay:
    """The mean absolute error at each step, beside that of the training mean."""

    steps: tuple[StepScores, ...]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        ax = ax or new_axes()
        at = [step.step for step in self.steps]
        ax.plot(
            at, [s.baseline_mae for s in self.steps], color=MUTED.light, ls="--", label="the mean"
        )
        ax.plot(at, [s.mae for s in self.steps], "o-", color=TRAIN.light, ms=4, label="model")
        ax.set_ylim(bottom=0)
        ax.set_title("mean absolute error by step")
        ax.set_xlabel("step")
        whole_ticks(ax)
        ax.legend()
        return ax


@dataclass(frozen=True, eq=False)
class CourseDisplay:
    """True and predicted values (steps,) of one column of one row, in the target's unit."""

    title: str
    true: Series
    predicted: Series

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        ax = ax or new_axes()
        at = range(1, len(self.true) + 1)
        ax.plot(at, self.true, "o-", color=TRAIN.light, ms=4, label="true")
        ax.plot(at, self.predicted, "s--", color=VALIDATION.light, ms=4, label="predicted")
        ax.set_title(self.title)
        ax.set_xlabel("step")
        whole_ticks(ax)
        ax.legend()
        return ax


def draw_forecast(evaluation: ForecastEvaluation, theme: str) -> list[Picture]:
    """A picture of the error by step, and one for each kept row of the first columns."""
    figure = new_figure(462, 310)
    StepErrorDisplay(evaluation.steps).plot(figure.add_subplot())
    first, last = evaluation.steps[0], evaluation.steps[-1]
    alt = (
        f"Mean absolute error by step: {score(first.mae)} at the first, {score(last.mae)} at "
        f"step {last.step}; of the training mean {score(first.baseline_mae)} and "
        f"{score(last.baseline_mae)}."
    )
    pictures = [picture(figure, alt, theme)]
    for column, output in enumerate(evaluation.outputs[:_COLUMNS]):
        for row in range(len(evaluation.y_true)):
            figure = new_figure(462, 310)
            title = f"{output.name}, test row {row + 1}"
            true, predicted = (
                values[row, :, column] for values in (evaluation.y_true, evaluation.y_pred)
            )
            CourseDisplay(title, true, predicted).plot(figure.add_subplot())
            pictures.append(picture(figure, f"True and predicted course of {title}.", theme))
    return pictures
