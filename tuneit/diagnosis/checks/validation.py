"""What is wrong with the validation set, as far as curves can tell."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from tuneit.diagnosis.check import called, log_odds, number, odds, say, severity
from tuneit.diagnosis.rise import WENT_ALONG, measure_rise, went_along
from tuneit.diagnosis.rows import validation_rows
from tuneit.diagnosis.view import CurveView, Pair, Signal, share
from tuneit.findings import Finding, Reference, Severity

MIN_EPOCHS = 6
SWING_SIZE = 0.1
"""Noise of validation from which it drowns the picture: geometric mean of its shares of the
distance that the loss fell and of the loss's level (a loss that begins high dwarfs any later noise,
of a loss near zero any noise is large)."""

SWING_LEVEL = 0.08
"""The same noise over the validation loss's level."""

SWING_RATIO = 3.0
"""Noise of validation over noise of training: below, it is training itself that swings."""

LEARNED = 0.35
"""A run that lost less of its training loss may have been resumed: its early gap is an old one."""

FAMILIAR = 0.9
"""A training metric above this in the first epoch is that of a model trained before."""

FAR_EASIER = 8.0
"""Training's loss over validation's from which dropout cannot be the reason."""

NEVER_IMPROVED = 0.4
"""Confidence in unlike sets, at the most, where validation went nowhere: curves cannot tell."""

UNLIKE_Z = 2.2
"""Standard errors of validation's best loss above training's first, where rows are known."""

APART_SHARE = 0.35
"""Distance of validation from training, over the loss's fall, that is suspicious early on."""


def _binomial(metric: Pair | None, reference: Reference) -> float | None:
    """The standard error of a share measured on the validation rows, sqrt(p (1 − p) / n)."""
    if metric is None or metric.validation is None or reference.n_validation is None:
        return None
    if metric.name not in ("accuracy", "error"):
        return None
    p = min(1.0, max(0.0, metric.validation.tail))
    return math.sqrt(p * (1 - p) / max(1, reference.n_validation))


def noisy_validation(look: CurveView) -> Iterable[Finding]:
    """Compare the swings of validation with training's swings, with its level, and its fall.

    Where the number of validation rows is known, the summary says how much of the metric's
    swing a set of that size explains by itself (binomial standard error).
    """
    pair = look.criterion
    if pair is None or pair.validation is None or len(pair.validation) < MIN_EPOCHS:
        return
    swing, train = pair.validation.swing, pair.train
    of_level = share(swing, pair.validation.level)
    size = math.sqrt(of_level * share(swing, pair.scale))
    confidence = log_odds(size, SWING_SIZE, 1.2) if pair.scale > 0 else 0.5
    confidence *= log_odds(of_level, SWING_LEVEL, 1.25)
    if train is not None:
        confidence *= log_odds(share(swing, train.noise), SWING_RATIO, 1.25)
    confidence = min(0.95, confidence)
    if confidence < 0.2:
        return
    expected = _binomial(look.metric, look.reference)
    evidence: dict[str, float | int | str | None] = {
        "swing": number(swing),
        "train_swing": number(train.noise) if train is not None else None,
        "swing_over_level": number(share(swing, pair.validation.level)),
    }
    explained = ""
    if expected is not None and look.metric is not None and look.metric.validation is not None:
        seen = look.metric.validation.noise
        evidence |= {"binomial_error": number(expected), "metric_swing": number(seen)}
        explained = (
            f"; {look.reference.n_validation} rows alone explain swings of "
            f"{say(look.metric.name, expected)} of {called(look.metric.name)}, seen are "
            f"{say(look.metric.name, seen)}"
        )
    yield Finding(
        "noisy_validation",
        severity(confidence),
        confidence,
        f"validation {called(pair.name)} swings by {swing:.2g} from epoch to epoch, "
        f"{100 * share(swing, pair.validation.level):.0f} % of its level{explained}",
        evidence,
        epochs_used=look.span(pair.validation),
    )


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


def _apart(look: CurveView, pair: Pair) -> tuple[float, float, str] | None:
    """Confidence, mean distance and direction of a validation that is apart from the start."""
    if pair.train is None or pair.validation is None or look.resumed:
        return None
    both = _paired(pair.train, pair.validation)
    if both is None or pair.scale <= 0:
        return None
    train, validation = both
    distance = validation.values - train.values
    half = len(distance) // 2
    early, late = float(np.median(distance[:half])), float(np.median(distance[half:]))
    start = float(distance[0])
    learned = log_odds(share(train.fall, abs(train.first)), LEARNED, 1.2)
    if min(early, late) > 0 and start > 0:
        # Overfitting opens a gap with time; a gap that is there at once comes from the data.
        at_once = min(start, float(np.median(distance[: max(2, half // 2)])))
        confidence = learned * log_odds(at_once / pair.scale, APART_SHARE, 1.25)
        confidence *= log_odds(share(at_once, late), 0.6, 1.2)
        return confidence, late, "harder"
    if max(early, late) < 0:
        # Dropout, augmentation and averaging over the epoch make validation look easier by
        # themselves: only a loss below half of training's at the end is out of their reach.
        ratio = share(train.tail, validation.tail) if validation.tail > 0 else 0.0
        confidence = learned * log_odds(-late / pair.scale, 0.3, 1.25)
        confidence *= log_odds(ratio, 2.5, 1.25)
        return confidence, late, "easier"
    return None


def unlike_from_the_start(look: CurveView, pair: Pair) -> float:
    """Confidence that validation was drawn otherwise than training, by the first epoch's loss.

    In the first epoch every row is new to the model when its loss is taken, as validation rows
    are after it ("test, then train": Dawid, "Prequential analysis", 1984). Validation that never
    comes down to that loss, however long training goes on, is another kind of data. Not said of
    resumed runs, nor of small sets beyond their own error (of about level / sqrt(rows)).
    """
    train, validation = pair.train, pair.validation
    if pair.name != "loss" or train is None or validation is None or look.resumed:
        return 0.0
    if len(validation) < MIN_EPOCHS or len(train) < MIN_EPOCHS or train.first <= 0:
        return 0.0
    if train.epochs[0] != 0 or share(train.fall, abs(train.first)) < LEARNED:
        return 0.0
    metric = look.metric
    shown = metric.train if metric is not None and metric.goal == "maximize" else None
    if metric is not None and shown is not None and metric.shown(shown.first) > FAMILIAR:
        return 0.0
    lowest = float(np.min(validation.smoothed))
    if lowest <= train.first:
        return 0.0
    # All epochs share the rows' own error, which swings from epoch to epoch do not show.
    rows = validation_rows(look)
    error = lowest / math.sqrt(rows) if rows else min(validation.noise, 0.1 * lowest)
    return (
        (0.85 if rows else 0.75)
        * log_odds(share(lowest, train.first), 1.1, 1.04)
        * odds((lowest - train.first) / error, UNLIKE_Z if rows else 3.0, 0.5)
    )


def _stands_still(pair: Pair, metric: Pair | None) -> bool:
    """Whether validation repeats one value while training learns: it does not measure the model."""
    train, validation = pair.train, pair.validation
    if train is None or validation is None or len(validation) < MIN_EPOCHS:
        return False
    judged = metric.validation if metric is not None and metric.goal == "maximize" else None
    if metric is not None and judged is not None and metric.shown(judged.tail) > 0.95:
        return False
    spread = float(np.ptp(validation.values[1:]))
    learned = share(train.fall, abs(train.first)) > 0.15 and train.fall > 6 * train.noise
    return learned and spread <= 1e-6 * validation.level


def _still(look: CurveView, pair: Pair, validation: Signal) -> Finding:
    value = pair.shown(validation.tail)
    return Finding(
        "unrepresentative_validation",
        severity(0.7),
        0.7,
        f"validation {called(pair.name)} stands still at {say(pair.name, value)} "
        "while training learns: validation does not measure this model (other inputs or scaling, "
        "a layer that behaves otherwise in inference, or data cached once)",
        {"validation": number(value)},
        onset_epoch=look.epoch(validation, 0),
        epochs_used=look.span(validation),
    )


def unrepresentative_validation(look: CurveView) -> Iterable[Finding]:
    """Look for a validation loss that is far from training's from the first epoch to the last.

    Only a suspicion: training is logged with dropout and as the mean over a changing model, so
    curves alone seldom separate an unlike validation set from regularisation: confidence
    stays at 0.6 or below, unless validation is worse than training's very first epoch. A
    drift test between the splits would decide.
    """
    pair = look.criterion
    if pair is None or pair.validation is None:
        return
    if _stands_still(pair, look.metric):
        yield _still(look, pair, pair.validation)
        return
    found = [
        _never_as_good(look, pair),
        _far_apart(look, pair),
        _never_improved(look, pair),
    ]
    yield from sorted((f for f in found if f is not None), key=lambda f: -f.confidence)[:1]


def _never_as_good(look: CurveView, pair: Pair) -> Finding | None:
    """Validation against training's first epoch, in words."""
    unlike = unlike_from_the_start(look, pair)
    if unlike < 0.2 or pair.train is None or pair.validation is None:
        return None
    lowest = float(np.min(pair.validation.smoothed))
    return Finding(
        "unrepresentative_validation",
        severity(unlike),
        unlike,
        f"validation {called(pair.name)} never gets better than "
        f"{say(pair.name, pair.shown(lowest))}, while training had "
        f"{say(pair.name, pair.shown(pair.train.first))} in its first epoch, when every row "
        "was as new to the model: the two sets are unlike",
        {
            "validation_best": number(pair.shown(lowest)),
            "train_first": number(pair.shown(pair.train.first)),
        },
        onset_epoch=look.epoch(pair.validation, 0),
        epochs_used=look.span(pair.validation),
    )


def _never_improved(look: CurveView, pair: Pair) -> Finding | None:
    """Training gets far and takes validation nowhere, in words: a possibility, never a verdict."""
    train, validation = pair.train, pair.validation
    if train is None or validation is None or look.resumed or len(validation) < MIN_EPOCHS:
        return None
    learned = log_odds(share(train.fall, abs(train.first)), LEARNED, 1.2)
    confidence = NEVER_IMPROVED * learned * odds(-went_along(pair), -WENT_ALONG, 0.02)
    if confidence < 0.2:
        return None
    return Finding(
        "unrepresentative_validation",
        Severity.INFO,
        confidence,
        f"validation {called(pair.name)} never improved by much while training's went from "
        f"{say(pair.name, pair.shown(train.first))} to {say(pair.name, pair.shown(train.tail))}: "
        "learned by heart from the start, or possibly the two sets (or their labels) are unlike",
        {"fall_over_scale": number(went_along(pair))},
        onset_epoch=look.epoch(validation, 0),
        epochs_used=look.span(validation),
    )


def _far_apart(look: CurveView, pair: Pair) -> Finding | None:
    """A distance between the splits from the first epochs on, in words."""
    apart = _apart(look, pair)
    if apart is None or pair.validation is None:
        return None
    confidence, distance, direction = apart
    if look.reference.n_validation:
        # A small set may be harder by chance: its loss's own error is about level / sqrt(rows).
        error = pair.validation.level / math.sqrt(look.reference.n_validation)
        confidence *= odds(abs(distance) / error, 3.0, 0.5)
    most = {"harder": 0.6, "easier": 0.52}[direction]
    if direction == "easier" and pair.train is not None:
        ratio = share(pair.train.tail, pair.validation.tail)
        most += 0.2 * log_odds(ratio, FAR_EASIER, 1.25)
    confidence *= most
    if pair.train is not None and measure_rise(pair.validation).length > 1:
        # A gap that goes on widening has a better explanation.
        rise = measure_rise(pair.validation)
        confidence *= odds(-share(rise.size, abs(distance)), -0.6, 0.1)
    if confidence < 0.2:
        return None
    return Finding(
        "unrepresentative_validation",
        severity(confidence),
        confidence,
        f"validation {called(pair.name)} is {direction} than training by {abs(distance):.2g} from "
        "the first epochs on: possibly the two sets are unlike",
        {"distance": number(distance), "distance_over_fall": number(distance / pair.scale)},
        onset_epoch=look.epoch(pair.validation, 0),
        epochs_used=look.span(pair.validation),
    )


def leakage(look: CurveView) -> Iterable[Finding]:
    """Suspect leakage where validation is near-perfect after one epoch, and training is not.

    Easy problems look the same, hence a possibility only: duplicates across the splits and
    single-feature predictors must be looked for in the data.
    """
    metric = look.metric
    if metric is None or metric.validation is None or metric.goal == "minimize" or look.resumed:
        return
    first = metric.shown(metric.validation.first)
    if metric.validation.epochs[0] != 0 or not 0.98 <= first <= 1.0:
        return
    train = metric.shown(metric.train.first) if metric.train is not None else None
    if train is not None and train > 0.9:
        return
    yield Finding(
        "leakage",
        Severity.INFO,
        0.45 if first >= 0.995 else 0.3,
        f"validation {called(metric.name)} is {say(metric.name, first)} after the first epoch: an "
        "easy problem, or validation rows that training has seen",
        {
            "validation_first": number(first),
            "train_first": None if train is None else number(train),
        },
        onset_epoch=look.epoch(metric.validation, 0),
        epochs_used=1,
    )
