"""The confusion matrix, as counts and as shares of each true class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tuneit.evaluation.confusion import WithConfusion
from tuneit.report.charts.canvas import Picture, new_axes, new_figure, picture
from tuneit.report.charts.palette import INK, TRAIN
from tuneit.report.words import plural, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ANNOTATED = 16
_NAMED = 40


@dataclass(frozen=True, eq=False)
class ConfusionMatrixDisplay:
    """A confusion matrix with a row for each true class: `counts`, and `shares` of the row."""

    counts: np.ndarray[Any, np.dtype[np.int64]]
    shares: np.ndarray[Any, np.dtype[np.float64]]
    class_names: tuple[str, ...]
    normalized: bool = False
    unit: str = "row"

    @property
    def size(self) -> int:
        """Width and height in CSS pixels at which the matrix is readable."""
        classes = len(self.class_names)
        # Up to ten classes, both matrices fit side by side.
        return max(300, min(122 + 34 * classes, 462)) if classes <= 10 else 760

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        import seaborn as sns
        from matplotlib.colors import LinearSegmentedColormap

        ax = ax or new_axes(self.size, self.size)
        n = len(self.class_names)
        # From transparent to opaque, so that the shading works on light and dark pages.
        blues = LinearSegmentedColormap.from_list("shares", [(0.16, 0.42, 0.66, a) for a in (0, 1)])
        names: Any = [shorten(name, 14) for name in self.class_names] if n <= _NAMED else False
        sns.heatmap(
            self._shades(),
            ax=ax,
            vmin=0,
            vmax=1,
            cmap=blues,
            cbar=False,
            square=True,
            xticklabels=names,
            yticklabels=names,
            rasterized=n > _NAMED,
        )
        if n <= _ANNOTATED:
            self._annotate(ax)
        for spine in ax.spines.values():
            spine.set_visible(True)
        ax.grid(False)
        ax.tick_params(length=0, labelsize=8.5 if n <= _ANNOTATED else 6)
        ax.tick_params(axis="y", rotation=0)
        ax.tick_params(axis="x", rotation=90 if max(map(len, self.class_names)) > 3 else 0)
        ax.set_title("share of the true class" if self.normalized else f"{self.unit}s")
        ax.set_xlabel("predicted class")
        ax.set_ylabel("true class")
        return ax

    def _shades(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        shades: np.ndarray[Any, np.dtype[np.float64]] = np.nan_to_num(self.shares)
        if not self.normalized and len(self.class_names) > _ANNOTATED:
            # Cells without numbers show the counts by their shade.
            shades = self.counts / max(int(self.counts.max()), 1)
        return shades

    def _annotate(self, ax: Axes) -> None:
        for (row, column), count in np.ndenumerate(self.counts):
            if count:
                share = self.shares[row, column]
                text = f"{100 * share:.0f}%" if self.normalized else str(count)
                # Not white itself, which becomes a dark colour in the dark theme.
                colour = "#fefefe" if share > 0.55 else INK.light
                ax.text(
                    column + 0.5,
                    row + 0.5,
                    text,
                    ha="center",
                    va="center",
                    color=colour,
                    fontsize=8.5,
                )
                if row != column:
                    ax.add_patch(_frame(row, column))


def _frame(row: int, column: int) -> Any:
    from matplotlib.patches import Rectangle

    # The shade of a few confusions is almost invisible, so the cell gets a frame.
    place = (column + 0.06, row + 0.06)
    return Rectangle(place, 0.88, 0.88, fill=False, ec=TRAIN.light, lw=0.8, alpha=0.7)


def draw_confusion(evaluation: WithConfusion, theme: str) -> list[Picture]:
    """Two pictures: counts, and shares of the true class."""
    pairs = evaluation.confused_pairs(1)
    most = (
        f"; most often confused: {pairs[0].true} taken for {pairs[0].predicted}, "
        f"{plural(pairs[0].count, 'time')}"
        if pairs
        else f"; no {evaluation.unit} is confused"
    )
    right = int(np.trace(evaluation.confusion))
    pictures = []
    for normalized in (False, True):
        display = ConfusionMatrixDisplay(
            evaluation.confusion,
            evaluation.confusion_normalized,
            evaluation.class_names,
            normalized,
            evaluation.unit,
        )
        figure = new_figure(display.size, display.size)
        display.plot(figure.add_subplot())
        alt = (
            f"Confusion matrix ({'share of each true class' if normalized else 'counts'}) of "
            f"{plural(len(evaluation.class_names), 'class')}: {right} of "
            f"{plural(evaluation.cases, evaluation.unit)} on the diagonal{most}."
        )
        pictures.append(picture(figure, alt, theme))
    return pictures
