"""Where a cost is heading: its slope at the end, and what more epochs would bring."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tuneit.curves import Series
from tuneit.diagnosis.view import Signal

QUANTILE = 1.0
"""Standard errors of both slopes, moved apart together, that make an 80 % interval."""

LAWS_DIFFER = 0.3
"""Relative error of the extrapolated gain on curves without noise, since no run follows either law
exactly. With it the interval covers 80 % of the gains that followed the first 8 to 80 epochs of the
labelled histories."""


USUAL_DECAY = (0.6, 0.3)
"""Mean and spread of the slopes' ratio over runs: the mean is that of a logarithmic law."""

STEEPER, MOST_BLUR = 1.5, 1e3
"""The largest ratio that is believed (slopes that grow are noise), and the largest blur, in spreads
(chosen)."""

SLOWEST, FASTEST = 0.999, 0.02
"""The ratios nearest to 1 and to 0 with which a fall is carried on: a straight line has no rate,
and a fall that has ended no law."""

LOGARITHMIC = 1e-6
"""Exponents this near to 1 give the logarithmic law, whose formula is another."""


@dataclass(frozen=True, slots=True)
class Trend:
    """`slope` an epoch over the last third of a run (negative: falling), `before` over the middle
    third, each with its standard error.

    `level` is the mean at the end, in the signal's unit; `bounded` says that the signal cannot
    fall below zero; `width` counts the epochs of a third and `epochs` all.
    """

    slope: float
    error: float
    before: float
    before_error: float
    level: float
    bounded: bool
    width: int
    epochs: int

    @property
    def z(self) -> float:
        """How sure the fall is, in standard errors; positive where the series falls."""
        return -self.slope / self.error if self.error > 0 else 0.0

    @property
    def decay(self) -> float:
        """The slope's ratio from the middle to the last third, in [0, 1]; 1 for a straight line.

        The noisier the slopes, the nearer it is to the ratio of most runs (`USUAL_DECAY`).
        """
        if self.before >= 0:
            return 1.0
        ratio = min(STEEPER, max(0.0, self.slope / self.before))
        blur = math.hypot(self.error, ratio * self.before_error) / -self.before
        usual, spread = USUAL_DECAY
        weight = 1 / (1 + min(blur / spread, MOST_BLUR) ** 2)
        return min(1.0, weight * ratio + (1 - weight) * usual)

    def gain(self, epochs: int) -> float:
        """Fall over so many further epochs: the mean of two laws by which slopes shrink.

        An exponential approach shrinks by `decay` every third of the run; a power law (the usual
        learning curve; Domhan, Springenberg & Hutter, IJCAI 2015) by a power of the epoch. Where
        the cost is `bounded`, it goes on falling at no more than its present relative rate, and
        thus never below zero.
        """
        exponential, power = self._gains(epochs, -self.slope, self.decay)
        return (exponential + power) / 2

    def gain_interval(self, epochs: int) -> tuple[float, float]:
        """The 80 % interval of the gain: both slopes' errors and the laws' own; never below 0."""
        slow, fast = -self.slope - QUANTILE * self.error, -self.slope + QUANTILE * self.error
        earlier = -self.before
        gains = [
            gain
            for now, then in (
                (slow, earlier + QUANTILE * self.before_error),
                (fast, earlier - QUANTILE * self.before_error),
                (-self.slope, earlier),
            )
            for gain in self._gains(epochs, now, _ratio(now, then))
        ]
        low, high = min(gains) * (1 - LAWS_DIFFER), max(gains) * (1 + LAWS_DIFFER)
        return max(0.0, low), self._possible(max(0.0, high))

    def _gains(self, epochs: int, start: float, decay: float) -> tuple[float, float]:
        """Both laws' gains from a fall of `start` an epoch in the middle of the last third."""
        rate = -math.log(min(SLOWEST, max(FASTEST, decay)))
        steps = epochs / self.width
        exponential = (
            start * math.exp(-rate / 2) * self.width * (1 - math.exp(-rate * steps)) / rate
        )
        # Slopes fall as the epoch to some power; the thirds' middles lie at 1/2 and 5/6 of the run.
        exponent = rate / math.log(5 / 3)
        middle = 5 / 6 * self.epochs
        ratios = self.epochs / middle, (self.epochs + epochs) / middle
        if abs(exponent - 1) < LOGARITHMIC:
            power = start * middle * math.log(ratios[1] / ratios[0])
        else:
            left = 1 - exponent
            power = start * middle * (ratios[1] ** left - ratios[0] ** left) / left
        return self._possible(exponential), self._possible(power)

    def _possible(self, gain: float) -> float:
        if not self.bounded or gain <= 0 or self.level <= 0:
            return gain
        return self.level * -math.expm1(-gain / self.level)


def _ratio(now: float, then: float) -> float:
    return min(1.0, max(0.0, now / then)) if then > 0 else 1.0


def _slope(values: Series) -> tuple[float, float]:
    """Slope of a straight line through the values and Σ(t − t̄)²."""
    n = len(values)
    t = np.arange(n) - (n - 1) / 2
    spread = float(t @ t)
    return float(t @ (values - values.mean())) / spread, spread


@lru_cache(maxsize=16)
def measure_trend(signal: Signal, noise: float | None = None) -> Trend:
    """Fit lines to the last and the middle third of a signal of at least five values.

    `noise` is the signal's standard deviation around its trend; its own measure where not given.
    """
    noise = signal.noise if noise is None else noise
    n = len(signal)
    width = max(3, n // 3)
    last, spread = _slope(signal.values[-width:])
    middle = signal.values[max(0, n - 2 * width) : n - width + 1]
    before, before_spread = _slope(middle)
    return Trend(
        last,
        noise / math.sqrt(spread),
        before,
        noise / math.sqrt(before_spread),
        signal.tail,
        bool(np.min(signal.values) >= 0),
        width,
        n,
    )
