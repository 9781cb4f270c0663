"""Learning curves of one trial, with the best epoch and the findings marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tuneit.curves import VALIDATION_PREFIX, LearningCurve, Series
from tuneit.findings import Diagnosis, Severity
from tuneit.report.charts.canvas import (
    Picture,
    log_scale,
    new_axes,
    new_figure,
    picture,
    spread_is_wide,
    whole_ticks,
)
from tuneit.report.charts.palette import BAD, GOOD, MUTED, TRAIN, VALIDATION, Colour
from tuneit.report.words import label, number, plural
from tuneit.trials import Objective, Trial

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKS = 3
"""The most findings marked on one chart; more would hide the curve."""


@dataclass(frozen=True)
class Mark:
    """An epoch that gets a vertical line: solid in `GOOD`, else dotted."""

    epoch: int
    text: str
    colour: Colour = BAD


@dataclass(frozen=True, eq=False)
class CurveDisplay:
    """One metric by epoch, on training and validation rows.

    `others` are the curves of the trial's other executions (seeds or folds).
    """

    metric: str
    epochs: np.ndarray[tuple[int], np.dtype[np.int64]]
    train: Series | None
    validation: Series | None
    marks: tuple[Mark, ...] = ()
    others: tuple[LearningCurve, ...] = ()

    @property
    def description(self) -> str:
        """The chart in words."""
        parts = [
            f"{number(float(finite[0]))} to {number(float(finite[-1]))} on {rows} rows"
            for rows, values in (("training", self.train), ("validation", self.validation))
            if values is not None and len(finite := values[np.isfinite(values)])
        ]
        return f"{self.metric} went from {' and from '.join(parts) or 'nothing reported'}"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        ax = ax or new_axes()
        drawn = [s for s in (self.train, self.validation) if s is not None]
        # A line needs two points: one or two epochs are drawn with dots.
        dot = "o" if len(self.epochs) < 3 else ""
        for values, colour, style, name in (
            (self.train, TRAIN, (0, (4, 1.6)), "training"),
            (self.validation, VALIDATION, "-", "validation"),
        ):
            if values is not None:
                ax.plot(
                    self.epochs, values, color=colour.light, ls=style, marker=dot, ms=4, label=name
                )
            prefix = VALIDATION_PREFIX if name == "validation" else ""
            for curve in self.others:
                values = curve.get(prefix + self.metric)
                if values is not None:
                    ax.plot(curve.epochs, values, color=colour.light, ls=style, lw=0.8, alpha=0.4)
        if drawn and spread_is_wide(np.concatenate(drawn)):
            log_scale(ax, "y")
        if not any(np.isfinite(values).any() for values in drawn):
            ax.text(0.5, 0.5, "no finite value", ha="center", transform=ax.transAxes)
        for row, mark in enumerate(self.marks):
            self._draw(ax, mark, row)
        ax.set_title(self.metric, pad=8 + 13 * len(self.marks))
        ax.set_xlabel("epoch")
        whole_ticks(ax)
        return ax

    def _draw(self, ax: Axes, mark: Mark, row: int) -> None:
        colour = mark.colour.light
        ax.axvline(mark.epoch, color=colour, lw=1.2, ls="-" if mark.colour is GOOD else ":")
        late = mark.epoch > (self.epochs[0] + self.epochs[-1]) / 2
        ax.annotate(
            f"{mark.text} ▾" if late else f"▾ {mark.text}",
            (mark.epoch, 1),
            xycoords=("data", "axes fraction"),
            xytext=(4 if late else -4, 3 + 13 * row),
            textcoords="offset points",
            ha="right" if late else "left",
            color=colour,
            fontsize=8.5,
            annotation_clip=False,
        )


def marks_of(trial: Trial, diagnosis: Diagnosis | None) -> tuple[Mark, ...]:
    """Marks for the best epoch, the phase of a transfer, and the onsets of findings.

    Of the findings the most severe are marked.
    """
    found = [] if diagnosis is None else diagnosis.findings
    order = (Severity.CRITICAL, Severity.WARNING)
    grave = sorted((f for f in found if f.severity in order), key=lambda f: order.index(f.severity))
    marks = [
        Mark(f.onset_epoch, f"{label(f.name)} from epoch {f.onset_epoch}")
        for f in grave
        if f.onset_epoch is not None
    ][:_MARKS]
    unfrozen = None if trial.curve is None else trial.curve.fine_tuned_from
    if unfrozen is not None:
        marks.insert(0, Mark(unfrozen, f"base unfrozen from epoch {unfrozen}", MUTED))
    if trial.best_epoch is not None:
        marks.insert(0, Mark(trial.best_epoch, f"best epoch {trial.best_epoch}", GOOD))
    return tuple(marks)


def curve_displays(
    curve: LearningCurve,
    objective: Objective,
    marks: tuple[Mark, ...] = (),
    others: tuple[LearningCurve, ...] = (),
) -> tuple[CurveDisplay, ...]:
    """The loss and the objective's metric; where that is the loss, also the next metric."""
    own = objective.metric.removeprefix(VALIDATION_PREFIX)
    names = curve.metrics[:2] if own == "loss" else ("loss", own)
    return tuple(
        CurveDisplay(
            name, curve.epochs, curve.get(name), curve.get(VALIDATION_PREFIX + name), marks, others
        )
        for name in dict.fromkeys(names)
        if name in curve or VALIDATION_PREFIX + name in curve
    )


def draw_learning_curves(
    trial: Trial, objective: Objective, diagnosis: Diagnosis | None, theme: str
) -> list[Picture]:
    """A picture for the loss and for another metric; [] without a curve."""
    if trial.curve is None or not len(trial.curve):
        return []
    marks = marks_of(trial, diagnosis)
    said = "; ".join(mark.text for mark in marks)
    pictures = []
    for display in curve_displays(trial.curve, objective, marks, trial.repeats):
        figure = new_figure(462, 300 + 13 * len(marks))
        ax = display.plot(figure.add_subplot())
        ax.legend(loc="best")
        alt = (
            f"Learning curve of trial {trial.number}: {display.description} "
            f"over {plural(len(trial.curve), 'epoch')}" + (f"; {said}." if said else ".")
        )
        pictures.append(picture(figure, alt, theme))
    return pictures
