"""How far a cost rose from its lowest point to the end of the run, against its own noise."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tuneit.curves import Series
from tuneit.diagnosis.view import SMALLEST, TAIL, Pair, Signal, share


@dataclass(frozen=True, slots=True)
class Rise:
    """`low` and `end` are levels in the signal's unit, `onset` the index of the lowest value.

    `z` is the rise in standard errors, `relative` the rise over |low|; `length` counts the
    epochs after the lowest one, `epochs` all.
    """

    onset: int
    length: int
    epochs: int
    low: float
    end: float
    z: float
    relative: float

    @property
    def size(self) -> float:
        """The rise, in the signal's unit; negative where the end is the lowest."""
        return self.end - self.low


LONG_ENOUGH = 6
"""Values after the lowest one from which a line is fitted through them (chosen)."""

OF_A_MEDIAN = 1.35
"""Variance of a median of three normal values over that of their mean (1.35; of more, up to π/2; of
one, 1)."""

LEAST_SIZE = 1e-9
"""The lowest value counts as at least this share of the largest: a rise from zero has no ratio."""


def _line(values: Series) -> tuple[float, float, float]:
    """Slope of a straight line, Σ(t − t̄)², and the residual standard deviation around it."""
    n = len(values)
    t = np.arange(n) - (n - 1) / 2
    spread = float(t @ t)
    centred = values - values.mean()
    slope = float(t @ centred) / spread
    residual = centred - slope * t
    return slope, spread, math.sqrt(float(residual @ residual) / (n - 2))


STEADY = 3.0
"""The largest ratio of the last step to the one before that is no spike (chosen)."""


def _end(values: Series, width: int) -> float:
    """The level at the end of a series that begins at its lowest value.

    The mean of the last `width` values where the last steps go up steadily. Else their median, or
    that of the last three (of two, the lower): a single spike does not move it.
    """
    if len(values) > 3:
        before, last = values[-2] - values[-3], values[-1] - values[-2]
        if 0 < last <= STEADY * before:
            return float(values[-width:].mean())
    kept = max(width, min(3 if len(values) > 4 else 2, len(values) - 1), 1)
    return float(statistics.median_low(values[-kept:].tolist()))


@lru_cache(maxsize=16)
def measure_rise(signal: Signal) -> Rise:
    """Measure a signal of at least three values.

    The low level is the median of the values around the lowest smoothed one (a steep fall just
    before it does not count), the end level as `_end` has it. The standard error of
    their difference comes from the signal's noise or, if larger, from the scatter around a straight
    line after the lowest point, which includes slow drift. A long gentle rise shows in that line's
    slope first: `z` is the larger of the two.
    """
    values, n = signal.values, len(signal)
    half = max(1, n // 40) if n >= 5 else 0
    onset = signal.low
    around = values[max(0, onset - half) : onset + half + 1]
    length = n - 1 - onset
    width = max(1, min(max(3, round(TAIL * n)), length // 2))
    low, end = statistics.median(around.tolist()), _end(values[onset:], width)
    noise, sloping = signal.noise, 0.0
    after = values[onset + half + 1 :]
    if len(after) >= LONG_ENOUGH:
        slope, spread, scatter = _line(after)
        noise = max(noise, scatter)
        sloping = slope * math.sqrt(spread) / noise
    error = noise * math.sqrt(OF_A_MEDIAN * (1 / width + 1 / len(around)))
    z = max((end - low) / error, sloping)
    size = max(abs(low), LEAST_SIZE * float(np.max(np.abs(values))), SMALLEST)
    return Rise(onset, length, n, low, end, z, (end - low) / size)


FOLLOWED = 0.07
"""Share of training's fall below which validation did not follow it, chosen on the fit half
of `studies/benchmarks/lab`."""


def followed_training(pair: Pair) -> float:
    """Validation's fall over the larger of both splits' falls; 1 where none is known."""
    if pair.validation is None or pair.scale <= 0:
        return 1.0
    return share(pair.validation.fall, pair.scale)
