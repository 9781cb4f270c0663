"""Charts beside the forest plot: curves before and after, scores by rows, loss by rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tuneit.report.charts.canvas import Picture, log_scale, new_figure, picture, whole_ticks
from tuneit.report.charts.palette import INK, RULE, TRAIN, VALIDATION
from tuneit.report.words import number, score
from tuneit.treatments.outcome import Treatments

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Series = Mapping[str, list[list[float]]]
"""For each column a list of curves, one a pair."""


def draw_before_after(found: Treatments, theme: str) -> Picture | None:
    """The validation curves of baseline and chosen treatment, the mean in a band of all pairs."""
    chosen, column = found.chosen, found.metric
    if chosen is None or not {"baseline", chosen.action} <= found.series.keys():
        return None
    pairs = [("before", "baseline", TRAIN, "--"), ("after", chosen.action, VALIDATION, "-")]
    if not all(found.series[action].get(column) for _, action, _, _ in pairs):
        return None
    figure = new_figure(460, 300)
    ax = figure.add_subplot()
    for name, action, colour, style in pairs:
        _band(ax, found.series[action][column], name, colour.light, style)
    ax.set_xlabel("epoch")
    ax.set_ylabel(column)
    whole_ticks(ax)
    ax.legend()
    alt = (
        f"{column} by epoch before and after {chosen.action}: means of {chosen.pairs} pairs, with "
        "bands from the lowest to the highest."
    )
    return picture(figure, alt, theme)


def _band(ax: Axes, curves: list[list[float]], name: str, colour: str, style: str) -> None:
    longest = max(map(len, curves))
    values = np.full((len(curves), longest), np.nan)
    for index, curve in enumerate(curves):
        values[index, : len(curve)] = curve
    # Where fewer than half of the trainings still run, a mean would be of others than before.
    running = np.isfinite(values).sum(axis=0) * 2 >= len(curves)
    values, epochs = values[:, running], np.arange(1, longest + 1)[running]
    ax.fill_between(
        epochs,
        np.nanmin(values, axis=0),
        np.nanmax(values, axis=0),
        color=colour,
        alpha=0.18,
        linewidth=0,
    )
    ax.plot(epochs, np.nanmean(values, axis=0), style, color=colour, label=name)


def draw_data_probe(probe: Mapping[str, Any], metric: str, theme: str) -> Picture | None:
    """Scores by the number of training rows, and the one that twice the rows promise."""
    scores = [np.asarray(part, dtype=float) for part in probe["scores"]]
    if not scores or not len(scores[0]):
        return None
    figure = new_figure(460, 300)
    ax = figure.add_subplot()
    rows = probe["rows"]
    for count, part in zip(rows, scores, strict=True):
        ax.plot([count] * len(part), part, ".", color=RULE.light, markersize=6)
    ax.plot(rows, [part.mean() for part in scores], "o-", color=TRAIN.light, label="mean")
    alt = f"{metric} by training rows: " + ", ".join(
        f"{count} {score(part.mean())}" for count, part in zip(rows, scores, strict=True)
    )
    if probe["gain"] is not None:
        last = float(scores[-1].mean())
        # Of a loss, a gain is a fall.
        sign = 1.0 if last >= float(scores[0].mean()) else -1.0
        end = last + sign * probe["gain"]
        low, high = (last + sign * bound for bound in probe["interval"])
        ax.plot([rows[-1], 2 * rows[-1]], [last, end], "--", color=VALIDATION.light)
        ax.vlines(2 * rows[-1], low, high, color=VALIDATION.light, label="expected")
        alt += f"; expected of {2 * rows[-1]} {score(end)}"
    ax.set_xscale("log", base=2)
    ticks = [*rows, 2 * rows[-1]]
    ax.set_xticks(ticks, [str(count) for count in ticks])
    ax.minorticks_off()
    ax.set_xlabel("training rows")
    ax.set_ylabel(metric)
    ax.legend()
    return picture(figure, alt + ".", theme)


def draw_rate_sweep(sweep: Mapping[str, Any], theme: str) -> Picture:
    """The loss by learning rate, with the range that the test suggests."""
    figure = new_figure(460, 300)
    ax = figure.add_subplot()
    ax.plot(sweep["rates"], sweep["losses"], color=TRAIN.light)
    log_scale(ax, "x")
    low, high = sweep["range"]
    ax.axvspan(low, high, color=VALIDATION.light, alpha=0.15, linewidth=0)
    ax.axvline(sweep["suggested"], color=VALIDATION.light, linewidth=1.4, label="suggested")
    ax.axvline(sweep["present"], color=INK.light, linewidth=1, linestyle=":", label="present")
    ax.set_xlabel("learning rate")
    ax.set_ylabel("training loss, smoothed")
    ax.legend()
    alt = (
        f"Training loss by learning rate: it falls from {number(low, 2)} to {number(high, 2)}; "
        f"suggested {number(sweep['suggested'], 2)}, present {number(sweep['present'], 2)}."
    )
    return picture(figure, alt, theme)
