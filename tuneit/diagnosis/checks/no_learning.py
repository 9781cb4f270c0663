"""No learning: a run that does not beat guessing."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from tuneit.diagnosis.aims import aim_of, judged_pair, standard_error
from tuneit.diagnosis.check import called, log_odds, number, odds, say
from tuneit.diagnosis.rise import measure_rise
from tuneit.diagnosis.trend import measure_trend
from tuneit.diagnosis.view import CurveView, Pair, Signal, share
from tuneit.findings import Finding, Severity

MIN_EPOCHS = 4
FLAT = 0.02
"""A training loss that fell by less than this share of itself has learned nothing."""

CHANCE_BAND = 0.03
"""Relative distance to the loss of guessing within which a loss counts as guessing."""

WORSE_THAN_GUESSING = 2.0
"""A loss above this many times guessing's has diverged, or counts something else."""

CREEPING_Z = 8.0
"""Standard errors from which a slow fall is sure."""

NO_WAY = 0.1
"""Share of the way from the trivial score to the target that is as good as nothing."""

HALF_WAY = 0.5
"""Share of that way from which something was learned, whatever the loss."""

MOST_NATS = 10.0
"""The cross-entropy of guessing among 22,000 classes: what costs more counts something else."""

SLOW = 0.45
"""Confidence in no learning, as a share, where the loss creeps down surely."""


def _guess_loss(look: CurveView) -> float | None:
    """The loss of a model that knows only the classes' number or the target's mean."""
    if look.reference.guess_train_loss is not None:
        return look.reference.guess_train_loss
    if look.reference.n_classes is not None and look.reference.n_classes > 1:
        return math.log(look.reference.n_classes)
    if look.reference.y_variance is not None:
        return look.reference.y_variance
    metric, loss = look.metric, look.loss
    if metric is None or metric.name != "accuracy" or metric.train is None:
        return None
    if loss is None or loss.train is None or not 0.5 < loss.train.tail < 12:
        return None
    # A loss of ln K beside an accuracy of 1 / K is guessing, whoever says what K is; so is, of two
    # classes, the entropy of the larger one's share beside that share.
    accuracy, cost = metric.shown(metric.train.tail), loss.train.tail
    candidates = [round(math.exp(cost)), round(1 / max(accuracy, 1e-3))]
    for classes in candidates:
        if (
            classes >= 2
            and abs(accuracy * classes - 1) < 0.2
            and cost < WORSE_THAN_GUESSING * math.log(classes)
        ):
            return math.log(classes)
    if 0.5 <= accuracy <= 0.8:
        return -accuracy * math.log(accuracy) - (1 - accuracy) * math.log(1 - accuracy)
    return None


def _at_chance(train: Signal, guess: float | None) -> float:
    """Confidence that training ends where guessing is, or swings above it without a trend."""
    if guess is None or guess <= 0:
        return 0.0
    near = odds(-(train.tail / guess - 1), -CHANCE_BAND, CHANCE_BAND / 6)
    if train.tail < WORSE_THAN_GUESSING * guess and len(train) >= 5:
        # Steps too large keep a loss above guessing: never below it, and not on its way there.
        lowest = float(np.min(train.smoothed))
        adrift = odds(lowest / guess, 1 - CHANCE_BAND, 0.005)
        near = max(near, 0.9 * adrift * odds(-measure_trend(train).z, -2.0, 0.5))
    return near * odds(train.tail / guess, 0.9, 0.02)


def _creeps(look: CurveView) -> bool:
    """Whether training and validation fall slowly but surely: steps too small, nothing broken.

    A model that learns shuffled labels by heart lowers its training loss alone.
    """
    pair = look.loss
    if pair is None:
        return False
    # Dropout and small batches blur training's fall, not validation's.
    judged = pair.validation or pair.train
    if judged is None or len(judged) < 5 or share(judged.fall, judged.level) < 0.001:
        return False
    trend = measure_trend(judged)
    if trend.z < CREEPING_Z or trend.decay < 0.5:
        return False
    if judged is pair.train or pair.train is None:
        return True
    if len(pair.train) < 5 or share(pair.train.fall, pair.train.level) < 0.001:
        return False
    least = CREEPING_Z if share(judged.fall, judged.level) < FLAT else 0.0
    return measure_trend(pair.train).z > least


def _by_heart(look: CurveView) -> float:
    """Confidence that only the training rows are learned: validation never beats guessing.

    Labels without any relation to the inputs look like that. A training loss that fell far is
    overfitting, or a validation set unlike training's, and none of this check's business.
    """
    loss, metric = look.loss, look.metric
    if loss is None or loss.validation is None or loss.train is None or look.resumed:
        return 0.0
    validation, train = loss.validation, loss.train
    if len(validation) < 5:
        return 0.0
    lowest = float(np.min(validation.smoothed))
    guess = look.reference.baseline_loss or look.reference.y_variance
    if look.reference.n_classes is not None and look.reference.n_classes > 1:
        guess = guess or math.log(look.reference.n_classes)
    shares = metric is not None and metric.name == "accuracy" and metric.validation is not None
    if guess is None and shares and 0.6 < lowest < MOST_NATS:
        guess = math.log(max(2, round(math.exp(lowest))))
    if guess is None or guess <= 0:
        return 0.0
    # No cross-entropy of classes costs more to guess: an accuracy beside it counts nothing.
    shares = shares and guess < MOST_NATS
    confidence = odds(lowest / guess, 1 - CHANCE_BAND, 0.005)
    confidence *= odds(train.tail / (look.reference.guess_train_loss or guess), 0.7, 0.03)
    if share(validation.fall, guess) > 0.1 and measure_trend(validation).z > 3:
        # It is on its way from a bad start.
        return SLOW * confidence
    if shares and metric is not None and metric.validation is not None:
        trivial = look.reference.baseline if judged_pair(look) is metric else None
        classes = look.reference.n_classes or max(2, round(math.exp(guess)))
        if trivial is None or not 0 < trivial < 1:
            trivial = 1.15 / classes
        best = metric.shown(float(np.min(metric.validation.smoothed)))
        slack = max(0.05, 2 * metric.validation.noise)
        confidence *= odds(-(best - trivial) / slack, -1.0, 0.15)
    return (0.9 if shares or look.reference.baseline_loss is not None else 0.7) * confidence


def _frozen(metric: Pair | None) -> float:
    """Confidence that a metric stands still far from perfection: one class for everything."""
    if metric is None:
        return 0.0
    signals = [s for s in (metric.train, metric.validation) if s is not None and len(s) >= 5]
    if not signals:
        return 0.0
    still = all(s.values.max() - s.values.min() <= 1e-6 * s.level for s in signals)
    poor = metric.goal == "maximize" and metric.shown(signals[0].tail) < 0.95
    return (0.9 if len(signals) == 2 else 0.8) if still and poor else 0.0


def _answers_frozen(metric: Pair) -> bool:
    """Whether both splits' metric stands still at a poor value, whatever the loss does.

    Loss and output then do not belong together (a softmax over one unit, say).
    """
    signals = (metric.train, metric.validation)
    return (
        all(s is not None and len(s) >= 5 and metric.shown(s.tail) < 0.7 for s in signals)
        and metric.goal == "maximize"
    )


def _flat(look: CurveView, train: Signal) -> float:
    """Confidence that the training loss never fell: resumed runs and good metrics excepted."""
    if look.resumed:
        return 0.0
    # The noise of a flat series spoils its lowest value: compare the ends.
    width = max(1, len(train) // 4)
    fallen = float(train.values[:width].mean() - train.values[-width:].mean())
    drop = train.first - float(train.values[-width:].mean())
    jumped = share(max(0.0, drop - 2.5 * train.noise), train.level)
    flat = odds(-share(fallen, train.level), -FLAT, FLAT / 8) * odds(-jumped, -2 * FLAT, FLAT / 4)
    metric = look.metric
    if metric is None or metric.goal == "minimize" or metric.train is None:
        return 0.75 * flat
    shown = metric.shown(metric.train.tail)
    learned = metric.train.fall > 4 * metric.train.noise and metric.train.fall > 0.03
    if learned or shown > 0.9:
        return 0.0
    return 0.92 * flat if shown < 0.6 else 0.6 * flat


def _on_its_way(look: CurveView) -> float:
    """Confidence that training has gone half the way from the trivial score to the target.

    Of a hard problem even good models cost nearly what guessing does.
    """
    pair = judged_pair(look)
    aim = aim_of(pair, look.reference) if pair is not None else None
    if pair is None or aim is None or pair.train is None or not aim.trivial > aim.cost:
        return 0.0
    return odds((aim.trivial - pair.train.tail) / (aim.trivial - aim.cost), HALF_WAY, 0.05)


def _no_better_than_trivial(look: CurveView) -> float:
    """Confidence that the metric stays at the trivial model's, of a way known to be there.

    Only where both the trivial score and a target are known: the loss may fall by its penalties
    alone. A loss that is still falling may yet get somewhere.
    """
    pair = judged_pair(look)
    aim = aim_of(pair, look.reference) if pair is not None else None
    if pair is None or aim is None or pair.train is None or pair.validation is None:
        return 0.0
    way = aim.trivial - aim.cost
    if not way > 0 or len(pair.validation) < 5:
        return 0.0
    # Both at the end, not the best epoch: of chance levels the best is above chance.
    gone = (aim.trivial - min(pair.train.tail, pair.validation.tail)) / way
    error = 1.5 * standard_error(pair, look.reference, pair.validation.tail) / way
    loss = look.loss.validation if look.loss is not None else None
    falling = 0.0
    if loss is not None and len(loss) >= 5 and share(loss.fall, loss.level) > FLAT:
        falling = odds(measure_trend(loss).z, 3.0, 0.7)
    return 0.9 * odds(-gone, -max(NO_WAY, min(error, 2 * NO_WAY)), 0.02) * (1 - falling)


def _beats_guessing(look: CurveView) -> float:
    """Confidence that validation ends below what the best constant costs there.

    Only where that was worked out with the loss and the weights of this very training: then it is
    learning, though dropout may keep the training loss up, and weights of classes the accuracy
    down.
    """
    guess, loss = look.reference.baseline_loss, look.loss
    if look.reference.baseline_train_loss is None or guess is None or guess <= 0:
        return 0.0
    if loss is None or loss.validation is None or len(loss.validation) < 5:
        return 0.0
    return odds(-loss.validation.tail / guess, -(1 - 3 * CHANCE_BAND), CHANCE_BAND / 3)


def no_learning(look: CurveView) -> Iterable[Finding]:
    """Compare the training loss with guessing (the best constant's, ln K), and with its start.

    Four signs: the loss ends at what guessing costs; the loss never fell; the metric is frozen;
    training falls a little and validation never beats guessing. A loss that fell by more than a
    tenth has learned something, whatever the metric says, and one that creeps down in a straight
    line on both splits is slow, not stuck.
    """
    pair = look.loss if look.loss is not None and look.loss.train is not None else None
    signal = look.training
    if signal is None or len(signal) < MIN_EPOCHS:
        return
    chance = flat = by_heart = 0.0
    guess = _guess_loss(look)
    if pair is not None:
        flat, by_heart = _flat(look, signal), _by_heart(look)
        rise = measure_rise(signal)
        still = log_odds(0.1 / max(share(signal.fall, signal.level), 1e-9), 1.0, 1.2)
        if guess is not None and signal.first > (1 + CHANCE_BAND) * guess and len(signal) >= 5:
            # Whence it came matters less (penalties, bad starts) than that it rests at guessing.
            still = max(still, 0.9 * odds(-measure_trend(signal).z, -3.0, 0.5))
        chance = _at_chance(signal, guess) * (1.0 if rise.relative < 0.1 else 0.5)
        chance *= max(still, 0.0 if look.metric is not None else 0.8, _metric_at_chance(look))
        if _metric_improved(look):
            chance *= 0.4
        if _creeps(look):
            chance, flat, by_heart = (SLOW * value for value in (chance, flat, by_heart))
    frozen = _frozen(look.metric)
    if pair is not None and share(signal.fall, signal.level) > 0.5:
        frozen *= 0.4 if look.metric is None or not _answers_frozen(look.metric) else 0.75
    trivial = _no_better_than_trivial(look)
    chance, by_heart = (value * (1 - _on_its_way(look)) for value in (chance, by_heart))
    left = 1 - _beats_guessing(look)
    chance, flat, trivial = (value * left for value in (chance, flat, trivial))
    confidence = min(0.98, max(chance, flat, frozen, by_heart, trivial))
    if confidence < 0.2:
        return
    signs = {
        chance: "the loss stays at what guessing costs",
        flat: "the training loss has not fallen",
        frozen: "the metric stands still",
        by_heart: "validation is never better than guessing",
        trivial: "the metric is no better than a trivial model's",
    }
    metric = look.metric
    shown = ""
    evidence: dict[str, float | int | str | None] = {
        "train_first": number(signal.first),
        "train_end": number(signal.tail),
        "guess_loss": guess,
    }
    if metric is not None and metric.train is not None:
        value = metric.shown(metric.train.tail)
        evidence[metric.name] = number(value)
        shown = f", {called(metric.name)} {say(metric.name, value)}"
    yield Finding(
        "no_learning",
        Severity.CRITICAL if confidence >= 0.5 else Severity.INFO,
        confidence,
        f"{signs[max(signs)]}: training loss {signal.first:.3g} at first, "
        f"{signal.tail:.3g} at the end{shown}",
        evidence,
        onset_epoch=look.epoch(signal, 0),
        epochs_used=look.span(signal),
    )


def _metric_improved(look: CurveView) -> bool:
    metric = look.metric
    if metric is None or metric.train is None or metric.goal == "minimize":
        return False
    fall = metric.train.first - metric.train.tail
    return fall > max(0.03, 4 * metric.train.noise)


def _metric_at_chance(look: CurveView) -> float:
    metric = look.metric
    if metric is None or metric.train is None or metric.goal == "minimize":
        return 0.0
    return odds(-metric.train.fall, -0.04, 0.01)
