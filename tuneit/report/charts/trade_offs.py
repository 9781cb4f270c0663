"""The first two objectives against each other, with the Pareto front marked."""

from __future__ import annotations

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
from tuneit.report.charts.palette import GOOD, TRAIN
from tuneit.report.words import number, plural, score
from tuneit.trials import Objective, Trial, TrialState, has_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (640, 360)

_NUMBERS = 24
"""The most trials whose numbers are written beside their dots."""


@dataclass(frozen=True, eq=False)
class TradeOffDisplay:
    """The first objective (`y`) against the second (`x`), one entry for each complete trial."""

    objectives: Sequence[Objective]
    numbers: tuple[int, ...]
    x: Series
    y: Series
    on_front: np.ndarray[tuple[int], np.dtype[np.bool_]]

    @classmethod
    def from_trials(
        cls, trials: Sequence[Trial], front: Sequence[Trial], objectives: Sequence[Objective]
    ) -> TradeOffDisplay:
        """Collect the complete trials with a number for each objective."""
        best = {trial.number for trial in front}
        known = [t for t in trials if t.state is TrialState.COMPLETE and has_values(t, objectives)]
        return cls(
            objectives,
            tuple(t.number for t in known),
            np.array([t.values[1] for t in known], dtype=np.float64),
            np.array([t.values[0] for t in known], dtype=np.float64),
            np.array([t.number in best for t in known], dtype=bool),
        )

    @property
    def alt(self) -> str:
        """The chart in words."""
        first, second = self.objectives[:2]
        front_x, front_y = self.x[self.on_front], self.y[self.on_front]
        return (
            f"{first.metric} against {second.metric} of {plural(len(self.x), 'complete trial')}; "
            f"{plural(len(front_x), 'trial')} on the front, {first.metric} "
            f"{score(float(front_y.min()))} to {score(float(front_y.max()))}, {second.metric} "
            f"{number(float(front_x.min()))} to {number(float(front_x.max()))}."
        )

    def _named(self) -> list[tuple[int, float, float]]:
        """The front's trials with their places, as many as numbers can be read beside."""
        found = zip(self.numbers, self.x, self.y, self.on_front, strict=True)
        front = sorted((float(x), float(y), trial) for trial, x, y, on in found if on)
        step = -(-len(front) // _NUMBERS) or 1
        return [(trial, x, y) for x, y, trial in front[::step]]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        ax = ax or new_axes(*_SIZE)
        off, on = ~self.on_front, self.on_front
        ax.plot(
            self.x[off],
            self.y[off],
            "o",
            color=TRAIN.light,
            ms=5,
            mew=0,
            alpha=0.75,
            label="beaten by another trial",
            rasterized=len(self.x) > 1500,
        )
        ax.plot(self.x[on], self.y[on], "D", color=GOOD.light, ms=6, mew=0, label="on the front")
        for trial, x, y in self._named():
            ax.annotate(str(trial), (x, y), xytext=(5, 4), textcoords="offset points", fontsize=8)
        if len(self.objectives) == 2:
            # With more than two objectives the front is not a line in this chart.
            order = np.argsort(self.x[on], kind="stable")
            ax.plot(self.x[on][order], self.y[on][order], color=GOOD.light, lw=1, ls=":")
        for values, axis in ((self.x, "x"), (self.y, "y")):
            if spread_is_wide(values):
                log_scale(ax, "x" if axis == "x" else "y")
            elif is_whole(values):
                whole_ticks(ax, "x" if axis == "x" else "y")
        first, second = self.objectives[:2]
        ax.set_title(f"{first.metric} ({'higher' if first.maximize else 'lower'} is better)")
        ax.set_xlabel(f"{second.metric} ({'higher' if second.maximize else 'lower'} is better)")
        ax.margins(x=0.06, y=0.1)
        return ax


def draw_trade_offs(
    trials: Sequence[Trial], front: Sequence[Trial], objectives: Sequence[Objective], theme: str
) -> Picture:
    """The picture; `front` must not be empty."""
    display = TradeOffDisplay.from_trials(trials, front, objectives)
    figure = new_figure(*_SIZE)
    ax = display.plot(figure.add_subplot())
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return picture(figure, display.alt, theme)
