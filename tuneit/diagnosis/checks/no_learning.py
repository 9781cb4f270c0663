"""No learning: a run that does not beat guessing."""

from __future__ import annotations

from collections.abc import Iterable

from tuneit.diagnosis.aims import judged_pair
from tuneit.diagnosis.check import (
    BEYOND_NOISE,
    CERTAIN_ENOUGH,
    CONSTANT,
    ENOUGH_EPOCHS,
    GOOD,
    LEAST_SAID,
    NEARLY_PERFECT,
    RatioLimit,
    number,
    say,
)
from tuneit.diagnosis.comparison import compare
from tuneit.diagnosis.guessing import (
    CHANCE_BAND,
    FLAT,
    SLOW,
    at_chance,
    beats_guessing,
    guess_loss,
    half_way_to_the_aim,
    learned_by_heart,
    no_better_than_trivial,
)
from tuneit.diagnosis.rise import measure_rise
from tuneit.diagnosis.trend import measure_trend
from tuneit.diagnosis.view import CurveView, Pair, Signal, share
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity

MIN_EPOCHS = 4

SLOW_Z, SLOW_FALL = 8.0, 0.001
"""Standard errors from which a slow fall is certain, and its least share of the level."""

FELL = RatioLimit(0.1, 1.2)
"""Fall of the training loss, divided by its level, from which something was learned whatever the
metric says. A loss that rises by as much does not stay at guessing's (chosen)."""

TINY = 1e-9
"""The least fall, as a share of the level: less is rounding."""

RESTS = 0.9
"""The highest confidence that a loss which fell from above stays at guessing's (chosen)."""

IMPROVED, IMPROVED_Z = 0.03, 4
"""Gain of a training metric, in its unit and in noises, that is learning (chosen)."""

METRIC_IMPROVED, UNSEEN_METRIC = 0.4, 0.8
"""The confidence in guessing is multiplied by the first if the metric improved nevertheless, and by
the second if there is no metric and the loss fell (chosen)."""

POOR = 0.6
"""A metric below is poor (chosen)."""

FLAT_ALONE, FLAT_AND_POOR, FLAT_AND_FAIR = 0.75, 0.92, 0.6
"""The highest confidence in a flat loss: without a metric, with a poor one, with a fair one
(chosen)."""

FROZEN = (0.8, 0.9)
"""Confidence in no learning where one metric stands still, and where both splits' do (chosen)."""

FROZEN_METRIC = 0.4
"""The first of these is multiplied by this if the loss fell by half: on few rows all answers may
stay the same (chosen)."""

MOST_CERTAIN = 0.98
"""Confidence at the most (chosen)."""


def _falls_slowly(view: CurveView) -> bool:
    """Whether training and validation both fall slowly: the steps are too small, nothing is broken.

    A model that learns shuffled labels by heart lowers its training loss alone.
    """
    pair = view.loss
    if pair is None:
        return False
    # Dropout and small batches blur training's fall, not validation's.
    judged = pair.validation or pair.train
    if (
        judged is None
        or len(judged) < ENOUGH_EPOCHS
        or share(judged.fall, judged.level) < SLOW_FALL
    ):
        return False
    trend = measure_trend(judged)
    if trend.z < SLOW_Z or trend.decay < 0.5:
        return False
    if judged is pair.train or pair.train is None:
        return True
    if len(pair.train) < ENOUGH_EPOCHS or share(pair.train.fall, pair.train.level) < SLOW_FALL:
        return False
    least = SLOW_Z if share(judged.fall, judged.level) < FLAT.at else 0.0
    return measure_trend(pair.train).z > least


def _frozen(metric: Pair | None) -> float:
    """Confidence that a metric stands still far from perfection: one class for everything."""
    if metric is None:
        return 0.0
    signals = [
        s for s in (metric.train, metric.validation) if s is not None and len(s) >= ENOUGH_EPOCHS
    ]
    if not signals:
        return 0.0
    still = all(s.values.max() - s.values.min() <= CONSTANT * s.level for s in signals)
    value = metric.shown(signals[0].tail)
    # An error that was logged with two digits may stand still in a run that has settled.
    exact = float(f"{value:.2g}") != value
    poor = value < NEARLY_PERFECT if metric.goal == "maximize" else exact
    return FROZEN[len(signals) - 1] if still and poor else 0.0


def _flat(view: CurveView, train: Signal) -> float:
    """Confidence that the training loss never fell: resumed runs and good metrics excepted."""
    if view.resumed:
        return 0.0
    # The noise of a flat series spoils its lowest value: compare the ends.
    width = max(1, len(train) // 4)
    fallen = float(train.values[:width].mean() - train.values[-width:].mean())
    flat = FLAT.below(share(fallen, train.level))
    metric = view.metric
    if metric is None or metric.goal == "minimize" or metric.train is None:
        return FLAT_ALONE * flat
    shown = metric.shown(metric.train.tail)
    learned = metric.train.fall > max(IMPROVED, IMPROVED_Z * metric.train.noise)
    if learned or shown > GOOD:
        return 0.0
    return (FLAT_AND_POOR if shown < POOR else FLAT_AND_FAIR) * flat


def no_learning(view: CurveView) -> Iterable[Finding]:
    """Compare the training loss with its start, and with guessing's (the best constant answer's, ln
    K).

    Four signs: the loss ends at what guessing costs; the loss never fell; the metric is frozen;
    training falls a little and validation never beats guessing. A loss that fell by more than a
    tenth has learned something, whatever the metric says, and one that falls slowly in a straight
    line on both splits is slow, not stuck. A run that reaches what a linear reference model does,
    where others reach more, is too weak instead.
    """
    pair = view.loss if view.loss is not None and view.loss.train is not None else None
    signal = view.training
    if signal is None or len(signal) < MIN_EPOCHS:
        return
    chance = flat = by_heart = 0.0
    guess = guess_loss(view)
    if pair is not None:
        flat, by_heart = _flat(view, signal), learned_by_heart(view)
        rise = measure_rise(signal)
        still = FELL.below(max(share(signal.fall, signal.level), TINY))
        if (
            guess is not None
            and signal.first > (1 + CHANCE_BAND) * guess
            and len(signal) >= ENOUGH_EPOCHS
        ):
            # It fell from a bad start, or with its penalties: what counts is that it stays there.
            still = max(still, RESTS * BEYOND_NOISE.below(measure_trend(signal).z))
        chance = at_chance(signal, guess) * (1.0 if rise.relative < FELL.at else 0.5)
        chance *= max(still, 0.0 if view.metric is not None else UNSEEN_METRIC)
        if _metric_improved(view):
            chance *= METRIC_IMPROVED
        if _falls_slowly(view):
            chance, flat, by_heart = (SLOW * value for value in (chance, flat, by_heart))
    frozen = _frozen(view.metric)
    if pair is not None and share(signal.fall, signal.level) > 0.5 and frozen < FROZEN[1]:
        frozen *= FROZEN_METRIC
    trivial = no_better_than_trivial(view)
    chance, by_heart = (value * (1 - half_way_to_the_aim(view)) for value in (chance, by_heart))
    left = 1 - beats_guessing(view)
    chance, flat, trivial = (value * left for value in (chance, flat, trivial))
    if _is_linear(view):
        chance = flat = by_heart = trivial = 0.0
    confidence = min(MOST_CERTAIN, max(chance, flat, frozen, by_heart, trivial))
    if confidence < LEAST_SAID:
        return
    signs = {
        chance: "the loss stays at what guessing costs",
        flat: "the training loss has not fallen",
        frozen: "the metric stands still",
        by_heart: "validation is never better than guessing",
        trivial: "the metric is no better than a trivial model's",
    }
    metric = view.metric
    shown = ""
    evidence: dict[str, float | int | str | None] = {
        "train_first": number(signal.first),
        "train_end": number(signal.tail),
        "guess_loss": guess,
    }
    if metric is not None and metric.train is not None:
        value = metric.shown(metric.train.tail)
        evidence[metric.name] = number(value)
        shown = f", {metric.full_words} {say(metric.name, value)}"
    yield Finding(
        "no_learning",
        Severity.CRITICAL if confidence >= CERTAIN_ENOUGH else Severity.INFO,
        confidence,
        f"{signs[max(signs)]}: training loss {figures(signal.first, 3)} at first, "
        f"{figures(signal.tail, 3)} at the end{shown}",
        evidence,
        onset_epoch=view.epoch(signal, 0),
        epochs_used=view.span(signal),
    )


def _metric_improved(view: CurveView) -> bool:
    metric = view.metric
    if metric is None or metric.train is None or metric.goal == "minimize":
        return False
    fall = metric.train.first - metric.train.tail
    return fall > max(IMPROVED, IMPROVED_Z * metric.train.noise)


def _is_linear(view: CurveView) -> bool:
    """Whether the run reaches what a linear model does, and other models do better: it learned."""
    pair = judged_pair(view)
    compared = compare(pair, view.reference) if pair is not None else None
    return compared is not None and compared.is_weak
