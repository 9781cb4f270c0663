"""A probe for predictions at the end of their range, while targets are beyond it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from tuneit.data.head import COUNTS, ERRORS
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity
from tuneit.training.probes.look import Look

RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, math.inf))
"""The output ranges of sigmoid and softmax, tanh, and ReLU."""

NEAR = 0.01
"""A prediction is at an end if its distance from it is at most this share of the range."""

PILED = 0.2
"""The share of predictions at an end that is no coincidence (chosen)."""

CERTAIN = 0.9
"""The highest confidence (chosen)."""

FEWEST_ROWS = 8
"""The fewest rows for which a share is meaningful (chosen)."""


def unreached_targets(look: Look) -> Iterable[Finding]:
    """Look for a regression's predictions that stay at 0, 1 or -1 while targets lie beyond.

    A linear output would follow the targets. `check_range` finds this fault by the name of the last
    activation; this probe finds it by the predictions, so also with a user's own activation.
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
            f"{figures(targets.min())} to {figures(targets.max())}: {write}",
            {"layer": None, "loss": head.loss, "write": write},
        )
        return


def _piled(said: np.ndarray, targets: np.ndarray, low: float, high: float) -> bool:
    """Whether many predictions are at an end, with targets beyond it."""
    size = high - low if math.isfinite(high) else float(np.ptp(targets))
    at_low = (said <= low + NEAR * size) & (targets < low - NEAR * size)
    at_high = (said >= high - NEAR * size) & (targets > high + NEAR * size)
    return bool((at_low | at_high).mean() >= PILED)
