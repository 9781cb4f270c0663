"""The distance between training and validation at the end of a run, where it no longer closes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

from tuneit.curves.series_names import SHARES
from tuneit.diagnosis.aims import Shortfall, judged_pair, shortfall
from tuneit.diagnosis.check import (
    BEYOND_NOISE,
    ENOUGH_EPOCHS,
    Limit,
    RatioLimit,
    number,
    say,
)
from tuneit.diagnosis.costs import cost_of
from tuneit.diagnosis.rows import validation_rows
from tuneit.diagnosis.sampling import sampling_error
from tuneit.diagnosis.trend import measure_trend
from tuneit.diagnosis.view import CurveView, Pair, Signal, share

END = 0.2
"""Share of the last epochs whose median is the final value: one spike does not move it (chosen)."""

LEAST_END = 3
"""The fewest last epochs."""

OF_A_MEDIAN = 1.25
"""Standard error of the median of normal values, divided by that of their mean."""

TINY = 1e-9
"""The least noise, in the cost's unit or as a share of it: differences below this are rounding."""

OF_ERROR, OF_REACH = RatioLimit(0.55, 1.2), RatioLimit(0.065, 1.25)
"""Gap divided by validation's error, and by what training reached, from which the gap of a share
such as accuracy is wide: a training error of 1 % against 10 % is 0.9 and 0.09, 0 % against 1.4 % is
1 and 0.014."""

OF_COST, OF_FALL = RatioLimit(0.4, 1.2), RatioLimit(0.13, 1.25)
"""The same for a loss or an absolute error: divided by validation's, and by the cost's fall."""

OF_WAY, SPREAD = 0.075, 0.06
"""If the aim and the trivial model's score are known: validation's distance to the aim, and the
gap, from which the gap costs something, as shares of the way between these two; and the standard
deviation of such a share from run to run, beside that of the validation rows. Fitted by maximum
likelihood to the fit half of `studies/benchmarks/lab`, where a tenth of the way is overfitting."""

UNKNOWN_ROWS = 200
"""Assumed number of validation rows, if it is unknown. All epochs are measured on the same rows, so
the curve's noise does not show the error of these rows (chosen)."""

CLOSING = Limit(0.2, 0.04)
"""Share of the gap that half as many more epochs would close, from which the gap is not final."""

AT_ONCE = Limit(0.5, 0.1)
"""Share of the gap that the first epoch has already, from which training did not open it."""

MISSED_Z = Limit(2.5, 0.5)
"""Standard errors by which validation misses its aim, from which this is no noise (chosen)."""

BY_GAP = 0.95
"""The highest confidence in overfitting without a rise (chosen)."""

TIMES_WORSE, PART_WORSE = RatioLimit(2.0, 1.2), RatioLimit(0.15, 1.25)
"""Training's final loss divided by its best one, and its rise divided by the gap, or by
validation's rise, from which training itself broke down."""

normal = NormalDist().cdf

MOST_Z = 99
"""The most standard errors that are printed."""

FEW_EPOCHS = 5.0
"""Five epochs allow a confidence of 1 - 5 / 25 = 0.8 at the most, ten of 0.95 (chosen)."""


@dataclass(frozen=True, slots=True)
class Gap:
    """How far validation ends behind training, as costs (lower is better).

    `z` is the gap in standard errors, which include both curves' noise and the sampling error of
    the validation rows. `of_error` is the gap divided by validation's cost. `of_reach` is the gap
    divided by what training reached: its value of a share such as accuracy, else the fall of its
    cost. `closing` is the share of the gap that half as many more epochs would close, and `at_once`
    the share that the first epoch has already.
    """

    pair: Pair
    train: float
    validation: float
    z: float
    of_error: float
    of_reach: float
    closing: float
    at_once: float
    epochs: int

    @property
    def size(self) -> float:
        """Validation's cost less training's."""
        return self.validation - self.train


def _end(signal: Signal) -> tuple[float, float]:
    """The median of the last epochs, and its standard error by the curve's own noise."""
    width = min(len(signal), max(LEAST_END, round(END * len(signal))))
    values = sorted(signal.values[-width:].tolist())
    middle = (values[(width - 1) // 2] + values[width // 2]) / 2
    return middle, OF_A_MEDIAN * signal.swing / math.sqrt(width)


def gap_pair(view: CurveView) -> Pair | None:
    """The quantity whose gap counts: the metric that the reference names, else a share such as
    accuracy, else the loss; None where no quantity was logged of both splits.
    """
    shares = view.metric if view.metric is not None and view.metric.name in SHARES else None
    named = judged_pair(view) if view.reference.metric is not None else None
    for pair in (named if named is not view.loss else None, shares, view.loss, view.metric):
        if pair is not None and pair.train is not None and pair.validation is not None:
            return pair
    return None


@lru_cache(maxsize=16)
def measure_gap(view: CurveView) -> Gap | None:
    """Measure the gap; None where a split has fewer than five values, or validation is no worse."""
    pair = gap_pair(view)
    if pair is None or pair.train is None or pair.validation is None:
        return None
    if min(len(pair.train), len(pair.validation)) < ENOUGH_EPOCHS:
        return None
    (train, train_error), (validation, error) = _end(pair.train), _end(pair.validation)
    size = validation - train
    if size <= 0:
        return None
    sampled = sampling_error(pair.name, validation, validation_rows(view) or UNKNOWN_ROWS)
    sampled = 0.0 if math.isnan(sampled) else sampled
    trend = measure_trend(pair.validation)
    gain = max(0.0, trend.gain(max(2, len(pair.validation) // 2)))
    first = 0.0 if view.resumed else pair.validation.first - pair.train.first
    return Gap(
        pair=pair,
        train=train,
        validation=validation,
        z=size / max(math.hypot(train_error, error, sampled), TINY * max(abs(validation), size)),
        of_error=share(size, abs(validation)),
        of_reach=share(size, _reached(view, pair, train)),
        closing=share(gain, size) if trend.z > 2 else 0.0,
        at_once=min(1.0, max(0.0, first / size)),
        epochs=len(pair.validation),
    )


def _reached(view: CurveView, pair: Pair, train: float) -> float:
    if pair.name in SHARES:
        return 1.0 - train
    if view.reference.baseline is not None and pair is judged_pair(view):
        return max(0.0, cost_of(pair, view.reference.baseline) - train)
    return pair.scale


def gap_confidence(view: CurveView, gap: Gap) -> float:
    """Confidence in [0, 1] that the gap is final, and wide enough to cost validation.

    If a target, people's error or a reference model says what is possible, and a trivial model's
    score is known, the gap costs something if both it and validation's distance to the aim are a
    good part of the way between these two. Otherwise its width is compared with noise, with
    validation's error and with what training reached; and if an aim is known, validation must miss
    it, and more because of the gap than because of training's own distance to it (the
    decomposition of Ng, "Machine learning yearning", 2018, chapters 20 to 27).
    """
    final = CLOSING.below(gap.closing) * AT_ONCE.below(gap.at_once) * _still_low(gap)
    short = shortfall(gap.pair, view.reference) if gap.pair is judged_pair(view) else None
    if short is not None and short.aim.trivial > short.aim.cost:
        way = short.aim.way
        spread = math.hypot(SPREAD, short.noise / way)
        missed, ahead = short.missing / way - OF_WAY, gap.size / way - OF_WAY
        wide = normal(missed / spread) * normal(ahead / spread)
    else:
        of_error, of_reach = OF_COST, OF_FALL
        if gap.pair.name in SHARES:
            of_error, of_reach = OF_ERROR, OF_REACH
        wide = of_error.above(gap.of_error) * of_reach.above(gap.of_reach)
        wide *= BEYOND_NOISE.above(gap.z)
        if short is not None:
            wide *= gap_costs_the_aim(short)
    return min(BY_GAP * final * wide, 1 - FEW_EPOCHS / gap.epochs**2)


def _still_low(gap: Gap) -> float:
    """Confidence that training ends near its lowest cost: else it broke down, and learned nothing
    by heart."""
    train = gap.pair.train
    lowest = gap.train if train is None else float(train.smoothed[train.low])
    return 1 - TIMES_WORSE.above(share(gap.train, lowest)) * PART_WORSE.above(
        share(gap.train - lowest, gap.size)
    )


def gap_costs_the_aim(short: Shortfall) -> float:
    """Confidence that validation misses its aim beyond noise, and mostly because of the gap."""
    if short.missing <= 0 or short.gap < short.bias:
        return 0.0
    return MISSED_Z.above(short.missing / max(short.noise, TINY))


def gap_in_words(gap: Gap) -> str:
    """The gap with its scales, for the summary of a finding."""
    of_reach = "of what training reached" if gap.pair.name in SHARES else "of training's fall"
    return (
        f"the gap of {say(gap.pair.name, gap.size)} is {min(gap.z, MOST_Z):.0f} times its own "
        f"standard error, "
        f"{100 * gap.of_error:.0f} % of validation's {cost_name(gap.pair)} and "
        f"{100 * gap.of_reach:.0f} % {of_reach}"
    )


def cost_name(pair: Pair) -> str:
    """What a quantity's cost is called: "error" for a share such as accuracy."""
    return "error" if pair.name in SHARES else pair.words


def gap_in_numbers(gap: Gap) -> dict[str, float | int | str | None]:
    """The gap with its scales, as evidence."""
    return {
        "gap": number(gap.size),
        "gap_z": number(gap.z),
        "gap_of_error": number(gap.of_error),
        "gap_of_reach": number(gap.of_reach),
    }
