"""All hyperparameters and the score side by side, a line for each trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tuneit.curves import Series
from tuneit.report.charts.canvas import Picture, new_axes, new_figure, picture
from tuneit.report.charts.palette import GOOD, MUTED, TRAIN
from tuneit.report.words import number, plural, score, shorten
from tuneit.space import Parameter
from tuneit.trials import Objective, Trial

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (960, 300)

_BEST = 0.1
"""The share of the trials, at least three, that stand out as the best."""

_MANY = 1000
"""Lines from which on they are drawn as an image, to keep the page small."""


@dataclass(frozen=True, eq=False)
class ParallelDisplay:
    """Trials as rows of `places`, shape (trials, axes), each in [0, 1]; the last axis is the score.

    The best trials come last. Hyperparameters that a trial does not have are NaN.
    """

    parameters: Sequence[Parameter]
    objective: Objective
    places: Series
    scores: Series
    best: int

    @classmethod
    def from_trials(
        cls, parameters: Sequence[Parameter], trials: Sequence[Trial], objective: Objective
    ) -> ParallelDisplay:
        """Collect the trials that have a score, the worst first."""
        own = sorted(
            (t for t in trials if t.scored), key=lambda t: objective.sign * float(t.score or 0)
        )
        scores = np.array([float(t.score or 0) for t in own])
        rows = [[_place(p, t) for p in parameters] for t in own]
        span = float(np.ptp(scores)) if len(scores) else 0.0
        last = (scores - scores.min()) / span if span else np.full(len(scores), 0.5)
        places = np.column_stack([np.array(rows).reshape(len(own), len(parameters)), last])
        best = max(3, round(_BEST * len(own)))
        return cls(parameters, objective, places, scores, min(best, len(own)))

    @property
    def alt(self) -> str:
        """The chart in words."""
        top = self.places[-self.best :, :-1]
        told = []
        for index, parameter in enumerate(self.parameters):
            known = top[:, index][np.isfinite(top[:, index])]
            if len(known):
                low, high = (_value(parameter, float(v)) for v in (known.min(), known.max()))
                told.append(f"{parameter.name} {low}" + (f" to {high}" if high != low else ""))
        return (
            f"Parallel coordinates of {plural(len(self.scores), 'trial')}. The best {self.best} "
            f"have {', '.join(told)}."
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        from matplotlib.collections import LineCollection

        ax = ax or new_axes(*_SIZE)
        across = np.arange(self.places.shape[1])
        lines = [np.column_stack([across, row]) for row in self.places]
        others, top = lines[: -self.best], lines[-self.best :]
        for part, colour, width, alpha in (
            (others, MUTED, 0.7, 0.35),
            (top, GOOD, 1.6, 0.9),
        ):
            drawn = LineCollection(part, colors=colour.light, linewidths=width, alpha=alpha)
            drawn.set_rasterized(len(part) > _MANY)
            ax.add_collection(drawn)
        for index, parameter in enumerate(self.parameters):
            ax.plot([index, index], [0, 1], color=TRAIN.light, lw=0.8)
            for place in (0.0, 1.0):
                _mark(ax, index, place, _value(parameter, place))
        last = len(self.parameters)
        ax.plot([last, last], [0, 1], color=TRAIN.light, lw=0.8)
        for place, value in ((0.0, self.scores.min()), (1.0, self.scores.max())):
            _mark(ax, last, place, score(float(value)))
        names = [*(p.name for p in self.parameters), self.objective.metric]
        ax.set_xticks(across, [shorten(name, 16) for name in names])
        ax.set_title(f"{self.objective.metric}, at the right, and what it goes with")
        ax.set_xlim(-0.4, last + 0.4)
        ax.set_ylim(-0.14, 1.14)
        ax.set_yticks([])
        ax.grid(visible=False)
        ax.spines[["left", "bottom"]].set_visible(False)
        ax.tick_params(length=0)
        return ax


def _mark(ax: Axes, x: int, y: float, text: str) -> None:
    ax.annotate(
        shorten(text, 14),
        (x, y),
        xytext=(0, -3 if y == 0 else 3),
        textcoords="offset points",
        ha="center",
        va="top" if y == 0 else "bottom",
        fontsize=8,
        color=MUTED.light,
    )


def _place(parameter: Parameter, trial: Trial) -> float:
    """Where the trial's value lies on the hyperparameter's axis, in [0, 1]; NaN for none."""
    if parameter.name not in trial.params:
        return np.nan
    try:
        return float(np.clip(parameter.to_unit(trial.params[parameter.name]), 0, 1))
    except (TypeError, ValueError):  # a value of an earlier range
        return np.nan


def _value(parameter: Parameter, place: float) -> str:
    """The value at a place of the axis, as text."""
    return number(parameter.from_unit(min(place, 1 - 1e-12)), 3)


def draw_parallel_coordinates(
    parameters: Sequence[Parameter], trials: Sequence[Trial], objective: Objective, theme: str
) -> Picture | None:
    """The picture; None for fewer than two hyperparameters or five scores."""
    if len(parameters) < 2 or sum(t.scored for t in trials) < 5:
        return None
    display = ParallelDisplay.from_trials(parameters, trials, objective)
    figure = new_figure(*_SIZE)
    display.plot(figure.add_subplot())
    return picture(figure, display.alt, theme)
