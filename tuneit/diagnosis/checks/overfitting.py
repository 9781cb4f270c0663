"""Overfitting: validation rises beyond noise while training goes on falling."""

from __future__ import annotations

import math
from collections.abc import Iterable

from tuneit.diagnosis.check import (
    CERTAIN_ENOUGH,
    ENOUGH_EPOCHS,
    LEAST_SAID,
    MIN_EPOCHS,
    Limit,
    RatioLimit,
    called,
    number,
    say,
    severity,
)
from tuneit.diagnosis.rise import FOLLOWED, Rise, followed_training, measure_rise
from tuneit.diagnosis.rows import validation_rows
from tuneit.diagnosis.trend import measure_trend
from tuneit.diagnosis.view import CurveView, Pair, Signal, share
from tuneit.errors.wording import counted
from tuneit.findings import Finding, Severity

RISE_SHARE = RatioLimit(0.037, 1.25)
"""Rise of validation over the distance that the loss fell in the run, from which it matters.

Lies between the largest rise of a healthy run (0.029) and the smallest of an overfitted one
(0.048) among 419 labelled histories. A share of the run's own fall, unlike a share of the
lowest loss, ignores constant terms (penalties) and losses near zero.
"""

LEAST_RELATIVE = RatioLimit(0.03, 1.15)
"""Rise over the lowest validation loss below which it does not matter (a resumed run, whose whole
fall is small, would pass the share alone). Losses at or below zero have no such scale."""

STEEP_RISE, LEAST_STEEP = RatioLimit(0.3, 1.25), RatioLimit(0.005, 1.25)
"""Rise over the lowest validation loss that matters, however steep the first epoch was, if it is at
least this share of the run's fall: losses near zero double by chance."""

RISE_BEHIND, RELATIVE_BEHIND = RatioLimit(0.02, 1.25), RatioLimit(0.045, 1.15)
"""`RISE_SHARE` and `LEAST_RELATIVE` where training has left validation behind (`BEHIND_LEVEL`): a
run that began far above both levels falls so far that any rise is a small share of it."""

RISE_Z = Limit(2.4, 0.6)
"""Rise in standard errors from which it is more than noise; fitted on runs with a large
second validation set that shows the truth."""

GAP_HELPS, WIDE_GAP = 0.3, 0.5
"""Less of that is asked for, by up to this share, where validation ends above training: by half of
the distance that the loss fell, or more. Noise lifts validation whatever training does."""

WORSE, WORSE_SHARE = Limit(2.0, 0.5), 0.25
"""Loss that training gave up since validation's best epoch, over the slack, from which this is no
overfitting. The slack is two noises and the second number's share of validation's rise (chosen)."""

WITHOUT_TRAINING = 0.8
"""What is left of the confidence where no training loss was logged (chosen)."""

NEVER_IMPROVED = 0.65
"""Confidence, at the most, where validation never took part in training's fall."""

ONE_EPOCH = 0.7
"""What is left of the confidence in a rise of the last epoch alone (chosen)."""

BY_METRIC = 0.75
"""Confidence in overfitting from a gap of the metric alone, at the most."""

BEHIND, BEHIND_LEVEL = RatioLimit(0.4, 1.15), RatioLimit(0.5, 1.2)
"""That gap over the distance that the metric's error fell, and over validation's error."""

STILL_CLOSING = Limit(0.2, 0.04)
"""Share of that gap that half as many epochs again would close: then it is not settled."""

FEW_ROWS = RatioLimit(0.9, 1.3)
"""Relative rise, times the root of the validation rows, that another sample of rows may cause."""

MOST_CERTAIN = 0.98
"""Confidence at the most (chosen)."""

FEW_EPOCHS = 2.2
"""Three epochs allow a confidence of 1 - 2.2 / 9 = 0.76 at the most, ten of 0.98."""


def _still_learning(train: Signal | None, onset: float, rise: Rise) -> float:
    """Confidence that training did not get worse with validation (then it is not overfitting)."""
    if train is None:
        return WITHOUT_TRAINING
    after = train.values[train.epochs >= onset]
    if len(after) < 2:
        return 1.0
    # The end against the best epoch, not against the lowest: warm restarts lift training loss.
    worse = train.tail - float(after[: max(1, min(3, len(after) // 4))].mean())
    slack = 2 * train.noise + WORSE_SHARE * rise.size
    return 1.0 if worse <= slack else WORSE.below(worse / slack)


def rise_confidence(pair: Pair, rise: Rise) -> float:
    """How sure it is that a rise of validation is there and matters, in [0, 1]."""
    if rise.size <= 0:
        return 0.0
    grown = share(rise.size, pair.scale) if pair.scale > 0 else 1.0
    relative = 1.0 if rise.low <= 0 else LEAST_RELATIVE.above(rise.relative)
    steep = STEEP_RISE.above(rise.relative) * LEAST_STEEP.above(grown)
    behind = RISE_BEHIND.above(grown) * BEHIND_LEVEL.above(_behind(pair, rise))
    if rise.low > 0:
        behind *= RELATIVE_BEHIND.above(rise.relative)
    size = max(RISE_SHARE.above(grown) * relative, steep, behind)
    # In few epochs the turn itself passes for noise: ask for less of it.
    least = RISE_Z.at * (1 - 1 / rise.epochs) * (1 - GAP_HELPS * _gap(pair, rise))
    return size * RISE_Z.moved(least).above(rise.z)


def _behind(pair: Pair, rise: Rise) -> float:
    """Training's share of the end of validation's cost that is gone: 1 for learned by heart."""
    return 0.0 if pair.train is None else share(rise.end - pair.train.tail, abs(rise.end))


def _gap(pair: Pair, rise: Rise) -> float:
    """How wide the gap is at the end, from 0 to 1."""
    if pair.train is None or pair.scale <= 0:
        return 0.0
    return min(1.0, max(0.0, (rise.end - pair.train.tail) / pair.scale / WIDE_GAP))


def _finding(view: CurveView, pair: Pair, validation: Signal) -> Finding | None:
    rise = measure_rise(validation)
    if rise.length < 1 or rise.size <= 0:
        return None
    onset = float(validation.epochs[rise.onset])
    confidence = rise_confidence(pair, rise) * _still_learning(pair.train, onset, rise)
    if pair.train is not None and followed_training(pair) < FOLLOWED and not view.resumed:
        # Unlike sets and wrong labels look the same.
        confidence = min(confidence, NEVER_IMPROVED)
    if rise.length < 2:
        confidence *= ONE_EPOCH
    rows = validation_rows(view) if confidence >= LEAST_SAID else None
    if rows and rise.low > 0:
        # A few rows answered otherwise make a rise that the epochs' own noise does not show.
        confidence *= FEW_ROWS.moved(FEW_ROWS.at / math.sqrt(rows)).above(rise.relative)
    confidence = min(MOST_CERTAIN, confidence, 1 - FEW_EPOCHS / len(validation) ** 2)
    if confidence < LEAST_SAID:
        return None
    best = view.epoch(validation, rise.onset)
    past = view.span(validation, rise.onset + 1)
    name = called(pair.name)
    low, end = pair.shown(rise.low), pair.shown(rise.end)
    worse = "rose" if pair.goal == "minimize" else "fell"
    evidence: dict[str, float | int | str | None] = {
        "quantity": pair.name,
        "best": number(low),
        "end": number(end),
        "best_epoch": best,
        "rise_share": number(share(rise.size, pair.scale)),
        "rise_relative": number(rise.relative),
        "z": number(rise.z),
        "epochs_past_best": past,
    }
    summary = (
        f"validation {name}, smoothed, {worse} from {say(pair.name, low)} at epoch {best} to "
        f"{say(pair.name, end)} at the end"
    )
    if pair.train is not None:
        last = pair.shown(pair.train.tail)
        evidence["train_end"] = number(last)
        summary += f", while training {name} reached {say(pair.name, last)}"
    return Finding(
        "overfitting",
        severity(confidence),
        confidence,
        f"{summary}: stopping at epoch {best} would have saved "
        f"{counted(past, 'epoch')} and {say('', rise.size)} of {name}",
        evidence,
        onset_epoch=best,
        epochs_used=view.span(validation),
    )


def _far_behind(view: CurveView, pair: Pair) -> Finding | None:
    """A metric that training has nearly perfected and validation has not, in words.

    Where no validation loss was logged. Right answers change little while wrong ones grow more
    confident: of runs with such a gap nearly all had a validation loss that rose.
    """
    train, validation = pair.train, pair.validation
    if train is None or validation is None or view.resumed or pair.scale <= 0:
        return None
    if min(len(train), len(validation)) < ENOUGH_EPOCHS:
        return None
    gap = validation.tail - train.tail
    confidence = BY_METRIC * BEHIND.above(share(gap, pair.scale))
    confidence *= BEHIND_LEVEL.above(share(gap, validation.level))
    gain = measure_trend(validation).gain(max(2, len(validation) // 2))
    confidence *= STILL_CLOSING.below(share(gain, gap))
    if confidence < LEAST_SAID:
        return None
    name = called(pair.name)
    best = view.epoch(validation, validation.low)
    return Finding(
        "overfitting",
        severity(confidence),
        confidence,
        f"training {name} reached {say(pair.name, pair.shown(train.tail))}, validation stays at "
        f"{say(pair.name, pair.shown(validation.tail))} (best at epoch {best}): training is "
        "learned by heart; log the validation loss to see from when on it does harm",
        {
            "quantity": pair.name,
            "train_end": number(pair.shown(train.tail)),
            "end": number(pair.shown(validation.tail)),
            "gap": number(gap),
            "best_epoch": best,
        },
        onset_epoch=best,
        epochs_used=view.span(validation),
    )


def overfitting(view: CurveView) -> Iterable[Finding]:
    """Compare the end of the validation loss with its lowest point.

    The rise must be large against the distance that the loss fell in the run, and against
    the curve's own noise, while training does not get worse. Judged on the loss, or on the
    metric where no validation loss was logged. The condition is the classical early-stopping
    picture (Prechelt, "Early stopping - but when?", 1998) with both scales taken from the curve.
    """
    pair = view.criterion
    if pair is None or pair.validation is None or len(pair.validation) < MIN_EPOCHS:
        return
    found = _finding(view, pair, pair.validation)
    if pair is view.metric and (found is None or found.confidence < CERTAIN_ENOUGH):
        found = _far_behind(view, pair) or found
    if found is not None:
        yield found


def calibration_loss(view: CurveView) -> Iterable[Finding]:
    """Say what it means when the validation loss rises while the validation metric holds.

    The model's wrong answers grow more confident, its answers no worse: the probabilities lose
    their calibration first (Guo et al., "On calibration of modern neural networks", ICML 2017).
    """
    loss, metric = view.loss, view.metric
    if loss is None or metric is None or loss.validation is None or metric.validation is None:
        return
    if min(len(loss.validation), len(metric.validation)) < ENOUGH_EPOCHS:
        return
    rise, held = measure_rise(loss.validation), measure_rise(metric.validation)
    confidence = rise_confidence(loss, rise)
    if confidence < CERTAIN_ENOUGH or rise_confidence(metric, held) >= CERTAIN_ENOUGH:
        return
    yield Finding(
        "calibration_loss",
        Severity.INFO,
        min(confidence, 1.0 - rise_confidence(metric, held)),
        f"validation loss rose while validation {called(metric.name)} held at "
        f"{say(metric.name, metric.shown(held.end))}: wrong answers become more confident, not "
        "more frequent; probabilities suffer, decisions hardly",
        {
            "val_loss_best": number(rise.low),
            "val_loss_end": number(rise.end),
            f"val_{metric.name}_best": number(metric.shown(held.low)),
            f"val_{metric.name}_end": number(metric.shown(held.end)),
        },
        onset_epoch=view.epoch(loss.validation, rise.onset),
        epochs_used=view.span(loss.validation),
    )
