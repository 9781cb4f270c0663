"""What a check is, and how its margins become a confidence."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from tuneit.curves.series_names import SHARES
from tuneit.diagnosis.view import CurveView
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity

CERTAIN_ENOUGH = 0.5
"""Findings below this confidence are possibilities: they inform, and decide nothing."""

LEAST_SAID = 0.2
"""Findings below this confidence are not reported (chosen)."""

MIN_EPOCHS = 3
"""Fewer values than this have neither noise nor trend."""

ENOUGH_EPOCHS = 5
"""Epochs from which a curve has a trend, and a noise to measure it by."""

GOOD, NEARLY_PERFECT = 0.9, 0.95
"""Values of a metric such as accuracy from which a model is good, and from which the metric may
stay constant because little is left to gain (chosen)."""

CONSTANT = 1e-6
"""Spread of a series over its level up to which it repeats one value: rounding."""

FARTHEST = 60.0
"""Widths beyond a threshold from which a logistic confidence is 0 or 1 to all digits."""


class Check(Protocol):
    """One check of a curve. It yields nothing where the curve does not show the answer."""

    def __call__(self, view: CurveView) -> Iterable[Finding]:
        """Yield what is found; `view.reference` says what the curve may be compared with."""


def odds(value: float, threshold: float, width: float) -> float:
    """A logistic confidence in [0, 1]: 0.5 where `value` meets `threshold`.

    `width` is the distance at which it is 0.73; not-a-number gives 0.
    """
    if math.isnan(value):
        return 0.0
    return 1.0 / (1.0 + math.exp(-max(-FARTHEST, min(FARTHEST, (value - threshold) / width))))


def log_odds(value: float, threshold: float, factor: float) -> float:
    """`odds` on a logarithmic axis: 0.73 at `factor` times the threshold; 0 for value ≤ 0."""
    if not value > 0:
        return 0.0
    return odds(math.log(value), math.log(threshold), math.log(factor))


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold with the width over which a confidence passes from no to yes.

    At the value `at` the confidence is 0.5, `width` further 0.73; both are in the value's unit.
    Where a docstring names no other source, the two were chosen so that the runs of the fit half of
    `studies/benchmarks/lab` are judged right.
    """

    at: float
    width: float

    def above(self, value: float) -> float:
        """The confidence, in [0, 1], that a value is above."""
        return odds(value, self.at, self.width)

    def below(self, value: float) -> float:
        """The confidence, in [0, 1], that a value is below."""
        return odds(-value, -self.at, self.width)

    def moved(self, at: float) -> Limit:
        """The same width around another threshold."""
        return Limit(at, self.width)


@dataclass(frozen=True, slots=True)
class RatioLimit:
    """A `Limit` on a logarithmic axis: the confidence is 0.73 at `factor` times the threshold."""

    at: float
    factor: float

    def above(self, value: float) -> float:
        """The confidence, in [0, 1], that a value is above; 0 for values ≤ 0."""
        return log_odds(value, self.at, self.factor)

    def below(self, value: float) -> float:
        """The confidence, in [0, 1], that a positive value is below."""
        return log_odds(1 / value, 1 / self.at, self.factor)

    def moved(self, at: float) -> RatioLimit:
        """The same factor around another threshold."""
        return RatioLimit(at, self.factor)


BEYOND_NOISE = Limit(3.0, 0.5)
"""Standard errors from which a difference is no noise: chance makes it once in 370 times."""


def severity(confidence: float, worst: Severity = Severity.WARNING) -> Severity:
    """`worst` for what is certain enough, else a mere information."""
    return worst if confidence >= CERTAIN_ENOUGH else Severity.INFO


def number(value: float) -> float:
    """Four significant digits, for evidence that people read; not-a-number stays."""
    return float(f"{value:.4g}")


def say(name: str, value: float) -> str:
    """A quantity in words: shares in percent, the rest with three digits."""
    if name in SHARES and 0 <= value <= 1:
        return f"{100 * value:.1f} %"
    return figures(value, 3)
