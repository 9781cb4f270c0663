"""How much each hyperparameter mattered, as bars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneit.report.charts.canvas import Picture, new_axes, new_figure, picture
from tuneit.report.charts.palette import INK, TRAIN
from tuneit.report.words import percent, shorten
from tuneit.wording import listing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BARS = 15


@dataclass(frozen=True)
class ImportanceDisplay:
    """Hyperparameters and their shares in [0, 1], the greatest first."""

    names: tuple[str, ...]
    shares: tuple[float, ...]

    @classmethod
    def from_importances(cls, importances: Mapping[str, float]) -> ImportanceDisplay:
        """Sort by share, equals by name, and keep the greatest."""
        pairs = sorted(importances.items(), key=lambda item: (-item[1], item[0]))[:_BARS]
        return cls(tuple(name for name, _ in pairs), tuple(share for _, share in pairs))

    @property
    def alt(self) -> str:
        """The chart in words."""
        said = [f"{n} {percent(s, 0)}" for n, s in zip(self.names, self.shares, strict=True)]
        return f"Importance of hyperparameters: {listing(said)}."

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        ax = ax or new_axes()
        bars = ax.barh(
            [shorten(name, 28) for name in self.names], self.shares, color=TRAIN.light, height=0.6
        )
        ax.bar_label(bars, [percent(s, 0) for s in self.shares], padding=4, fontsize=9)
        ax.invert_yaxis()
        ax.set_xlim(0, 1.12 * max(max(self.shares), 1e-9))
        ax.tick_params(axis="y", length=0, labelcolor=INK.light)
        ax.tick_params(axis="x", length=0, labelbottom=False)
        ax.spines[["bottom", "left"]].set_visible(False)
        ax.grid(False)
        return ax


def draw_importance(importances: Mapping[str, float], theme: str) -> Picture | None:
    """The picture, or None where nothing is known."""
    if not importances:
        return None
    display = ImportanceDisplay.from_importances(importances)
    figure = new_figure(620, 30 + 28 * len(display.names))
    display.plot(figure.add_subplot())
    return picture(figure, display.alt, theme)
