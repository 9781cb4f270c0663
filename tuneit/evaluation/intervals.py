"""95 % intervals of scores."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

Interval = tuple[float, float]

Z95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


def wilson_interval(successes: float, n: float, z: float = Z95) -> Interval:
    """The interval of a proportion (E. B. Wilson, JASA 22, 1927, 209–212), n > 0; 95 % by `z`."""
    share = successes / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    return max(0.0, centre - half), min(1.0, centre + half)


def percentile_interval(samples: NDArray[Any]) -> Interval | None:
    """2.5 % and 97.5 % of bootstrap samples, shape (samples,); None where none is defined."""
    if np.isnan(samples).all():
        return None
    low, high = np.nanpercentile(samples, [2.5, 97.5])
    return float(low), float(high)


def share_intervals(
    values: NDArray[Any], samples: NDArray[Any], cases: NDArray[Any]
) -> tuple[Interval | None, ...]:
    """Percentile intervals of shares by class; `samples` has shape (samples, classes).

    Where a share is 0 or 1 all samples are alike, so that the interval is Wilson's of `cases`
    rows. None for a class without cases.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        ends = np.nanpercentile(samples, [2.5, 97.5], axis=0).T
    return tuple(
        None
        if case <= 0
        else wilson_interval(float(value) * float(case), float(case))
        if value in (0.0, 1.0)
        else (float(low), float(high))
        for value, (low, high), case in zip(values, ends, cases, strict=True)
    )
