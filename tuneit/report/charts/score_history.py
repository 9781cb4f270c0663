"""How the score developed from trial to trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tuneit.curves import Series
from tuneit.report.charts.canvas import (
    Picture,
    log_scale,
    new_axes,
    new_figure,
    picture,
    spread_is_wide,
    whole_ticks,
)
from tuneit.report.charts.palette import BAD, GOOD, MUTED, TRAIN
from tuneit.report.words import plural, score
from tuneit.trials import Objective, Trial, TrialState

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, eq=False)
class ScoreHistoryDisplay:
    """Scores by trial number; `so_far` is the best score of the complete trials up to each one."""

    metric: str
    complete: Numbers
    scores: Series
    so_far: Series
    pruned: Numbers
    pruned_scores: Series
    failed: Numbers

    @classmethod
    def from_trials(cls, trials: Sequence[Trial], objective: Objective) -> ScoreHistoryDisplay:
        """Collect what the chart shows."""
        complete = [t for t in trials if t.state is TrialState.COMPLETE and t.scored]
        pruned = [t for t in trials if t.state is TrialState.PRUNED and t.scored]
        failed = [t for t in trials if t.state is TrialState.FAILED and not t.interrupted]
        scores = np.array([t.score for t in complete], dtype=np.float64)
        accumulate = np.maximum if objective.maximize else np.minimum
        return cls(
            objective.metric,
            np.array([t.number for t in complete], dtype=np.int64),
            scores,
            accumulate.accumulate(scores) if len(scores) else scores,
            np.array([t.number for t in pruned], dtype=np.int64),
            np.array([t.score for t in pruned], dtype=np.float64),
            np.array([t.number for t in failed], dtype=np.int64),
        )

    @property
    def alt(self) -> str:
        """The chart in words."""
        where = int(self.complete[np.argmax(self.so_far == self.so_far[-1])])
        failed = f" {plural(len(self.failed), 'trial')} failed." if len(self.failed) else ""
        return (
            f"Score by trial: {self.metric} began at {score(self.so_far[0])} and the best so far "
            f"reached {score(self.so_far[-1])} in trial {where}, out of "
            f"{plural(len(self.complete), 'complete trial')}.{failed}"
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        ax = ax or new_axes(960, 280)
        ax.plot(self.complete, self.scores, "o", color=TRAIN.light, ms=5, label="complete")
        if len(self.pruned):
            ax.plot(
                self.pruned,
                self.pruned_scores,
                "o",
                mfc="none",
                mec=MUTED.light,
                ms=5,
                label="pruned",
            )
        # The line of the best score reaches to the last trial, even a failed one.
        last = max(int(n[-1]) for n in (self.complete, self.pruned, self.failed) if len(n))
        ax.step(
            [*self.complete, last],
            [*self.so_far, self.so_far[-1]],
            where="post",
            color=GOOD.light,
            label="best so far",
        )
        if len(self.failed):
            ax.plot(
                self.failed,
                np.full(len(self.failed), 0.02),
                "x",
                color=BAD.light,
                ms=6,
                label="failed",
                clip_on=False,
                transform=ax.get_xaxis_transform(),
            )
        if spread_is_wide(np.concatenate([self.scores, self.pruned_scores])):
            log_scale(ax, "y")
        ax.set_title(self.metric)
        ax.set_xlabel("trial")
        whole_ticks(ax)
        return ax


def draw_score_history(trials: Sequence[Trial], objective: Objective, theme: str) -> Picture | None:
    """The picture, or None where no trial completed."""
    display = ScoreHistoryDisplay.from_trials(trials, objective)
    if not len(display.complete):
        return None
    figure = new_figure(960, 290)
    ax = display.plot(figure.add_subplot())
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper right", ncols=4)
    return picture(figure, display.alt, theme)
