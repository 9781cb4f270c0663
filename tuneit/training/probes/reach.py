"""Predictions that pile up at the end of their range, with targets beyond it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from tuneit.data.head import COUNTS, ERRORS
from tuneit.findings import Finding, Severity
from tuneit.training.probes.look import Look

RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, math.inf))
"""What sigmoid or softmax, tanh, and ReLU put out."""

NEAR = 0.01
"""Distance from an end of the range, over the size of the range, that counts as at the end."""

PILED = 0.2
"""Share of the predictions at an end, from which that is no chance (chosen)."""

CERTAIN = 0.9
"""Confidence at the most (chosen)."""

FEWEST_ROWS = 8
"""Rows from which a share of them means something (chosen)."""


def unreached_targets(look: Look) -> Iterable[Finding]:
    """Look for predictions of a regression that stand at 0, 1 or -1 while targets lie beyond.

    A linear output leaves such a value as soon as its targets do. This shows by behaviour, for
    activations of the user's own too, what `check_range` reads from the last layer's name.
    """
    said, targets, head = look.predictions, look.targets, look.head
    if said is None or targets is None or head is None or head.loss not in ERRORS | {COUNTS}:
        return
    if len(said) < FEWEST_ROWS or said.size != targets.size or not np.isfinite(said).all():
        return
    said, targets = said.ravel(), targets.ravel()
    for low, high in RANGES:
        if said.min() < low or said.max() > high or not _piled(said, targets, low, high):
            continue
        write = "write activation=None in the last layer"
        write += "" if math.isinf(high) else ", or scale the targets"
        ends = f"from {low:g} up" if math.isinf(high) else f"from {low:g} to {high:g}"
        yield Finding(
            "output_cannot_reach_targets",
            Severity.CRITICAL,
            CERTAIN,
            f"the predictions stand at the end of a range {ends}, but their targets go from "
            f"{targets.min():.4g} to {targets.max():.4g}: {write}",
            {"layer": None, "loss": head.loss, "write": write},
        )
        return


def _piled(said: np.ndarray, targets: np.ndarray, low: float, high: float) -> bool:
    """Whether many predictions are at an end, with targets beyond it."""
    size = high - low if math.isfinite(high) else float(np.ptp(targets))
    at_low = (said <= low + NEAR * size) & (targets < low - NEAR * size)
    at_high = (said >= high - NEAR * size) & (targets > high + NEAR * size)
    return bool((at_low | at_high).mean() >= PILED)
