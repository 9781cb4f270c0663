"""A trial's learning curve as a few hundred bytes of SVG, for a row of the table of trials."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from tuneit.curves import VALIDATION_PREFIX, LearningCurve, Series

_WIDTH, _HEIGHT = 300, 90
"""Of the drawing, in its own units."""

FEW, MANY = 48, 16
"""Points of a line: `MANY` where there are so many trials that the page would become large."""


def draw_sparkline(
    curve: LearningCurve, metric: str, best_epoch: int | None, points: int = FEW
) -> Markup:
    """Draw a metric on training rows (dashed) and on validation rows, and the best epoch.

    Longer curves are thinned to so many `points`. Returns "" where nothing is finite.
    """
    own = metric.removeprefix(VALIDATION_PREFIX)
    lines = {"t": curve.get(own), "v": curve.get(VALIDATION_PREFIX + own)}
    drawn = {name: values for name, values in lines.items() if values is not None}
    finite = [values[np.isfinite(values)] for values in drawn.values()]
    known = np.concatenate(finite) if finite else np.array([])
    if not len(known):
        return Markup()
    low, high = float(known.min()), float(known.max())
    first, last = int(curve.epochs[0]), int(curve.epochs[-1])

    def across(epoch: float) -> int:
        return round(_WIDTH * (epoch - first) / max(last - first, 1))

    def path(values: Series) -> str:
        places = np.unique(np.linspace(0, len(values) - 1, points).round().astype(int))
        pieces, pen = [], "M"
        for place in places:
            value = float(values[place])
            if not np.isfinite(value):
                pen = "M"
                continue
            up = round(_HEIGHT * (high - value) / ((high - low) or 1.0))
            pieces.append(f"{pen}{across(float(curve.epochs[place]))} {up}")
            pen = "L"
        return "".join(pieces) + ("h1" if len(pieces) == 1 else "")  # one epoch is a dot

    paths = "".join(f'<path class="{name}" d="{path(values)}"/>' for name, values in drawn.items())
    mark = "" if best_epoch is None else f'<path class="b" d="M{across(best_epoch)} 0V{_HEIGHT}"/>'
    return Markup(
        f'<svg viewBox="-3 -3 {_WIDTH + 6} {_HEIGHT + 6}" aria-hidden="true">{mark}{paths}</svg>'
    )
