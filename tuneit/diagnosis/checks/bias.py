"""Bias: a training error far from what is possible. Only a reference can tell what is possible."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tuneit.curves import LearningCurve
from tuneit.diagnosis.check import MIN_EPOCHS, called, number, odds, say, severity
from tuneit.diagnosis.view import CurveView, Pair, share, view
from tuneit.findings import Finding, Reference, Severity
from tuneit.series_names import SHARES, canonical

SLACK = 0.1
"""Share of the way from the trivial model to the aim that may be missing without a word."""

BARELY = 0.1
"""A model that has gone less than this share of the way from the trivial model to perfection."""


@dataclass(frozen=True, slots=True)
class _Aim:
    """A cost worth reaching, what to call it, and the cost of the trivial model (or NaN)."""

    cost: float
    name: str
    trivial: float


def _pair(look: CurveView, reference: Reference) -> Pair | None:
    """The quantity that the reference speaks of; the log's own where it names none."""
    if reference.metric is None:
        return look.metric
    name = canonical(reference.metric)
    return next((p for p in (look.loss, look.metric) if p is not None and p.name == name), None)


def _cost(pair: Pair, value: float) -> float:
    if pair.goal == "minimize":
        return value
    share_in_percent = pair.name in SHARES and 1.5 < value <= 100
    return 1.0 - (value / 100 if share_in_percent else value) if pair.name in SHARES else -value


def _aim(pair: Pair, reference: Reference) -> _Aim | None:
    trivial = math.nan if reference.baseline is None else _cost(pair, reference.baseline)
    if reference.target is not None:
        return _Aim(_cost(pair, reference.target), "the target", trivial)
    is_error = pair.goal == "minimize" or pair.name in SHARES
    if reference.human_error is not None and is_error:
        return _Aim(reference.human_error, "people's error", trivial)
    return None


def _noise(pair: Pair, reference: Reference, cost: float) -> float:
    """Standard error of a cost on the validation rows, or the validation curve's own noise."""
    own = pair.validation.noise if pair.validation is not None else 0.0
    if pair.name in ("accuracy", "error") and reference.n_validation:
        p = min(0.999, max(0.001, cost))
        return max(own, math.sqrt(p * (1 - p) / reference.n_validation))
    return own


def _best(pair: Pair) -> tuple[float, float]:
    """Training and validation cost at validation's best epoch (training's, where there is none).

    The logged training cost of that epoch is a mean over a model still changing, and with
    dropout: where validation is lower, the model's true training cost is no higher than that.
    """
    if pair.validation is None:
        assert pair.train is not None
        return (pair.train.tail,) * 2
    validation = float(pair.validation.smoothed[pair.validation.low])
    if pair.train is None:
        return validation, validation
    return min(pair.train.tail, validation), validation


def underfitting(curve: LearningCurve, reference: Reference) -> Iterable[Finding]:
    """Compare the training error with target, human error or a trivial model's score.

    Avoidable bias is the training error's distance to what is possible (Ng, "Machine learning
    yearning", 2018, chapters 20 to 23). It is underfitting where it exceeds noise and the slack
    and is larger than the gap to validation. Without any reference nothing is said: curves
    alone cannot tell a weak model from a hard problem.
    """
    look = view(curve, reference)
    pair = _pair(look, reference)
    if pair is None or max(len(s) for s in (pair.train, pair.validation) if s) < MIN_EPOCHS:
        return
    train, validation = _best(pair)
    aim = _aim(pair, reference)
    gap = max(0.0, validation - train)
    if aim is not None:
        bias = train - aim.cost
        way = aim.trivial - aim.cost if aim.trivial > aim.cost else abs(aim.cost) or 1.0
        slack = max(SLACK * way, 2 * _noise(pair, reference, train))
        confidence = odds(bias / slack, 1.0, 0.25) * odds(share(bias, gap + bias), 0.5, 0.06)
        against, aimed = aim.name, pair.shown(aim.cost)
    elif reference.baseline is not None:
        trivial = _cost(pair, reference.baseline)
        perfect = 0.0 if pair.goal == "minimize" or pair.name in SHARES else -1.0
        way = trivial - perfect
        bias = train - perfect
        gone = share(trivial - train, way) if way > 0 else 1.0
        confidence = odds(-gone, -BARELY, 0.02)
        against, aimed = "the trivial model", reference.baseline
    else:
        return
    confidence = min(0.97, confidence)
    if confidence < 0.2:
        return
    yield Finding(
        "underfitting",
        severity(confidence),
        confidence,
        f"training {called(pair.name)} reaches only {say(pair.name, pair.shown(train))} against "
        f"{say(pair.name, aimed)} of {against}; the gap to validation is {say(pair.name, gap)}",
        {
            "quantity": pair.name,
            "train": number(pair.shown(train)),
            "validation": number(pair.shown(validation)),
            "reference": number(aimed),
            "bias": number(bias),
            "gap": number(gap),
        },
        epochs_used=len(look),
    )


def at_the_limit(curve: LearningCurve, reference: Reference) -> Iterable[Finding]:
    """Say so where validation has reached the target or people's error, but for noise."""
    look = view(curve, reference)
    pair = _pair(look, reference)
    if pair is None or pair.validation is None or len(pair.validation) < MIN_EPOCHS:
        return
    aim = _aim(pair, reference)
    if aim is None:
        return
    _, validation = _best(pair)
    noise = _noise(pair, reference, validation)
    missing = validation - aim.cost
    if missing > noise:
        return
    yield Finding(
        "at_the_limit",
        Severity.INFO,
        0.9 if missing <= 0 else 0.6,
        f"validation {called(pair.name)} {say(pair.name, pair.shown(validation))} has reached "
        f"{aim.name} ({say(pair.name, pair.shown(aim.cost))}) within noise",
        {
            "quantity": pair.name,
            "validation": number(pair.shown(validation)),
            "reference": number(pair.shown(aim.cost)),
            "noise": number(noise),
        },
        epochs_used=len(pair.validation),
    )
