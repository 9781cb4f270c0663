"""Does a number depend on a hyperparameter? The strongest two-sided split, against chance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tuneit.curves import Series

PERMUTATIONS = 400


def splits(axis: Series) -> list[float]:
    """Thresholds that leave at least a fifth (and three) of the trials on both sides."""
    levels = np.unique(axis)
    cuts = (levels[:-1] + levels[1:]) / 2
    least = max(3, len(axis) // 5)
    good = [float(c) for c in cuts if min((axis > c).sum(), (axis <= c).sum()) >= least]
    return good[:: max(1, len(good) // 7)]


def strongest(axis: Series, values: Series, cuts: Sequence[float]) -> tuple[float, float]:
    """The cut with the largest |difference of means| in standard errors, and that statistic."""
    best, where = 0.0, cuts[0]
    for cut in cuts:
        high, low = values[axis > cut], values[axis <= cut]
        spread = math.sqrt(values.var() * (1 / len(high) + 1 / len(low)))
        statistic = (float(high.mean()) - float(low.mean())) / spread if spread > 0 else 0.0
        if abs(statistic) > abs(best):
            best, where = statistic, cut
    return best, where


def p_value(axis: Series, values: Series, cuts: Sequence[float], seen: float) -> float:
    """Share of permutations whose strongest cut is as strong: the search for a cut is paid for."""
    rng = np.random.default_rng(0)
    shuffled = np.stack([rng.permutation(values) for _ in range(PERMUTATIONS)])
    spread = values.std()
    if spread == 0:
        return 1.0
    strongest = np.zeros(PERMUTATIONS)
    for cut in cuts:
        high = axis > cut
        n_high, n_low = int(high.sum()), int((~high).sum())
        difference = shuffled[:, high].mean(axis=1) - shuffled[:, ~high].mean(axis=1)
        error = spread * math.sqrt(1 / n_high + 1 / n_low)
        strongest = np.maximum(strongest, np.abs(difference) / error)
    return float((1 + (strongest >= abs(seen) - 1e-12).sum()) / (1 + PERMUTATIONS))


def ranks(values: Series) -> Series:
    """Ranks in [0, 1]: one failed trial's score must not make a pattern."""
    order = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return order / max(1, len(values) - 1)
