"""Learning curves and progress of several studies in one chart each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tuneit.report.charts.canvas import (
    Picture,
    log_scale,
    new_figure,
    picture,
    spread_is_wide,
    whole_ticks,
)
from tuneit.report.charts.palette import BAD, GOOD, INK, MUTED, TRAIN, VALIDATION
from tuneit.report.charts.score_history import ScoreHistoryDisplay
from tuneit.report.content import ReportContent
from tuneit.report.words import number, score

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Line = tuple[Sequence[float], Sequence[float]]
"""Places and values."""

_LOOKS = tuple(
    zip(
        (TRAIN, VALIDATION, GOOD, BAD, MUTED, INK),
        ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (8, 2)), "-"),
        strict=True,
    )
)
"""Colour and line style of each study; further studies begin again."""


def draw_curves(studies: Mapping[str, ReportContent], theme: str) -> list[Picture]:
    """The best trials' validation curves, a chart for each metric that two or more of them have."""
    curves = {
        name: content.best.curve
        for name, content in studies.items()
        if content.best is not None and content.best.curve is not None
    }
    metrics = dict.fromkeys(m for curve in curves.values() for m in curve.series)
    pictures = []
    for metric in metrics:
        lines: dict[str, Line] = {
            name: (list(curve.epochs), list(curve.series[metric]))
            for name, curve in curves.items()
            if metric in curve.series
        }
        if metric.startswith("val_") and len(lines) > 1:
            pictures.append(_draw(metric, lines, "epoch", theme))
    return pictures


def draw_progress(studies: Mapping[str, ReportContent], theme: str) -> list[Picture]:
    """The best score so far by trial, a chart for each objective that two or more studies have."""
    metrics = dict.fromkeys(content.objective for content in studies.values())
    pictures = []
    for objective in metrics:
        lines: dict[str, Line] = {}
        for name, content in studies.items():
            if content.objective == objective:
                shown = ScoreHistoryDisplay.from_trials(content.trials, objective)
                lines[name] = (list(shown.complete), list(shown.so_far))
        lines = {name: line for name, line in lines.items() if line[0]}
        if len(lines) > 1:
            pictures.append(_draw(objective.metric, lines, "trial", theme, steps=True))
    return pictures


def _draw(
    metric: str, lines: Mapping[str, Line], across: str, theme: str, *, steps: bool = False
) -> Picture:
    figure = new_figure(462, 300)
    ax: Axes = figure.add_subplot()
    for index, (name, (x, y)) in enumerate(lines.items()):
        colour, style = _LOOKS[index % len(_LOOKS)]
        ax.plot(
            x,
            y,
            color=colour.light,
            ls=style,
            marker="o" if len(x) < 3 else "",
            label=name,
            drawstyle="steps-post" if steps else "default",
        )
    if spread_is_wide(np.concatenate([np.asarray(y, dtype=float) for _, y in lines.values()])):
        log_scale(ax, "y")
    ax.set_title(metric)
    ax.set_xlabel(across)
    whole_ticks(ax)
    ax.legend(loc="best")
    ends = "; ".join(f"{name} ends at {score(y[-1])}" for name, (_, y) in lines.items())
    longest = max(len(x) for x, _ in lines.values())
    return picture(figure, f"{metric} by {across}, up to {number(longest)}: {ends}.", theme)
