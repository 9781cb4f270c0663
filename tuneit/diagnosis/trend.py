"""Where a cost is heading: its slope at the end, and what more epochs would bring."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tuneit.curves import Series
from tuneit.diagnosis.view import Signal


@dataclass(frozen=True, slots=True)
class Trend:
    """`slope` an epoch at the end of the run (negative: falling) with its standard error.

    `decay` is the slope's ratio from the middle to the last third of the run, in [0, 1]; `z`
    counts standard errors of falling.
    """

    slope: float
    error: float
    decay: float
    width: int

    @property
    def z(self) -> float:
        """How sure the fall is, in standard errors; positive where the series falls."""
        return -self.slope / self.error if self.error > 0 else 0.0

    def gain(self, epochs: int, slope: float | None = None) -> float:
        """Fall over so many further epochs if the slope goes on shrinking as it did."""
        start = -(self.slope if slope is None else slope)
        steps = epochs / self.width
        if self.decay >= 0.999:
            return start * epochs
        rate = -math.log(max(self.decay, 1e-6))
        # The slope is that of the middle of the last third: start from its end.
        return start * math.exp(-rate / 2) * self.width * (1 - math.exp(-rate * steps)) / rate

    def gain_interval(self, epochs: int) -> tuple[float, float]:
        """The 80 % interval of the gain that the slope's standard error leaves; never below 0."""
        low, high = (self.gain(epochs, self.slope + sign * 1.28 * self.error) for sign in (1, -1))
        return max(0.0, low), max(0.0, high)


def _slope(values: Series) -> tuple[float, float]:
    n = len(values)
    t = np.arange(n) - (n - 1) / 2
    spread = float(t @ t)
    return float(t @ (values - values.mean())) / spread, spread


@lru_cache(maxsize=16)
def measure_trend(signal: Signal) -> Trend:
    """Fit lines to the last and the middle third of a signal of at least five values."""
    n = len(signal)
    width = max(3, n // 3)
    last, spread = _slope(signal.values[-width:])
    before, _ = _slope(signal.values[max(0, n - 2 * width) : n - width + 1])
    decay = min(1.0, max(0.0, last / before)) if before < 0 else 1.0
    return Trend(last, signal.noise / math.sqrt(spread), decay, width)
