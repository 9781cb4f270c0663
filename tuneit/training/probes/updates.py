"""The size of one training step relative to the weights that it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tuneit.diagnosis.check import log_odds, number, severity
from tuneit.findings import Finding
from tuneit.training.probes.layers import kernels

TOO_LARGE = 0.1
TOO_SMALL = 1e-6
"""A step should change weights by about a thousandth of their size (Karpathy, CS231n course
notes, "Neural networks 3", "Ratio of weights:updates"). The limits are a hundred times as much,
which replaces a layer in ten steps, and a thousandth, which needs a million steps."""

Weights = Mapping[str, np.ndarray]


def snapshot(model: Any) -> Weights:
    """Copies of the model's kernels."""
    return {path: np.array(variable) for path, variable in kernels(model)}


def update_ratios(before: Weights, after: Weights, steps: int = 1) -> dict[str, float]:
    """The norm of a step's change divided by the norm of the weights, for each kernel.

    The change of several steps is divided by the square root of their number, as for a random walk.
    Kernels of zeros are left out.
    """
    return {
        path: float(np.linalg.norm(after[path] - old) / size) / float(np.sqrt(max(1, steps)))
        for path, old in before.items()
        if path in after and (size := float(np.linalg.norm(old))) > 0
    }


def steps_out_of_scale(ratios: Sequence[Mapping[str, float]]) -> Iterable[Finding]:
    """Compare the median layer's update ratio in each epoch with the rule of 1e-3.

    It counts as too small only if it always was, as schedules may begin or end with tiny steps.
    """
    medians = [float(np.median(list(r.values()))) for r in ratios if r]
    if not medians or not np.isfinite(medians).all():
        return
    large = log_odds(medians[-1], TOO_LARGE, 1.4)
    small = log_odds(TOO_SMALL / max(max(medians), 1e-30), 1.0, 1.6) if len(medians) > 1 else 0.0
    confidence = max(large, small)
    if confidence < 0.2:
        return
    ratio = medians[-1] if large >= small else max(medians)
    name, advice = (
        ("updates_too_large", "lower the learning rate")
        if large >= small
        else ("updates_too_small", "raise the learning rate")
    )
    yield Finding(
        name,
        severity(confidence),
        confidence,
        f"a step changes the weights by {ratio:.1g} of their size, where about 0.001 is usual: "
        f"{advice}",
        {"ratio": number(ratio), "usual": 1e-3},
    )
