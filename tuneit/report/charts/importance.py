"""The importance of each hyperparameter, as bars with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneit.diagnosis.importance import Importances
from tuneit.report.charts.canvas import Picture, new_axes, new_figure, picture
from tuneit.report.charts.palette import INK, RULE, TRAIN
from tuneit.report.words import percent, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BARS = 15


@dataclass(frozen=True)
class ImportanceDisplay:
    """Hyperparameters, their shares in [0, 1] (the greatest first) and the shares' intervals.

    `beyond_chance` says for each whether its share is larger than chance would explain.
    """

    names: tuple[str, ...]
    shares: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...]
    beyond_chance: tuple[bool, ...]

    @classmethod
    def from_importances(cls, importances: Importances) -> ImportanceDisplay:
        """Sort by share, then by name, and keep the first ones."""
        shares = importances.shares
        names = tuple(sorted(shares, key=lambda name: (-shares[name], name))[:_BARS])
        return cls(
            names,
            tuple(shares[name] for name in names),
            tuple(importances.intervals[name] for name in names),
            tuple(name in importances.beyond_chance for name in names),
        )

    @property
    def alt(self) -> str:
        """The chart in words."""
        said = [
            f"{name} {self._text(place)}" + ("" if told else ", no more than chance would show")
            for place, (name, told) in enumerate(zip(self.names, self.beyond_chance, strict=True))
        ]
        return f"Importance of hyperparameters, with 95 % intervals: {'; '.join(said)}."

    def _text(self, place: int) -> str:
        low, high = self.intervals[place]
        return f"{percent(self.shares[place], 0)} ({100 * low:.0f} to {percent(high, 0)})"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        ax = ax or new_axes()
        colours = [TRAIN.light if told else RULE.light for told in self.beyond_chance]
        places = range(len(self.names))
        ax.barh(places, self.shares, color=colours, height=0.6)
        ax.set_yticks(places, [shorten(name, 28) for name in self.names])
        lows, highs = zip(*self.intervals, strict=True)
        ax.hlines(places, lows, highs, color=INK.light, linewidth=1)
        for place, high in enumerate(highs):
            ax.annotate(
                self._text(place),
                (high, place),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
                color=INK.light,
            )
        ax.invert_yaxis()
        ax.set_xlim(0, 1.35 * max(highs))
        ax.tick_params(axis="y", length=0, labelcolor=INK.light)
        ax.tick_params(axis="x", length=0, labelbottom=False)
        ax.spines[["bottom", "left"]].set_visible(False)
        ax.grid(False)
        return ax


def draw_importance(importances: Importances, theme: str) -> Picture | None:
    """The picture, or None where nothing is known."""
    if not importances.shares:
        return None
    display = ImportanceDisplay.from_importances(importances)
    figure = new_figure(620, 30 + 28 * len(display.names))
    display.plot(figure.add_subplot())
    return picture(figure, display.alt, theme)
