"""Calibration: what share of rows is right, against the probability that the model says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneit.evaluation.calibration import Calibration
from tuneit.report.charts.canvas import Picture, new_axes, new_figure, picture
from tuneit.report.charts.palette import LINE_STYLES, MUTED, TRAIN, VALIDATION
from tuneit.report.words import score, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class CalibrationDisplay:
    """Calibration as the model is, and after its temperature is changed, if that is known."""

    before: Calibration
    after: Calibration | None = None

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        ax = ax or new_axes()
        bins = self.before.bins
        ax.plot([0, 1], [0, 1], color=MUTED.light, lw=1, ls="--", label="exact")
        ax.vlines(
            [one.said for one in bins],
            [one.low for one in bins],
            [one.high for one in bins],
            color=MUTED.light,
            lw=4,
            alpha=0.35,
            label="95 % by chance",
        )
        lines = [("model", self.before, TRAIN, "o-")]
        if self.after is not None:
            lines.append(("after temperature scaling", self.after, VALIDATION, "s--"))
        for name, calibration, colour, style in lines:
            x, y = zip(*((one.said, one.happened) for one in calibration.bins), strict=True)
            ax.plot(x, y, style, color=colour.light, ms=5, lw=1.4, label=name)
        ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), title="calibration")
        ax.set_xlabel(f"probability of {self.before.of}" if self.before.of else "probability")
        ax.set_ylabel("share that it is so" if self.before.of else "share that is right")
        ax.legend(loc="upper left")
        return ax


@dataclass(frozen=True)
class CalibrationsDisplay:
    """The calibration of several labels, a line each."""

    calibrations: tuple[Calibration, ...]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        ax = ax or new_axes()
        ax.plot([0, 1], [0, 1], color=MUTED.light, lw=1, ls="--", label="exact")
        for calibration, (colour, line) in zip(self.calibrations, LINE_STYLES, strict=False):
            x, y = zip(*((one.said, one.happened) for one in calibration.bins), strict=True)
            label = shorten(calibration.of, 18)
            ax.plot(x, y, color=colour, ls=line, marker="o", ms=4, lw=1.4, label=label)
        ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), title="calibration")
        ax.set(xlabel="probability of the label", ylabel="share that has it")
        ax.legend(loc="upper left")
        return ax


def draw_calibrations(calibrations: Sequence[Calibration], theme: str) -> Picture:
    """The calibration curves of several labels."""
    figure = new_figure(462, 340)
    CalibrationsDisplay(tuple(calibrations)).plot(figure.add_subplot())
    told = "; ".join(f"{one.of} {score(one.ece)}" for one in calibrations)
    return picture(figure, f"Calibration curves; expected calibration error of {told}.", theme)


def draw_calibration(before: Calibration, after: Calibration | None, theme: str) -> Picture:
    """The calibration curve."""
    figure = new_figure(462, 340)
    CalibrationDisplay(before, after).plot(figure.add_subplot())
    changed = f", {score(after.ece)} after temperature scaling" if after else ""
    alt = (
        f"Calibration curve: expected calibration error {score(before.ece)}{changed}; exact "
        f"probabilities stay below {score(before.ece_by_chance)} in 95 % of samples."
    )
    return picture(figure, alt, theme)
