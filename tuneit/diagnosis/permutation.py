"""Does a number depend on a hyperparameter? The strongest two-sided split, against chance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tuneit.curves import Series

PERMUTATIONS = 2000
"""The smallest p-value is one over these: correcting for twenty tests leaves 0.01."""


ROUNDING = 1e-12
"""Statistics this near are the same: sums in another order differ by as much."""


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
    """The share of permutations whose strongest cut is as strong.

    Each permutation is searched for its own best cut, so that the choice of a cut is accounted for.
    """
    spread = values.std()
    if spread == 0:
        return 1.0
    chance = shuffled(values)
    strongest = np.zeros(PERMUTATIONS)
    for cut in cuts:
        high = axis > cut
        n_high, n_low = int(high.sum()), int((~high).sum())
        difference = chance[:, high].mean(axis=1) - chance[:, ~high].mean(axis=1)
        error = spread * math.sqrt(1 / n_high + 1 / n_low)
        strongest = np.maximum(strongest, np.abs(difference) / error)
    return float((1 + (strongest >= abs(seen) - ROUNDING).sum()) / (1 + PERMUTATIONS))


def shuffled(values: Series) -> NDArray[np.float64]:
    """Permutations of the values, the same each time, of shape (PERMUTATIONS, n)."""
    rng = np.random.default_rng(0)
    return rng.permuted(np.tile(values, (PERMUTATIONS, 1)), axis=1)


def corrected(p: float, tests: int) -> float:
    """A p-value after looking at `tests` hypotheses (Bonferroni)."""
    return min(1.0, p * tests)


def p_crowded(n: int, outer: int, top: int, crowd: int) -> float:
    """The chance that the best of n trials and `crowd` of the best `top` are `outer` ones.

    Exact (hypergeometric) where scores have nothing to do with being an outer one; `outer` of the n
    trials are, and `crowd` counts the best.
    """
    from scipy.stats import hypergeom

    others = hypergeom(n - 1, outer - 1, top - 1)
    return outer / n * float(others.sf(crowd - 2))


def ranks(values: Series) -> Series:
    """Ranks in [0, 1], so that one failed trial's score makes no pattern."""
    order = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return order / max(1, len(values) - 1)
