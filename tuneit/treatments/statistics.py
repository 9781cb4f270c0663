"""What paired gains show: an exact test, a correction for several tests, and an interval.

A gain is the treated score minus the baseline's in one pair, turned so that better is positive.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.05
"""The chance of a false "verified" among all treatments of one comparison."""

FEWEST_PAIRS = 5
"""The fewest pairs of a comparison: with fewer, an interval says nothing (chosen)."""

LEAST_GAIN = 0.01
"""The least relevant gain, as a share of the distance from the trivial score to the baseline's
(chosen)."""

_EXACT_UP_TO = 16
"""For up to this many pairs, all 2ⁿ combinations of signs are counted; for more pairs, 2¹⁶ are
drawn."""

_RESAMPLES = 9_999
"""Bootstrap resamples of an interval (SciPy's default)."""

Status = Literal["verified", "not_shown", "harmful", "not_applicable"]


def pairs_needed(treatments: int, alpha: float = ALPHA) -> int:
    """The fewest pairs with which one of `treatments` treatments can be verified.

    The p-value of a one-sided sign-flip test of n pairs is at least 2⁻ⁿ. Holm's correction requires
    the smallest of m p-values to be at most alpha / m.
    """
    return max(FEWEST_PAIRS, math.ceil(math.log2(max(treatments, 1) / alpha)))


def sign_flip_p(gains: Sequence[float]) -> float:
    """The one-sided p-value of the sign-flip test that gains are symmetric about zero.

    It is the share of all 2ⁿ combinations of signs whose mean gain is at least the observed one
    (Fisher, "The design of experiments", 1935, section 21). Exact up to 16 pairs.
    """
    from scipy.stats import permutation_test

    values = np.asarray(gains, dtype=float)
    if not np.any(values):
        return 1.0
    if len(values) == 1:  # SciPy asks for two
        return 0.5 if values[0] > 0 else 1.0
    count = min(len(values), _EXACT_UP_TO)
    found = permutation_test(
        (values,),
        lambda x, axis: np.mean(x, axis=axis),
        permutation_type="samples",
        alternative="greater",
        vectorized=True,
        n_resamples=2**count,
        rng=np.random.default_rng(0),
    )
    return float(found.pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for their number, in the given order (Holm, 1979).

    The i-th smallest of m is multiplied by m - i + 1, and none is smaller than the one before it.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = highest
    return corrected


def mean_interval(gains: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of the mean gain (BCa bootstrap: Efron, 1987).

    If all gains are equal, both ends of the interval are.
    """
    values = np.asarray(gains, dtype=float)
    scale = float(np.abs(values).max())
    if np.ptp(values) <= np.finfo(float).eps * scale:
        mean = float(values.mean())
        return mean, mean
    # Scaled, since squares of tiny gains would be zero.
    low, high = _bootstrapped(values / scale, "BCa")
    if math.isnan(low + high):  # too few different gains for the correction
        low, high = _bootstrapped(values / scale, "percentile")
    return low * scale, high * scale


def _bootstrapped(
    values: NDArray[np.float64], method: Literal["BCa", "percentile"]
) -> tuple[float, float]:
    from scipy.stats import DegenerateDataWarning, bootstrap

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", DegenerateDataWarning)
        found = bootstrap(
            (values,),
            np.mean,
            method=method,
            n_resamples=_RESAMPLES,
            rng=np.random.default_rng(0),
        ).confidence_interval
    return float(found.low), float(found.high)


def least_gain(trivial: float | None, baseline: float) -> float:
    """The least relevant gain; 0 if the trivial score is unknown."""
    return 0.0 if trivial is None else LEAST_GAIN * abs(baseline - trivial)


def status_of(
    gains: Sequence[float], corrected_p: float, interval: tuple[float, float], worth: float
) -> Status:
    """What the pairs show of a treatment.

    Verified: the corrected p is at most 0.05, and the mean gain is at least `worth` and above
    zero. Harmful: the interval lies below zero. Else nothing is shown. Too few pairs show nothing.
    """
    if len(gains) < FEWEST_PAIRS:
        return "not_shown"
    mean = float(np.mean(gains))
    if corrected_p <= ALPHA and mean > 0 and mean >= worth:
        return "verified"
    return "harmful" if interval[1] < 0 else "not_shown"


def status_of_smaller(
    gains: Sequence[float], corrected_p: float, interval: tuple[float, float], margin: float
) -> Status:
    """What the pairs show of a treatment whose purpose is a smaller model (non-inferiority).

    Verified: a loss of `margin` or more is ruled out, by the interval and by the corrected p of the
    sign-flip test of the gains plus `margin`. Harmful: else, if the interval lies below zero.
    """
    if len(gains) >= FEWEST_PAIRS and corrected_p <= ALPHA and interval[0] > -margin:
        return "verified"
    return status_of(gains, 1.0, interval, margin)
