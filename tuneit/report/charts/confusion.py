"""The confusion matrix: counts, shares of each true class, shares of each predicted class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tuneit.evaluation.confusion import WithConfusion
from tuneit.report.charts.canvas import Picture, new_axes, new_figure, picture
from tuneit.report.charts.palette import INK
from tuneit.report.words import plural, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Normalize = Literal["true", "pred"]

SIDE_BY_SIDE = 10
"""Classes up to which several matrices fit beside each other."""

_ANNOTATED = 16
_NAMED = 100
_FAINTEST = 0.25
"""The least opacity of a cell with an error; less is not seen among many cells."""


@dataclass(frozen=True, eq=False)
class ConfusionMatrixDisplay:
    """A confusion matrix with a row for each true class.

    `values` are counts, or with `normalize` shares of the true class (`true`, a row sums to 1) or
    of the predicted class (`pred`, a column does), NaN where a class has none. `unit` is what is
    counted. Right answers are blue. Errors are red, and the darker the more: on a scale of their
    own, from the root of the share of the largest error, because they are few beside the others.
    """

    values: np.ndarray[Any, Any]
    class_names: tuple[str, ...]
    normalize: Normalize | None = None
    unit: str = "row"

    @classmethod
    def from_evaluation(
        cls, evaluation: WithConfusion, normalize: Normalize | None = None
    ) -> ConfusionMatrixDisplay:
        """The matrix of an evaluation: counts, or shares."""
        values = {
            None: evaluation.confusion,
            "true": evaluation.confusion_normalized,
            "pred": evaluation.confusion_by_prediction,
        }[normalize]
        return cls(values, evaluation.class_names, normalize, evaluation.unit)

    @property
    def size(self) -> int:
        """Width and height in CSS pixels at which the matrix is readable."""
        classes = len(self.class_names)
        # Up to ten classes, two matrices fit side by side.
        return max(300, min(122 + 34 * classes, 462)) if classes <= SIDE_BY_SIDE else 760

    @property
    def title(self) -> str:
        """What the cells hold."""
        titles = {"true": "share of the true class", "pred": "share of the predicted class"}
        return titles[self.normalize] if self.normalize else f"{self.unit}s"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, or on new axes."""
        import seaborn as sns
        from matplotlib.colors import LinearSegmentedColormap

        ax = ax or new_axes(self.size, self.size)
        n = len(self.class_names)
        names: Any = [shorten(name, 14) for name in self.class_names] if n <= _NAMED else False
        diagonal = np.eye(n, dtype=bool)
        right, wrong = self._shades()
        for shades, hidden, rgb in (
            # From transparent to opaque, so that the shading works on light and dark pages.
            (right, ~diagonal, (0.16, 0.42, 0.66)),
            (wrong, diagonal, (0.75, 0.24, 0.16)),
        ):
            sns.heatmap(
                shades,
                mask=hidden,
                ax=ax,
                vmin=0,
                vmax=1,
                cmap=LinearSegmentedColormap.from_list("shares", [(*rgb, a) for a in (0, 1)]),
                cbar=False,
                square=True,
                xticklabels=names,
                yticklabels=names,
                rasterized=n > _ANNOTATED,
            )
        if n <= _ANNOTATED:
            self._annotate(ax)
        for spine in ax.spines.values():
            spine.set_visible(True)
        ax.grid(False)
        size = 8.5 if n <= _ANNOTATED else max(4.5, min(8.0, 360 / n))
        ax.tick_params(length=0, labelsize=size)
        ax.tick_params(axis="y", rotation=0)
        ax.tick_params(axis="x", rotation=90 if max(map(len, self.class_names)) > 3 else 0)
        ax.set_title(self.title)
        ax.set_xlabel("predicted class")
        ax.set_ylabel("true class")
        return ax

    def _shades(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """The opacity of each cell if it is right, and if it is an error; in [0, 1]."""
        values = np.nan_to_num(self.values.astype(np.float64))
        errors = values - np.diag(np.diag(values))
        most_right, most_wrong = np.diag(values).max(), errors.max()
        right = values if self.normalize else values / max(most_right, 1)
        scaled = np.sqrt(errors / most_wrong) if most_wrong > 0 else errors
        faint = _FAINTEST + (0.75 - _FAINTEST) * scaled
        return right, np.where(errors > 0, faint, 0.0)

    def _annotate(self, ax: Axes) -> None:
        right, _ = self._shades()
        for (row, column), value in np.ndenumerate(np.nan_to_num(self.values)):
            if value:
                dark = row == column and right[row, column] > 0.55
                text = _percent(float(value)) if self.normalize else str(int(value))
                ax.text(
                    column + 0.5,
                    row + 0.5,
                    text,
                    ha="center",
                    va="center",
                    # Not white itself, which becomes a dark colour in the dark theme.
                    color="#fefefe" if dark else INK.light,
                    fontsize=8.5 if len(self.class_names) <= SIDE_BY_SIDE else 8.0,
                )


def _percent(share: float) -> str:
    """A share as percent; one that is not all is not rounded up to it, nor down to nothing."""
    if 0.995 <= share < 1:
        return ">99%"
    return "<1%" if 0 < share < 0.005 else f"{100 * share:.0f}%"


def draw_confusion(evaluation: WithConfusion, theme: str) -> list[Picture]:
    """Three pictures: counts, shares of the true class, shares of the predicted class."""
    pairs = evaluation.confused_pairs(1)
    most = (
        f"; most often confused: {pairs[0].true} taken for {pairs[0].predicted}, "
        f"{plural(pairs[0].count, 'time')}"
        if pairs
        else f"; no {evaluation.unit} is confused"
    )
    counted = int(np.trace(evaluation.confusion))
    pictures = []
    for normalize in (None, "true", "pred"):
        display = ConfusionMatrixDisplay.from_evaluation(evaluation, normalize)
        figure = new_figure(display.size, display.size)
        display.plot(figure.add_subplot())
        alt = (
            f"Confusion matrix ({display.title}) of "
            f"{plural(len(evaluation.class_names), 'class')}: {counted} of "
            f"{plural(evaluation.cases, evaluation.unit)} on the diagonal{most}."
        )
        pictures.append(picture(figure, alt, theme))
    return pictures
