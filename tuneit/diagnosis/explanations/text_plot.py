"""Learning curves as a plot in a terminal's text."""

from __future__ import annotations

import math

from tuneit.curves import VALIDATION_PREFIX, LearningCurve
from tuneit.errors.wording import figures

HEIGHT = 12
"""Lines of the plot."""

WIDTH = 64
"""Columns of the plot at most."""

TRAIN, VALIDATION, BOTH = "·", "o", "8"
"""Marks of the values on training and validation rows, and of both in one place."""


def text_plot(curve: LearningCurve, metric: str) -> str:
    """Draw one metric of a curve, an epoch from left to right; lines are at most 75 wide."""
    splits = [
        (mark, values)
        for mark, name in ((TRAIN, metric), (VALIDATION, VALIDATION_PREFIX + metric))
        if (values := curve.get(name)) is not None
    ]
    finite = [v for _, values in splits for v in values.tolist() if math.isfinite(v)]
    low, high = min(finite), max(finite)
    spread = high - low or 1.0
    columns = min(WIDTH, max(8, len(curve)))
    grid = [[" "] * columns for _ in range(HEIGHT)]
    for mark, values in splits:
        for index, value in enumerate(values.tolist()):
            if not math.isfinite(value):
                continue
            row = round((high - value) / spread * (HEIGHT - 1))
            column = round(index / max(1, len(curve) - 1) * (columns - 1))
            before = grid[row][column]
            grid[row][column] = mark if before in (" ", mark) else BOTH
    labels = {0: figures(high, 3), HEIGHT - 1: figures(low, 3)}
    lines = [
        f"{labels.get(row, ''):>8} │{''.join(cells).rstrip()}" for row, cells in enumerate(grid)
    ]
    first, last = str(curve.epochs[0]), str(curve.epochs[-1])
    axis = f"{'':>8} └{'─' * columns}"
    ends = f"{'':>10}{first}{last:>{columns - len(first)}}"
    legend = f"{metric} by epoch: {TRAIN} training"
    if len(splits) > 1:
        legend += f", {VALIDATION} validation, {BOTH} both"
    return "\n".join([*lines, axis, ends, f"{'':>10}{legend}"])
