"""Turn matplotlib figures into images inside the page, without pyplot's global state."""

from __future__ import annotations

import base64
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tuneit.report.charts import palette
from tuneit.report.charts.palette import COLOURS, INK, MUTED, RULE
from tuneit.report.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOG_FROM = 200.0
"""An axis is logarithmic if its largest value is at least this many times its smallest."""

LARGE = 10_000
"""Numbers at ticks from which thousands are set apart."""


@dataclass(frozen=True)
class Picture:
    """An image as a `data:` URI. `alt` describes it in words; sizes are in CSS pixels."""

    uri: str
    alt: str
    width: int
    height: int


_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",  # text stays text, which is small, sharp and in the reader's font
    "svg.hashsalt": "tuneit",  # equal charts give equal files
    "text.parse_math": False,  # a `$` in a name is shown as `$`
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": RULE.light,
    "axes.labelcolor": MUTED.light,
    "axes.titlecolor": INK.light,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "axes.unicode_minus": True,
    "axes.formatter.useoffset": False,
    "figure.facecolor": "none",
    "grid.color": RULE.light,
    "grid.linewidth": 0.7,
    "xtick.color": RULE.light,
    "ytick.color": RULE.light,
    "xtick.labelcolor": MUTED.light,
    "ytick.labelcolor": MUTED.light,
    "text.color": INK.light,
    "legend.frameon": False,
    "legend.fontsize": 9.0,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
}


@contextmanager
def chart_style() -> Iterator[None]:
    """Draw in the report's style within the block; matplotlib's settings are restored after it."""
    import matplotlib as mpl

    with mpl.rc_context(), warnings.catch_warnings():
        # A name may have characters that matplotlib's font lacks but the browser's has.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        mpl.rcdefaults()  # this keeps the backend
        for name, value in _STYLE.items():
            mpl.rcParams[name] = value  # type: ignore[index]
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of the given size in CSS pixels, which pyplot does not register."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width / 96, height / 96), dpi=96, layout="constrained")


def new_axes(width: float = 460, height: float = 300) -> Axes:
    """Axes of a new figure, for `plot(ax=None)`."""
    return new_figure(width, height).add_subplot()


def picture(figure: Figure, alt: str, theme: str) -> Picture:
    """Save a figure as an SVG image that follows the page's theme. Call inside `chart_style`."""
    for ax in figure.axes:
        _part_thousands(ax)
    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(buffer, format="svg", metadata=nothing, transparent=True)
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    svg = _themed(buffer.getvalue(), theme)
    uri = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
    return Picture(uri, alt, width, height)


def _part_thousands(ax: Axes) -> None:
    """Write large numbers at linear ticks with their thousands apart, few beside one another."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator, ScalarFormatter

    for axis, (low, high) in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        if type(axis.get_major_formatter()) is not ScalarFormatter:
            continue
        if max(abs(low), abs(high)) >= LARGE:
            axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 6)))
            if axis is ax.xaxis:
                axis.set_major_locator(MaxNLocator(5))


_VARIABLES = {colour.light: f"var(--{colour.name},{colour.light})" for colour in COLOURS}


_NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters of names and labels that XML does not allow (XML 1.0, section 2.2)."""


def _themed(svg: str, theme: str) -> str:
    """Remove the XML prologue, which has URLs, and turn colours into CSS variables."""
    svg = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", svg[svg.index("<svg") :])
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(
        r"((?:fill|stroke): )(#[0-9a-f]{6})",
        lambda match: match[1] + _VARIABLES.get(match[2], match[2]),
        svg,
    )
    svg = re.sub(r"(font: [^;\"]*?)'DejaVu Sans'[^;\"]*", r"\1system-ui, sans-serif", svg)
    svg = re.sub(r"\n\s*", "\n", svg)
    return svg.replace("<defs>", f"<style>{palette.variables(theme)}</style><defs>", 1)


def spread_is_wide(values: np.ndarray[Any, Any]) -> bool:
    """Whether all finite values are positive, and the largest is `LOG_FROM` times the smallest."""
    finite = values[np.isfinite(values)]
    return bool(len(finite) and finite.min() > 0 and finite.max() / finite.min() >= LOG_FROM)


def log_scale(ax: Axes, axis: Literal["x", "y"]) -> None:
    """Make an axis logarithmic, with plain numbers (0.001) at its ticks."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    ax.set(**{f"{axis}scale": "log"})
    scaled = ax.xaxis if axis == "x" else ax.yaxis
    scaled.set_major_formatter(FuncFormatter(lambda value, _: number(value, 6)))
    scaled.set_minor_formatter(NullFormatter())


def is_whole(values: np.ndarray[Any, Any]) -> bool:
    """Whether all values are whole numbers, so that ticks between them would mean nothing."""
    return bool(len(values) and np.all(np.equal(np.mod(values, 1), 0)))


def whole_ticks(ax: Axes, axis: Literal["x", "y"] = "x") -> None:
    """Put ticks of an axis at whole numbers only, with thousands apart."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    scaled = ax.xaxis if axis == "x" else ax.yaxis
    scaled.set_major_locator(MaxNLocator(integer=True, nbins=8, min_n_ticks=1))
    scaled.set_major_formatter(FuncFormatter(lambda value, _: number(value, 6)))
