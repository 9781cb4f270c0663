"""A run compared with guessing: with a model that knows the classes' number or the mean alone."""

from __future__ import annotations

import math

import numpy as np

from tuneit.diagnosis.aims import aim_of, judged_pair
from tuneit.diagnosis.check import ENOUGH_EPOCHS, Limit
from tuneit.diagnosis.checks.convergence import FALL_Z
from tuneit.diagnosis.checks.divergence import MOST_CLASSES
from tuneit.diagnosis.costs import standard_error
from tuneit.diagnosis.trend import measure_trend
from tuneit.diagnosis.view import CurveView, Signal, share

CHANCE_BAND = 0.03
"""Relative distance to the loss of guessing within which a loss counts as guessing."""

AT_GUESSING = Limit(CHANCE_BAND, CHANCE_BAND / 6)
"""The training loss over guessing's, less one, from which the run has left guessing."""

NEVER_BETTER = Limit(1 - CHANCE_BAND, 0.005)
"""The lowest loss over guessing's, above which the run never beat guessing."""

BEATS_GUESSING = Limit(1 - 3 * CHANCE_BAND, CHANCE_BAND / 3)
"""Validation's loss over guessing's, below which the run beats guessing."""

BELOW_GUESSING = Limit(0.9, 0.02)
"""The training loss over guessing's, below which it is no guessing."""

FAR_BELOW = Limit(0.7, 0.03)
"""The same, below which training fell so far that this is overfitting or an unlike validation."""

NO_TREND_Z = Limit(2.0, 0.5)
"""Standard errors of a fall, below which a loss above guessing's is not on its way to it."""

ADRIFT = 0.9
"""Confidence at the most in guessing where the loss stays above guessing's (chosen)."""

WORSE_THAN_GUESSING = 2.0
"""A loss above this many times guessing's has diverged, or counts something else (chosen)."""

MOST_GUESSED = 12
"""A loss above this is no cross-entropy of guessing (chosen: ln 160,000)."""

LEAST_NATS, MOST_NATS = 0.6, 10.0
"""Cross-entropies of guessing among 2 classes (ln 2 = 0.69, less some) and 22,000: what costs less
or more counts something else."""

SHARE_BAND = 0.2
"""Relative distance of an accuracy to one over the classes' number within which it is guessing's
(chosen)."""

LARGEST_SHARE = 0.8
"""An accuracy above this is not taken for the share of the larger of two classes (chosen)."""

LARGER_CLASS = 1.15
"""The share of the largest class times the number of classes, where it is not known (chosen)."""

METRIC_SLACK = 0.05
"""How much better than guessing a validation metric may be by chance; two noises where these are
more (chosen)."""

BETTER = Limit(1.0, 0.15)
"""The metric less guessing's, over that slack, from which it is better."""

BAD_START, BAD_START_Z = 0.1, 3
"""Fall of validation over guessing's loss, and standard errors of its slope, from which the run is
on its way from a bad start (chosen)."""

SLOW = 0.45
"""What is left of the confidence in no learning where the loss falls slowly but surely: below a
verdict (chosen)."""

BY_HEART, BY_HEART_UNKNOWN = 0.9, 0.7
"""Confidence at the most that only training rows are learned, where the cost of guessing is known
for validation, and where it is read from the curve (chosen)."""

FLAT = Limit(0.02, 0.0025)
"""Fall of a loss over its level below which nothing was learned."""

HALF_WAY = Limit(0.5, 0.05)
"""Share of the way from the trivial score to the target from which something was learned, whatever
the loss."""

NO_WAY = Limit(0.1, 0.02)
"""Share of that way that is as good as nothing."""

TRIVIAL_Z = 1.5
"""Standard errors of the score that are as good as nothing too, up to twice `NO_WAY` (chosen)."""

TRIVIAL = 0.9
"""Confidence at the most that a metric is no better than a trivial model's (chosen)."""


def guess_loss(view: CurveView) -> float | None:
    """The loss of a model that knows only the classes' number or the target's mean."""
    if view.reference.guess_train_loss is not None:
        return view.reference.guess_train_loss
    if view.reference.n_classes is not None and view.reference.n_classes > 1:
        return math.log(view.reference.n_classes)
    if view.reference.y_variance is not None:
        return view.reference.y_variance
    metric, loss = view.metric, view.loss
    if metric is None or metric.name != "accuracy" or metric.train is None:
        return None
    if loss is None or loss.train is None or not 0.5 < loss.train.tail < MOST_GUESSED:
        return None
    # A loss of ln K beside an accuracy of 1 / K is guessing, whoever says what K is; so is, of two
    # classes, the entropy of the larger one's share beside that share.
    accuracy, cost = metric.shown(metric.train.tail), loss.train.tail
    candidates = [round(math.exp(cost)), round(1 / max(accuracy, 1 / MOST_CLASSES))]
    for classes in candidates:
        if (
            classes >= 2
            and abs(accuracy * classes - 1) < SHARE_BAND
            and cost < WORSE_THAN_GUESSING * math.log(classes)
        ):
            return math.log(classes)
    if 0.5 <= accuracy <= LARGEST_SHARE:
        return -accuracy * math.log(accuracy) - (1 - accuracy) * math.log(1 - accuracy)
    return None


def at_chance(train: Signal, guess: float | None) -> float:
    """Confidence that training ends where guessing is, or swings above it without a trend."""
    if guess is None or guess <= 0:
        return 0.0
    near = AT_GUESSING.below(train.tail / guess - 1)
    if train.tail < WORSE_THAN_GUESSING * guess and len(train) >= ENOUGH_EPOCHS:
        # Steps too large keep a loss above guessing: never below it, and not on its way there.
        lowest = float(np.min(train.smoothed))
        adrift = NEVER_BETTER.above(lowest / guess) * NO_TREND_Z.below(measure_trend(train).z)
        near = max(near, ADRIFT * adrift)
    return near * BELOW_GUESSING.above(train.tail / guess)


def learned_by_heart(view: CurveView) -> float:
    """Confidence that only the training rows are learned: validation never beats guessing.

    Labels without any relation to the inputs look like that. A training loss that fell far is
    overfitting, or a validation set unlike training's, which other checks find.
    """
    loss, metric = view.loss, view.metric
    if loss is None or loss.validation is None or loss.train is None or view.resumed:
        return 0.0
    validation, train = loss.validation, loss.train
    if len(validation) < ENOUGH_EPOCHS:
        return 0.0
    lowest = float(np.min(validation.smoothed))
    guess = view.reference.baseline_loss or view.reference.y_variance
    if view.reference.n_classes is not None and view.reference.n_classes > 1:
        guess = guess or math.log(view.reference.n_classes)
    shares = metric is not None and metric.name == "accuracy" and metric.validation is not None
    if guess is None and shares and LEAST_NATS < lowest < MOST_NATS:
        guess = math.log(max(2, round(math.exp(lowest))))
    if guess is None or guess <= 0:
        return 0.0
    # No cross-entropy of classes costs more to guess: an accuracy beside it counts nothing.
    shares = shares and guess < MOST_NATS
    confidence = NEVER_BETTER.above(lowest / guess)
    confidence *= FAR_BELOW.above(train.tail / (view.reference.guess_train_loss or guess))
    if share(validation.fall, guess) > BAD_START and measure_trend(validation).z > BAD_START_Z:
        # It is on its way from a bad start.
        return SLOW * confidence
    if shares and metric is not None and metric.validation is not None:
        trivial = view.reference.baseline if judged_pair(view) is metric else None
        classes = view.reference.n_classes or max(2, round(math.exp(guess)))
        if trivial is None or not 0 < trivial < 1:
            trivial = LARGER_CLASS / classes
        best = metric.shown(float(np.min(metric.validation.smoothed)))
        slack = max(METRIC_SLACK, 2 * metric.validation.noise)
        confidence *= BETTER.below((best - trivial) / slack)
    known = shares or view.reference.baseline_loss is not None
    return (BY_HEART if known else BY_HEART_UNKNOWN) * confidence


def half_way_to_the_aim(view: CurveView) -> float:
    """Confidence that training has gone half the way from the trivial score to the target.

    Of a hard problem even good models cost nearly what guessing does.
    """
    pair = judged_pair(view)
    aim = aim_of(pair, view.reference) if pair is not None else None
    if pair is None or aim is None or pair.train is None or not aim.trivial > aim.cost:
        return 0.0
    return HALF_WAY.above((aim.trivial - pair.train.tail) / (aim.trivial - aim.cost))


def no_better_than_trivial(view: CurveView) -> float:
    """Confidence that the metric stays at the trivial model's, of a way known to be there.

    Only where both the trivial score and a target are known: the loss may fall by its penalties
    alone. A loss that is still falling may yet get somewhere.
    """
    pair = judged_pair(view)
    aim = aim_of(pair, view.reference) if pair is not None else None
    if pair is None or aim is None or pair.train is None or pair.validation is None:
        return 0.0
    way = aim.trivial - aim.cost
    if not way > 0 or len(pair.validation) < ENOUGH_EPOCHS:
        return 0.0
    # Both at the end, not the best epoch: of chance levels the best is above chance.
    gone = (aim.trivial - min(pair.train.tail, pair.validation.tail)) / way
    error = TRIVIAL_Z * standard_error(pair, view.reference, pair.validation.tail) / way
    loss = view.loss.validation if view.loss is not None else None
    falling = 0.0
    if loss is not None and len(loss) >= ENOUGH_EPOCHS and share(loss.fall, loss.level) > FLAT.at:
        falling = FALL_Z.above(measure_trend(loss).z)
    least = max(NO_WAY.at, min(error, 2 * NO_WAY.at))
    return TRIVIAL * NO_WAY.moved(least).below(gone) * (1 - falling)


def beats_guessing(view: CurveView) -> float:
    """Confidence that validation ends below what the best constant costs there.

    Then it is learning, though dropout may keep the training loss up, and weights of classes the
    accuracy down. Sure where that cost was worked out with the loss and the weights of this very
    training; else, of classes, only where validation came down to it and its accuracy improved.
    """
    loss, metric = view.loss, view.metric
    if loss is None or loss.validation is None or len(loss.validation) < ENOUGH_EPOCHS:
        return 0.0
    guess = view.reference.baseline_loss
    if view.reference.baseline_train_loss is None or guess is None:
        guess = guess_loss(view)
        judged = metric.validation if metric is not None and metric.goal == "maximize" else None
        if judged is None or judged.first - judged.tail < max(METRIC_SLACK, 2 * judged.noise):
            return 0.0
    if guess is None or guess <= 0:
        return 0.0
    return BEATS_GUESSING.below(loss.validation.tail / guess)
