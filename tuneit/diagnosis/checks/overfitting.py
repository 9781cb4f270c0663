"""Overfitting: validation rises while training goes on falling, or ends far behind it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from tuneit.diagnosis.check import (
    CERTAIN_ENOUGH,
    ENOUGH_EPOCHS,
    LEAST_SAID,
    MIN_EPOCHS,
    Limit,
    RatioLimit,
    number,
    say,
    severity,
)
from tuneit.diagnosis.gap import (
    PART_WORSE,
    TIMES_WORSE,
    Gap,
    gap_confidence,
    gap_in_numbers,
    gap_in_words,
    measure_gap,
)
from tuneit.diagnosis.rise import FOLLOWED, Rise, followed_training, measure_rise
from tuneit.diagnosis.rows import validation_rows
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
"""`RISE_Z` is lowered by up to the first, a share, if validation ends above training; fully from a
gap of the second, a share of the loss's fall. Mere noise lifts validation whatever training
does."""

WORSE, WORSE_SHARE = Limit(2.0, 0.5), 0.25
"""Rise of the training loss since validation's best epoch, divided by the slack, from which this is
no overfitting. The slack is twice the noise, plus the second number times validation's rise
(chosen)."""

WITHOUT_TRAINING = 0.8
"""The confidence is multiplied by this if no training loss was logged (chosen)."""

NEVER_IMPROVED = 0.57
"""The highest confidence if validation never followed training's fall."""

ONE_EPOCH = 0.7
"""The confidence in a rise of only the last epoch is multiplied by this (chosen)."""

BEHIND_LEVEL = RatioLimit(0.5, 1.2)
"""Gap divided by validation's cost, from which training has left validation behind."""

FEW_ROWS = RatioLimit(0.9, 1.3)
"""Relative rise that another sample of rows may cause, times the square root of their number."""

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
    best = float(after[: max(1, min(3, len(after) // 4))].mean())
    worse = train.tail - best
    undone = TIMES_WORSE.above(share(train.tail, best)) * PART_WORSE.above(share(worse, rise.size))
    slack = 2 * train.noise + WORSE_SHARE * rise.size
    return (1.0 if worse <= slack else WORSE.below(worse / slack)) * (1 - undone)


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
    # In few epochs the turn itself counts as noise: a smaller rise is enough.
    least = RISE_Z.at * (1 - 1 / rise.epochs) * (1 - GAP_HELPS * _gap(pair, rise))
    return size * RISE_Z.moved(least).above(rise.z)


def _behind(pair: Pair, rise: Rise) -> float:
    """The gap as a share of validation's final cost: 1 if training's cost is 0 (learned by
    heart)."""
    return 0.0 if pair.train is None else share(rise.end - pair.train.tail, abs(rise.end))


def _gap(pair: Pair, rise: Rise) -> float:
    """How wide the gap is at the end, from 0 to 1."""
    if pair.train is None or pair.scale <= 0:
        return 0.0
    return min(1.0, max(0.0, (rise.end - pair.train.tail) / pair.scale / WIDE_GAP))


def _never_followed(view: CurveView, pair: Pair | None) -> bool:
    """Whether validation fell by next to nothing of training's fall."""
    return pair is not None and followed_training(pair) < FOLLOWED and not view.resumed


def _finding(view: CurveView, pair: Pair, validation: Signal) -> Finding | None:
    rise = measure_rise(validation)
    if rise.length < 1 or rise.size <= 0:
        return None
    onset = float(validation.epochs[rise.onset])
    confidence = rise_confidence(pair, rise) * _still_learning(pair.train, onset, rise)
    if pair.train is not None and _never_followed(view, pair):
        # Sets that differ, and wrong labels, look the same.
        confidence = min(confidence, NEVER_IMPROVED)
    if rise.length < 2:
        confidence *= ONE_EPOCH
    rows = validation_rows(view) if confidence >= LEAST_SAID else None
    if rows and rise.low > 0:
        # A few rows with other answers cause a rise that the noise between epochs does not show.
        confidence *= FEW_ROWS.moved(FEW_ROWS.at / math.sqrt(rows)).above(rise.relative)
    confidence = min(MOST_CERTAIN, confidence, 1 - FEW_EPOCHS / len(validation) ** 2)
    if confidence < LEAST_SAID:
        return None
    best = view.epoch(validation, rise.onset)
    past = view.span(validation, rise.onset + 1)
    name = pair.words
    low, end = pair.shown(rise.low), pair.shown(rise.end)
    worse = "rose" if pair.goal == "minimize" else "fell"
    evidence: dict[str, float | int | str | None] = {
        "evidence": "rise",
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
        output=pair.output,
    )


def _by_gap(view: CurveView, gap: Gap, confidence: float) -> Finding | None:
    """A wide gap that does not close, in words."""
    if confidence < LEAST_SAID:
        return None
    pair = gap.pair
    name, train, end = pair.words, pair.shown(gap.train), pair.shown(gap.validation)
    return Finding(
        "overfitting",
        severity(confidence),
        confidence,
        f"training {name} reached {say(pair.name, train)}, validation stays at "
        f"{say(pair.name, end)}: {gap_in_words(gap)}. What was learned of the training rows does "
        "not hold on others; nothing rises, so that stopping earlier would not help",
        {
            "evidence": "gap",
            "quantity": pair.name,
            "train_end": number(train),
            "end": number(end),
            **gap_in_numbers(gap),
        },
        epochs_used=len(view),
        output=pair.output,
    )


def overfitting(view: CurveView) -> Iterable[Finding]:
    """Look for a validation that rises while training falls, or that ends far behind training.

    Rise: the end of the validation loss against its lowest point. It must be large against the
    distance that the loss fell in the run, and against the curve's own noise, while training does
    not get worse. Judged on the loss, or on the metric where no validation loss was logged. This
    is the classical early-stopping picture (Prechelt, "Early stopping - but when?", 1998) with both
    scales taken from the curve.

    Gap: the end of validation against the end of training, where validation no longer comes nearer.
    It must be large against noise, against validation's own error and against what training
    reached; a small gap near perfection is none (Ng, "Machine learning yearning", 2018, chapters 20
    to 22: 1 % training error against 11 % is high variance). Where something is known to be
    possible, it must cost a good part of the way there. The finding tells of the surer evidence;
    together they are surer still.
    """
    pair = view.criterion
    rising = None
    if pair is not None and pair.validation is not None and len(pair.validation) >= MIN_EPOCHS:
        rising = _finding(view, pair, pair.validation)
    gap = measure_gap(view)
    wide = 0.0 if gap is None else gap_confidence(view, gap)
    if gap is not None and _never_followed(view, gap.pair):
        wide = min(wide, NEVER_IMPROVED)
    alone = 0.0 if rising is None else rising.confidence
    either = 1 - (1 - alone) * (1 - wide)
    if max(alone, wide) <= NEVER_IMPROVED and _never_followed(view, pair):
        # Both may come from sets that differ: they do not confirm each other.
        either = max(alone, wide)
    if gap is None or (rising is not None and alone >= min(wide, CERTAIN_ENOUGH)):
        found = rising
        if found is not None and gap is not None and wide >= LEAST_SAID:
            found = replace(
                found,
                summary=f"{found.summary}; {gap_in_words(gap)}",
                evidence={**found.evidence, **gap_in_numbers(gap)},
            )
    else:
        found = _by_gap(view, gap, wide)
    if found is not None:
        yield replace(found, confidence=either, severity=severity(either))


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
        f"validation loss rose while validation {metric.full_words} held at "
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
