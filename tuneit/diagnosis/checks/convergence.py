"""Convergence: runs that were still improving when they ended, and runs that no longer do."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from tuneit.curves.series_names import SHARES
from tuneit.diagnosis.aims import judged_pair, shortfall, slack
from tuneit.diagnosis.check import (
    ENOUGH_EPOCHS,
    GOOD,
    LEAST_SAID,
    Limit,
    RatioLimit,
    number,
    say,
    severity,
)
from tuneit.diagnosis.restart import jumps
from tuneit.diagnosis.trend import Trend, measure_trend
from tuneit.diagnosis.view import CurveView, Pair, Signal, share
from tuneit.findings import Finding, Severity

GAIN = RatioLimit(0.12, 1.2)
"""Expected fall in half as many more epochs, from which these are worth training: the geometric
mean of its share of the fall so far and of the loss's level (either alone fails: the first epochs
of a run may fall by orders of magnitude, and a loss near zero halves without meaning)."""

LEAST_SHARE = RatioLimit(0.09, 1.2)
"""The least share of the fall so far: runs that improve by less have converged."""

MISSED_GAIN = RatioLimit(0.035, 1.2)
"""`GAIN` if training misses its aim: whether the model is too small is not known yet, and
`LEAST_SHARE` is not required."""

EARLY_GAIN, EARLY_SHARE = RatioLimit(0.055, 1.2), RatioLimit(0.03, 1.2)
"""In a run of few epochs whose training loss clearly falls: the expected fall's share of the level,
and its least share of the fall so far, most of which happened in the first epochs."""

FEW_EPOCHS = Limit(14.0, 1.0)
"""Epochs below which a run whose training loss clearly falls was probably cut short (chosen)."""

TRAINING_Z, EARLY_Z = Limit(5.0, 1.0), Limit(1.5, 0.5)
"""Standard errors of training's last slope from which training clearly falls, and those of
validation's slope that are then enough: few noisy epochs of validation show no slope alone."""

LEAST_NOISE = 0.3
"""These slopes are compared with a signal's swing, which unlike its noise does not count the bend
of a short curve, but with at least this share of its noise: few epochs may lie on a line by chance
(chosen)."""

MISSED = Limit(1.0, 0.25)
"""Training's distance to its aim, over the slack, from which it misses the aim."""

SATURATED = Limit(0.06, 0.01)
"""A validation error (1 - accuracy, F1, ...) below which a falling loss hardly matters."""

FALL_Z = Limit(3.0, 0.7)
"""Standard errors of the last slope from which the loss falls beyond noise. One fewer where
training misses its aim."""

FALLS_TOO = Limit(0.0, 0.25)
"""Standard errors of training's last slope: dropout and small batches hide a slow fall."""

STRAIGHT_Z = Limit(2 * FALL_Z.at, 1.0)
"""Standard errors of the last slope in a straight line."""

LEAST_FALL = RatioLimit(0.007, 1.2)
"""A fall by less than this share of the first loss means nothing."""

SLOW_FALL = Limit(0.3, 0.05)
"""A run that lost less than this share of its loss, in a straight line, has too small steps."""

STRAIGHT = Limit(0.6, 0.07)
"""In a straight line, the last slope divided by the mean slope, and by that of the middle third."""

WOUND_DOWN = 0.05
"""A learning rate below this share of its highest value has ended the run by itself (chosen)."""

AFTER_WINDING_DOWN = 0.4
"""The confidence in such a run is multiplied by this (chosen)."""

MOST_CERTAIN = 0.97
"""Confidence at the most (chosen)."""

IDLE_EPOCHS, IDLE_SHARE = 5, 0.01
"""Epochs without a gain that are a plateau, and the share of the fall that is no gain (chosen)."""

PLATEAU_CERTAIN = 0.9
"""Confidence in a plateau: it is counted, not estimated (chosen)."""


def _falling(signal: Signal, trend: Trend, gain: float, missed: float, early: float) -> float:
    """Confidence that a signal would still have fallen, by enough to matter.

    `missed` is the confidence that training misses its aim, `early` that the run was cut short: a
    smaller fall and a smaller slope are then enough.
    """
    of_fall, of_level = share(gain, signal.fall), share(gain, signal.level)
    size = math.sqrt(max(0.0, of_fall * of_level))
    usual = GAIN.above(size) * LEAST_SHARE.above(of_fall)
    short = missed * MISSED_GAIN.above(size)
    cut = early * EARLY_GAIN.above(of_level) * EARLY_SHARE.above(of_fall)
    sure = FALL_Z.moved(FALL_Z.at - missed).above(trend.z)
    return max(max(usual, short) * sure, cut * EARLY_Z.above(_without_bend(signal).z))


def _without_bend(signal: Signal) -> Trend:
    return measure_trend(signal, max(signal.swing, LEAST_NOISE * signal.noise))


def _cut_short(view: CurveView, train: Signal | None, judged: Signal) -> float:
    """Confidence that the run has few epochs, training clearly falls, and no aim is reached."""
    if train is None or train is judged or len(train) < ENOUGH_EPOCHS or view.resumed:
        return 0.0
    pair = judged_pair(view)
    short = shortfall(pair, view.reference) if pair is not None else None
    if short is not None and short.missing <= 0:
        return 0.0
    return FEW_EPOCHS.below(len(train)) * TRAINING_Z.above(_without_bend(train).z)


def _missed(view: CurveView) -> float:
    """Confidence that training is far from its aim, whatever the gap."""
    pair = judged_pair(view)
    short = shortfall(pair, view.reference) if pair is not None else None
    if pair is None or short is None:
        return 0.0
    return MISSED.above(short.bias / slack(pair, view.reference, short.aim, short.train))


def _slow(view: CurveView, signal: Signal, trend: Trend) -> float:
    """Confidence that a run fell slowly, in a straight line, and is far from converged."""
    metric = view.metric
    if view.resumed or (metric is not None and metric.goal == "maximize" and _good(metric)):
        return 0.0
    fallen = share(signal.fall, abs(signal.first))
    straight = share(-trend.slope * (len(signal) - 1), signal.fall)
    return (
        STRAIGHT_Z.above(trend.z)
        * STRAIGHT.above(min(trend.decay, straight))
        * SLOW_FALL.below(fallen)
        * LEAST_FALL.above(fallen)
    )


def _restart(train: Signal | None) -> float | None:
    """The epoch index of the last warm restart, or jump, of the training loss; None if none."""
    if train is None or len(train) < 2 * ENOUGH_EPOCHS:
        return None
    found = jumps(train)
    return float(train.epochs[found[-1]]) if len(found) else None


def _since_restart(judged: Signal, restart: float, more: int) -> float:
    """The fall to expect from how much lower the last cycle got than those before it."""
    before, after = judged.epochs < restart, judged.epochs >= restart
    if not before.any() or not after.any():
        return 0.0
    progress = float(judged.values[before].min() - judged.values[after].min())
    return max(0.0, progress) * more / int(after.sum())


def _wound_down(view: CurveView) -> bool:
    """Whether the logged learning rate has come down so far that training has stopped."""
    rates = view.series.get("learning_rate")
    if rates is None:
        return False
    rates = rates[np.isfinite(rates)]
    return len(rates) > 1 and float(rates[-1]) < WOUND_DOWN * float(rates.max())


def _matters(metric: Pair | None) -> float:
    """A factor in [0, 1], near 0 where nearly all answers are right: a lower loss gains little."""
    if metric is None or metric.goal == "minimize" or metric.validation is None:
        return 1.0
    if metric.name not in SHARES:
        return 1.0
    return SATURATED.above(metric.validation.tail)


def _good(metric: Pair) -> bool:
    judged = metric.validation or metric.train
    return judged is not None and metric.shown(judged.tail) > GOOD


def _parts(view: CurveView) -> tuple[Signal | None, Signal | None, Pair | None]:
    pair = view.criterion
    return (None, None, None) if pair is None else (view.training, pair.validation, pair)


def not_converged(view: CurveView) -> Iterable[Finding]:
    """Extrapolate validation (training, if there is none) by half as many more epochs.

    The slope of the last third continues, and shrinks as it did since the middle third
    (`Trend.gain`). Validation must still be falling beyond its noise, by enough to matter against
    its level and its fall so far; training must not rise. After a warm restart (Loshchilov &
    Hutter, "SGDR", ICLR 2017) cycles are compared, not the fall within the last one; a schedule
    that has wound down, and a metric with little left to win, make a falling loss harmless.
    """
    train, validation, pair = _parts(view)
    judged = validation or train
    if pair is None or judged is None or len(judged) < ENOUGH_EPOCHS or judged.fall <= 0:
        return
    more = max(2, len(judged) // 2)  # values, of which validation may have one in several epochs
    spaced = view.span(judged) / len(judged)
    more_epochs = round(more * spaced)
    trend = measure_trend(judged)
    gain, (low, high) = trend.gain(more), trend.gain_interval(more)
    restart = _restart(train)
    if restart is not None:
        gain = min(gain, _since_restart(judged, restart, more))
        low, high = min(low, gain), max(gain, min(high, 2 * gain))
    missed = _missed(view)
    early = _cut_short(view, train, judged)
    confidence = _falling(judged, trend, gain, missed, early)
    confidence *= max(missed, _matters(view.metric))
    slow = _slow(view, judged, trend) if restart is None else 0.0
    confidence = max(confidence, slow)
    if _wound_down(view):
        confidence, slow = AFTER_WINDING_DOWN * confidence, 0.0
    if train is not None and train is not judged and len(train) >= ENOUGH_EPOCHS:
        falls_too = FALLS_TOO.above(measure_trend(train).z)
        confidence, slow = confidence * falls_too, slow * falls_too
    confidence = min(MOST_CERTAIN, confidence)
    if confidence < LEAST_SAID:
        return
    split = "validation" if judged is validation else "training"
    yield Finding(
        "not_converged",
        severity(confidence),
        confidence,
        f"{split} {pair.words} was still improving when the run ended: about {more_epochs} more "
        f"epochs should bring another {say('', gain)} ({say('', low)} to {say('', high)})",
        {
            "slope": number(trend.slope / spaced),
            "gain": number(gain),
            "gain_low": number(low),
            "gain_high": number(high),
            "more_epochs": more_epochs,
            "z": number(trend.z),
        },
        epochs_used=view.span(judged),
        output=pair.output,
    )
    fallen = share(judged.fall, abs(judged.first))
    if slow >= LEAST_SAID and train is not None:
        yield Finding(
            "learning_rate_too_low",
            severity(slow),
            slow,
            f"{split} {pair.words} fell by only {100 * fallen:.0f} % in {view.span(judged)} "
            "epochs, almost in a straight line: the steps are probably too small",
            {"fall_share": number(fallen), "slope_decay": number(trend.decay)},
            epochs_used=view.span(judged),
            output=pair.output,
        )


def plateau(view: CurveView) -> Iterable[Finding]:
    """Count the epochs since validation last improved beyond its noise."""
    train, validation, pair = _parts(view)
    judged = validation or train
    if pair is None or judged is None or len(judged) < 8:
        return
    # The first epoch whose smoothed value is as good as the lowest one, within noise.
    no_gain = max(judged.noise, IDLE_SHARE * judged.fall)
    reached = judged.smoothed <= judged.smoothed[judged.low] + no_gain
    first = int(reached.argmax())
    idle = len(judged) - 1 - first
    if idle < max(IDLE_EPOCHS, len(judged) // 2):
        return
    split = "validation" if judged is validation else "training"
    epoch, epochs = view.epoch(judged, first), view.span(judged, first + 1)
    yield Finding(
        "plateau",
        Severity.INFO,
        PLATEAU_CERTAIN,
        f"{split} {pair.words} has not improved beyond noise for {epochs} epochs, since epoch "
        f"{epoch}",
        {"idle_epochs": epochs, "noise": number(judged.noise)},
        onset_epoch=epoch,
        epochs_used=view.span(judged),
        output=pair.output,
    )
