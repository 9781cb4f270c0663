"""The learning curves of the best trials side by side, in small charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tuneit.curves import VALIDATION_PREFIX
from tuneit.errors.wording import listing
from tuneit.report.charts.canvas import Picture, log_scale, new_figure, picture
from tuneit.report.charts.learning_curves import CurveDisplay, curve_displays
from tuneit.report.words import label, score
from tuneit.trials import Objective, Trial

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 4


def draw_top_curves(trials: Sequence[Trial], objective: Objective, theme: str) -> Picture | None:
    """A panel for each trial, of the objective's metric, on common axes; None without a curve."""
    own = objective.metric.removeprefix(VALIDATION_PREFIX)
    panels: list[tuple[Trial, CurveDisplay]] = [
        (trial, next((one for one in displays if one.metric == own), displays[-1]))
        for trial in trials
        if trial.curve is not None and (displays := curve_displays(trial.curve, objective))
    ]
    if not panels:
        return None
    columns = min(_COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure = new_figure(240 * columns, 50 + 150 * rows)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for ax in grid.flat[len(panels) :]:
        ax.set_visible(False)
    for index, (trial, display) in enumerate(panels):
        ax = display.plot(grid.flat[index])
        verdict = f" · {label(trial.verdict)}" if trial.verdict else ""
        ax.set_title(f"{trial.number} · {score(trial.score)}{verdict}", fontsize=8.5)
        for line in ax.lines:
            line.set_linewidth(1.4)
        if index + columns < len(panels):
            ax.set_xlabel("")
        if index % columns == 0:
            ax.set_ylabel(display.metric)
        ax.tick_params(labelbottom=index + columns >= len(panels))
    lines, names = grid.flat[0].get_legend_handles_labels()
    figure.legend(lines, names, loc="outside upper left", ncols=2)
    _set_common_scale(list(grid.flat), [display for _, display in panels])
    shown = listing([f"trial {t.number} ({score(t.score)})" for t, _ in panels[:3]])
    alt = (
        f"Learning curves ({panels[0][1].metric}) of the {len(panels)} best trials on common "
        f"axes, the best first: {shown}{' and so on' if len(panels) > 3 else ''}."
    )
    return picture(figure, alt, theme)


def _set_common_scale(axes: Sequence[Axes], displays: Sequence[CurveDisplay]) -> None:
    # Panels share an axis, whose scale would otherwise be that of the last one drawn.
    logs = any(ax.get_yscale() == "log" for ax in axes)
    positive = all(
        np.nanmin(values) > 0
        for display in displays
        for values in (display.train, display.validation)
        if values is not None and np.isfinite(values).any()
    )
    for ax in axes:
        if logs and positive:
            log_scale(ax, "y")
        else:
            ax.set_yscale("linear")
