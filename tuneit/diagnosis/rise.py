"""How far a cost rose from its lowest point to the end of the run, against its own noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tuneit.diagnosis.view import Signal


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


def _scatter(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Residual standard deviation around a straight line: catches slow wander too."""
    n = len(values)
    if n < 5:
        return 0.0
    t = np.arange(n) - (n - 1) / 2
    centred = values - values.mean()
    slope = float(t @ centred) / float(t @ t)
    residual = centred - slope * t
    return math.sqrt(float(residual @ residual) / (n - 2))


def measure_rise(signal: Signal) -> Rise:
    """Measure a signal of at least three values.

    The low level is the mean of the values around the lowest smoothed one, the end level that of
    the last values; the standard error of their difference comes from the signal's noise or, if
    larger, from its scatter around a straight line after the lowest point.
    """
    values, n = signal.values, len(signal)
    half = max(1, n // 40) if n >= 5 else 0
    onset = signal.low
    around = values[max(0, onset - half) : onset + half + 1]
    length = n - 1 - onset
    width = max(1, min(max(3, round(0.05 * n)), length // 2))
    low, end = float(np.mean(around)), float(np.mean(values[-width:]))
    spread = max(signal.noise, _scatter(values[onset:]))
    error = spread * math.sqrt(1 / width + 1 / len(around))
    size = max(abs(low), 1e-9 * float(np.max(np.abs(values))), 1e-300)
    return Rise(onset, length, n, low, end, (end - low) / error, (end - low) / size)
