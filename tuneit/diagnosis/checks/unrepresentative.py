"""A validation set that is unlike the training set, as far as curves show it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from tuneit.diagnosis.check import (
    BEYOND_NOISE,
    CONSTANT,
    GOOD,
    LEAST_SAID,
    NEARLY_PERFECT,
    Limit,
    RatioLimit,
    number,
    say,
    severity,
)
from tuneit.diagnosis.rise import FOLLOWED, followed_training, measure_rise
from tuneit.diagnosis.rows import validation_rows
from tuneit.diagnosis.view import CurveView, Pair, Signal, share
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity

MIN_EPOCHS = 6
"""Epochs from which validation is judged (chosen)."""

LEARNED = RatioLimit(0.35, 1.2)
"""A run whose training loss fell by a smaller share may be a resumed one, which begins with a
gap."""

HARDER, EASIER = RatioLimit(0.35, 1.25), RatioLimit(0.3, 1.25)
"""Distance of validation above (below) training, over the loss's fall, that is suspicious from the
first epochs on (to the last)."""

TIMES_EASIER, FAR_EASIER = RatioLimit(2.5, 1.25), RatioLimit(8.0, 1.25)
"""Training's loss divided by validation's, from which dropout is hardly the reason, and cannot
be."""

HARDER_CERTAIN, EASIER_CERTAIN, FAR_EASIER_ADDS = 0.6, 0.52, 0.2
"""Confidence in unlike sets at the most where validation is harder, and where it is easier, and
what to add to it where it is far easier: regularisation looks alike (chosen)."""

STILL_RISES = Limit(0.6, 0.1)
"""Rise of validation over that distance, from which overfitting explains the distance better."""

UNLIKE = RatioLimit(1.1, 1.04)
"""Validation's best loss over training's first, from which validation is another kind of data."""

UNLIKE_Z = Limit(2.2, 0.5)
"""Standard errors by which the first must exceed the second, if the number of rows is known; else
`BEYOND_NOISE` applies to validation's own noise, which counts as at most `UNKNOWN_ERROR`."""

UNKNOWN_ERROR = 0.1
"""The error of validation's loss, as a share of it, that is allowed for unknown numbers of rows
(chosen)."""

UNLIKE_CERTAIN, UNLIKE_CERTAIN_OF_NOISE = 0.85, 0.75
"""Confidence at the most, in the same two cases (chosen)."""

NEVER_IMPROVED = 0.4
"""Confidence in unlike sets, at the most, where validation did not improve: curves show no more."""

WENT_NOWHERE = Limit(FOLLOWED, 0.02)
"""Validation's fall over training's below which it went nowhere."""

STILL_LEARNED, STILL_Z = 0.15, 6
"""Share of its loss that training lost while validation stayed constant, and noises (chosen)."""

STILL_CERTAIN = 0.7
"""Confidence that such a validation does not measure the model (chosen)."""


def _paired(train: Signal, validation: Signal) -> tuple[Signal, Signal] | None:
    if np.array_equal(train.epochs, validation.epochs):
        return (train, validation) if len(train) >= MIN_EPOCHS else None
    common = np.intersect1d(train.epochs, validation.epochs)
    if len(common) < MIN_EPOCHS:
        return None
    return (
        Signal(train.values[np.isin(train.epochs, common)], common),
        Signal(validation.values[np.isin(validation.epochs, common)], common),
    )


def _distance(view: CurveView, pair: Pair) -> tuple[float, float, str] | None:
    """Confidence, mean distance and direction of a validation that is seen from the start."""
    if pair.train is None or pair.validation is None or view.resumed:
        return None
    both = _paired(pair.train, pair.validation)
    if both is None or pair.scale <= 0:
        return None
    train, validation = both
    distance = validation.values - train.values
    half = len(distance) // 2
    early, late = float(np.median(distance[:half])), float(np.median(distance[half:]))
    start = float(distance[0])
    learned = LEARNED.above(share(train.fall, abs(train.first)))
    if min(early, late) > 0 and start > 0:
        # Overfitting opens a gap with time; a gap that is there at once comes from the data.
        at_once = min(start, float(np.median(distance[: max(2, half // 2)])))
        confidence = learned * HARDER.above(at_once / pair.scale)
        return confidence, late, "harder"
    if max(early, late) < 0:
        # Dropout, augmentation and averaging over the epoch make validation look easier by
        # themselves: only a loss below half of training's at the end is out of their reach.
        ratio = share(train.tail, validation.tail) if validation.tail > 0 else 0.0
        confidence = learned * EASIER.above(-late / pair.scale)
        confidence *= TIMES_EASIER.above(ratio)
        return confidence, late, "easier"
    return None


def unlike_from_the_start(view: CurveView, pair: Pair) -> float:
    """Confidence that validation is another kind of data, by the first epoch's loss.

    In the first epoch every row is new to the model when its loss is taken, as validation rows
    are after it ("test, then train": Dawid, "Prequential analysis", 1984). Validation that never
    comes down to that loss, however long training goes on, is another kind of data. Not said of
    resumed runs, nor of small sets beyond their own error (of about level / sqrt(rows)).
    """
    train, validation = pair.train, pair.validation
    if pair.name != "loss" or train is None or validation is None or view.resumed:
        return 0.0
    if len(validation) < MIN_EPOCHS or len(train) < MIN_EPOCHS or train.first <= 0:
        return 0.0
    if train.epochs[0] != 0 or share(train.fall, abs(train.first)) < LEARNED.at:
        return 0.0
    metric = view.metric
    shown = metric.train if metric is not None and metric.goal == "maximize" else None
    if metric is not None and shown is not None and metric.shown(shown.first) > GOOD:
        return 0.0
    lowest = float(np.min(validation.smoothed))
    if lowest <= train.first:
        return 0.0
    # All epochs share the rows' own error, which swings from epoch to epoch do not show.
    rows = validation_rows(view)
    error = lowest / math.sqrt(rows) if rows else min(validation.noise, UNKNOWN_ERROR * lowest)
    return (
        (UNLIKE_CERTAIN if rows else UNLIKE_CERTAIN_OF_NOISE)
        * UNLIKE.above(share(lowest, train.first))
        * (UNLIKE_Z if rows else BEYOND_NOISE).above((lowest - train.first) / error)
    )


def _is_constant(pair: Pair, metric: Pair | None) -> bool:
    """Whether validation repeats one value while training learns: it does not measure the model."""
    train, validation = pair.train, pair.validation
    if train is None or validation is None or len(validation) < MIN_EPOCHS:
        return False
    judged = metric.validation if metric is not None and metric.goal == "maximize" else None
    if metric is not None and judged is not None and metric.shown(judged.tail) > NEARLY_PERFECT:
        return False
    spread = float(np.ptp(validation.values[1:]))
    learned = share(train.fall, abs(train.first)) > STILL_LEARNED
    return learned and train.fall > STILL_Z * train.noise and spread <= CONSTANT * validation.level


def _constant(view: CurveView, pair: Pair, validation: Signal) -> Finding:
    value = pair.shown(validation.tail)
    return Finding(
        "unrepresentative_validation",
        severity(STILL_CERTAIN),
        STILL_CERTAIN,
        f"validation {pair.words} stands still at {say(pair.name, value)} "
        "while training learns: validation does not measure this model (other inputs or scaling, "
        "a layer that behaves otherwise in inference, or data cached once)",
        {"validation": number(value)},
        onset_epoch=view.epoch(validation, 0),
        epochs_used=view.span(validation),
        output=pair.output,
    )


def unrepresentative_validation(view: CurveView) -> Iterable[Finding]:
    """Look for a validation loss that is far from training's from the first epoch to the last.

    Only a suspicion: training is logged with dropout and as the mean over a changing model, so
    curves alone seldom separate an unlike validation set from regularisation: confidence
    stays at 0.6 or below, unless validation is worse than training's very first epoch. A
    drift test between the splits would decide.
    """
    pair = view.criterion
    if pair is None or pair.validation is None:
        return
    if _is_constant(pair, view.metric):
        yield _constant(view, pair, pair.validation)
        return
    found = [
        _never_as_good(view, pair),
        _far_apart(view, pair),
        _never_improved(view, pair),
    ]
    yield from sorted((f for f in found if f is not None), key=lambda f: -f.confidence)[:1]


def _never_as_good(view: CurveView, pair: Pair) -> Finding | None:
    """Validation against training's first epoch, in words."""
    unlike = unlike_from_the_start(view, pair)
    if unlike < LEAST_SAID or pair.train is None or pair.validation is None:
        return None
    lowest = float(np.min(pair.validation.smoothed))
    return Finding(
        "unrepresentative_validation",
        severity(unlike),
        unlike,
        f"validation {pair.words} never gets better than "
        f"{say(pair.name, pair.shown(lowest))}, while training had "
        f"{say(pair.name, pair.shown(pair.train.first))} in its first epoch, when every row "
        "was as new to the model: the two sets are unlike",
        {
            "validation_best": number(pair.shown(lowest)),
            "train_first": number(pair.shown(pair.train.first)),
        },
        onset_epoch=view.epoch(pair.validation, 0),
        epochs_used=view.span(pair.validation),
        output=pair.output,
    )


def _never_improved(view: CurveView, pair: Pair) -> Finding | None:
    """Training gets far and takes validation nowhere, in words: a possibility, never a verdict."""
    train, validation = pair.train, pair.validation
    if train is None or validation is None or view.resumed or len(validation) < MIN_EPOCHS:
        return None
    learned = LEARNED.above(share(train.fall, abs(train.first)))
    confidence = NEVER_IMPROVED * learned * WENT_NOWHERE.below(followed_training(pair))
    if confidence < LEAST_SAID:
        return None
    return Finding(
        "unrepresentative_validation",
        Severity.INFO,
        confidence,
        f"validation {pair.words} never improved by much while training's went from "
        f"{say(pair.name, pair.shown(train.first))} to {say(pair.name, pair.shown(train.tail))}: "
        "learned by heart from the start, or possibly the two sets (or their labels) are unlike",
        {"fall_over_scale": number(followed_training(pair))},
        onset_epoch=view.epoch(validation, 0),
        epochs_used=view.span(validation),
        output=pair.output,
    )


def _far_apart(view: CurveView, pair: Pair) -> Finding | None:
    """A distance between the splits from the first epochs on, in words."""
    seen = _distance(view, pair)
    if seen is None or pair.validation is None:
        return None
    confidence, distance, direction = seen
    if view.reference.n_validation:
        # A small set may be harder by chance: its loss's own error is about level / sqrt(rows).
        error = pair.validation.level / math.sqrt(view.reference.n_validation)
        confidence *= BEYOND_NOISE.above(abs(distance) / error)
    most = HARDER_CERTAIN if direction == "harder" else EASIER_CERTAIN
    if direction == "easier" and pair.train is not None:
        ratio = share(pair.train.tail, pair.validation.tail)
        most += FAR_EASIER_ADDS * FAR_EASIER.above(ratio)
    confidence *= most
    if pair.train is not None and measure_rise(pair.validation).length > 1:
        # A gap that goes on widening has a better explanation.
        rise = measure_rise(pair.validation)
        confidence *= STILL_RISES.below(share(rise.size, abs(distance)))
    if confidence < LEAST_SAID:
        return None
    return Finding(
        "unrepresentative_validation",
        severity(confidence),
        confidence,
        f"validation {pair.words} is {direction} than training by {figures(abs(distance), 2)} from "
        "the first epochs on: possibly the two sets are unlike",
        {"distance": number(distance), "distance_over_fall": number(distance / pair.scale)},
        onset_epoch=view.epoch(pair.validation, 0),
        epochs_used=view.span(pair.validation),
        output=pair.output,
    )
