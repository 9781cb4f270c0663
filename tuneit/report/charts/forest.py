"""The gains of treatments with their intervals: a forest plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneit.errors.wording import signed_score
from tuneit.report.charts.canvas import Picture, new_axes, new_figure, picture
from tuneit.report.charts.palette import BAD, GOOD, MUTED, RULE, Colour
from tuneit.report.words import label, shorten
from tuneit.treatments.outcome import TreatmentRow, Treatments

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS: dict[str, Colour] = {"verified": GOOD, "harmful": BAD}
_MARKERS = {"verified": "o", "harmful": "X"}


@dataclass(frozen=True)
class ForestDisplay:
    """Rows that were measured: mean gain of the objective, 95 % interval and status of each."""

    metric: str
    rows: tuple[TreatmentRow, ...]

    @classmethod
    def from_treatments(cls, found: Treatments) -> ForestDisplay:
        """Keep the rows with a gain and an interval, the combination last."""
        rows = (row for row in found.all_rows if row.interval and row.gains)
        return cls(found.metric, tuple(rows))

    @property
    def alt(self) -> str:
        """The chart in words."""
        said = [
            f"{row.action} {signed_score(row.gain or 0.0)} "
            f"({' to '.join(map(signed_score, row.interval))}), {row.status.replace('_', ' ')}"
            for row in self.rows
            if row.interval is not None
        ]
        return f"Gain of {self.metric} by treatment, with 95 % intervals: {'; '.join(said)}."

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        ax = ax or new_axes()
        for place, row in enumerate(self.rows):
            colour = _COLOURS.get(row.status, MUTED).light
            assert row.interval is not None
            ax.hlines(place, *row.interval, color=colour, linewidth=2.2)
            marker = _MARKERS.get(row.status, "D")
            ax.plot([row.gain or 0.0], [place], marker, color=colour, markersize=7)
        ax.axvline(0.0, color=RULE.light, linewidth=1.2, zorder=0)
        names = [shorten(label(row.action.replace("+", " + ")), 28) for row in self.rows]
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_xlabel(f"gain of {self.metric} (right: better)")
        ax.grid(False)
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
        return ax


def draw_forest(found: Treatments, theme: str) -> Picture | None:
    """The picture, or None where nothing was measured."""
    display = ForestDisplay.from_treatments(found)
    if not display.rows:
        return None
    figure = new_figure(620, 70 + 34 * len(display.rows))
    display.plot(figure.add_subplot())
    return picture(figure, display.alt, theme)
