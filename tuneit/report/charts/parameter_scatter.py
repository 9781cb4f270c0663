"""Small charts of the score against each hyperparameter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tuneit.curves import Series
from tuneit.report.charts.canvas import (
    Picture,
    is_whole,
    log_scale,
    new_axes,
    new_figure,
    picture,
    spread_is_wide,
    whole_ticks,
)
from tuneit.report.charts.palette import GOOD, MUTED, TRAIN
from tuneit.report.words import number, plural, score, shorten
from tuneit.space import Choice, Parameter
from tuneit.trials import Objective, Trial, TrialState

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (300, 215)
_LABELLED_CHOICES = 8


@dataclass(frozen=True, eq=False)
class ParameterDisplay:
    """Scores by the value of one hyperparameter; a choice's value is its position in the list."""

    parameter: Parameter
    x: Series
    scores: Series
    pruned: np.ndarray[tuple[int], np.dtype[np.bool_]]
    best: int | None

    @classmethod
    def from_trials(
        cls, parameter: Parameter, trials: Sequence[Trial], best: Trial | None
    ) -> ParameterDisplay:
        """Collect the scored trials that have the hyperparameter."""
        own = [t for t in trials if t.scored and _place(parameter, t) is not None]
        where = [i for i, t in enumerate(own) if best is not None and t.number == best.number]
        return cls(
            parameter,
            np.array([_place(parameter, t) for t in own], dtype=np.float64),
            np.array([t.score for t in own], dtype=np.float64),
            np.array([t.state is TrialState.PRUNED for t in own], dtype=bool),
            where[0] if where else None,
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        ax = ax or new_axes(*_SIZE)
        x = self.x
        if isinstance(self.parameter, Choice):
            # A fixed jitter (by the golden ratio) keeps dots of equal choices from overlapping.
            x = x + 0.3 * ((np.arange(len(x)) * 0.6180339887) % 1 - 0.5)
            self._name_choices(ax, self.parameter)
        elif getattr(self.parameter, "sampling", "linear") != "linear":
            log_scale(ax, "x")
        elif is_whole(x):
            whole_ticks(ax)
        # Thousands of separate vector marks would make the page large.
        many = len(x) > 1500
        done, cut = ~self.pruned, self.pruned
        ax.plot(
            x[done],
            self.scores[done],
            "o",
            color=TRAIN.light,
            ms=4,
            mew=0,
            alpha=0.75,
            rasterized=many,
        )
        ax.plot(x[cut], self.scores[cut], "o", mfc="none", mec=MUTED.light, ms=4, rasterized=many)
        if self.best is not None:
            ax.plot(
                x[self.best], self.scores[self.best], "o", mfc="none", mec=GOOD.light, mew=2, ms=10
            )
        if spread_is_wide(self.scores):
            log_scale(ax, "y")
        ax.set_title(shorten(self.parameter.name, 34))
        ax.margins(x=0.08, y=0.1)
        return ax

    def _name_choices(self, ax: Axes, choice: Choice) -> None:
        values = choice.values
        if len(values) <= _LABELLED_CHOICES:
            room = max(4, 36 // len(values))
            ax.set_xticks(range(len(values)), [shorten(str(v), room) for v in values])
        ax.set_xlim(-0.5, len(values) - 0.5)


def _place(parameter: Parameter, trial: Trial) -> float | None:
    value = trial.params.get(parameter.name)
    if isinstance(parameter, Choice):
        return float(parameter.values.index(value)) if value in parameter.values else None
    number_like = isinstance(value, (int, float)) and math.isfinite(value)
    return float(value) if number_like and value is not None else None


def draw_parameter_scatter(
    parameters: Sequence[Parameter],
    trials: Sequence[Trial],
    best: Trial | None,
    objective: Objective,
    theme: str,
) -> list[Picture]:
    """A picture for each hyperparameter; [] for fewer than two scores."""
    if sum(t.scored for t in trials) < 2:
        return []
    displays = (ParameterDisplay.from_trials(p, trials, best) for p in parameters)
    return [_draw(d, best, objective, theme) for d in displays if len(d.x)]


def _draw(
    display: ParameterDisplay, best: Trial | None, objective: Objective, theme: str
) -> Picture:
    figure = new_figure(*_SIZE)
    display.plot(figure.add_subplot())
    name = display.parameter.name
    alt = f"{objective.metric} of {plural(len(display.x), 'trial')} against {name}"
    if best is not None and display.best is not None:
        alt += f"; the best trial has {name} {number(best.params[name])}, {score(best.score)}"
    return picture(figure, f"{alt}.", theme)
