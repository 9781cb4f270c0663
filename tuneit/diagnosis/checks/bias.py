"""Bias: a training error far from what is possible, which only a reference can say."""

from __future__ import annotations

from collections.abc import Iterable

from tuneit.curves.series_names import SHARES
from tuneit.diagnosis.aims import (
    aim_of,
    best_costs,
    cost_of,
    judged_pair,
    shortfall,
    slack,
    standard_error,
)
from tuneit.diagnosis.check import (
    ENOUGH_EPOCHS,
    LEAST_SAID,
    MIN_EPOCHS,
    Limit,
    called,
    number,
    say,
    severity,
)
from tuneit.diagnosis.view import CurveView, share
from tuneit.findings import Finding, Severity

BIAS = Limit(1.0, 0.25)
"""Avoidable bias over the slack, from which it is underfitting."""

BIAS_SHARE = Limit(0.5, 0.06)
"""Share of bias in bias and gap together, from which bias is the larger."""

BIAS_FIRST = Limit(0.5, 0.15)
"""Share of bias in what is missing of the aim, from which it is what to work on first (chosen)."""

BARELY = Limit(0.1, 0.02)
"""Share of the way from the trivial model to perfection below which a model is too weak."""

MOST_CERTAIN, MOST_CERTAIN_FIRST = 0.97, 0.9
"""Confidence at the most, in underfitting and that bias comes first (chosen)."""

REACHED, REACHED_WITHIN_NOISE = 0.9, 0.6
"""Confidence that the aim is reached, where validation is there, or only within noise (chosen)."""


def underfitting(view: CurveView) -> Iterable[Finding]:
    """Compare the training error with target, human error or a trivial model's score.

    Avoidable bias is the training error's distance to what is possible (Ng, "Machine learning
    yearning", 2018, chapters 20 to 23). It is underfitting where it exceeds noise and the slack
    and is larger than the gap to validation. Without any reference nothing is said: curves
    alone do not distinguish a weak model from a hard problem.
    """
    pair = judged_pair(view)
    if pair is None or max(len(s) for s in (pair.train, pair.validation) if s) < ENOUGH_EPOCHS:
        return
    train, validation = best_costs(pair)
    aim = aim_of(pair, view.reference)
    gap = max(0.0, validation - train)
    if aim is not None:
        bias = train - aim.cost
        allowed = slack(aim, standard_error(pair, view.reference, train))
        confidence = BIAS.above(bias / allowed) * BIAS_SHARE.above(share(bias, gap + bias))
        against, aimed = aim.name, pair.shown(aim.cost)
    elif view.reference.baseline is not None:
        trivial = cost_of(pair, view.reference.baseline)
        perfect = 0.0 if pair.goal == "minimize" or pair.name in SHARES else -1.0
        way = trivial - perfect
        bias = train - perfect
        gone = share(trivial - train, way) if way > 0 else 1.0
        confidence = BARELY.below(gone)
        against, aimed = "the trivial model", view.reference.baseline
    else:
        return
    confidence = min(MOST_CERTAIN, confidence)
    if confidence < LEAST_SAID:
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
        epochs_used=len(view),
    )


def avoidable_bias(view: CurveView) -> Iterable[Finding]:
    """Say that the target is missed mostly by training itself, where that is too little to call
    underfitting: then bias is still what to work on first."""
    pair = judged_pair(view)
    if pair is None or pair.validation is None or len(pair.validation) < MIN_EPOCHS:
        return
    short = shortfall(pair, view.reference)
    if short is None or short.missing <= 2 * short.noise or short.gap >= short.bias:
        return
    yield Finding(
        "avoidable_bias",
        Severity.INFO,
        min(MOST_CERTAIN_FIRST, BIAS_FIRST.above(share(short.bias, short.missing))),
        f"validation {called(pair.name)} {say(pair.name, pair.shown(short.validation))} misses "
        f"{short.aim.name} ({say(pair.name, pair.shown(short.aim.cost))}), and training itself "
        f"reaches only {say(pair.name, pair.shown(short.train))}",
        {
            "quantity": pair.name,
            "train": number(pair.shown(short.train)),
            "validation": number(pair.shown(short.validation)),
            "reference": number(pair.shown(short.aim.cost)),
            "bias": number(short.bias),
            "gap": number(short.gap),
        },
        epochs_used=len(view),
    )


def at_the_limit(view: CurveView) -> Iterable[Finding]:
    """Say so where validation has reached the target or people's error, but for noise."""
    pair = judged_pair(view)
    if pair is None or pair.validation is None or len(pair.validation) < MIN_EPOCHS:
        return
    aim = aim_of(pair, view.reference)
    if aim is None:
        return
    _, validation = best_costs(pair)
    noise = standard_error(pair, view.reference, validation)
    missing = validation - aim.cost
    # In fewer epochs the fall itself passes for noise.
    if missing > (noise if len(pair.validation) >= ENOUGH_EPOCHS else 0):
        return
    yield Finding(
        "at_the_limit",
        Severity.INFO,
        REACHED if missing <= 0 else REACHED_WITHIN_NOISE,
        f"validation {called(pair.name)} {say(pair.name, pair.shown(validation))} has reached "
        f"{aim.name} ({say(pair.name, pair.shown(aim.cost))}) within noise",
        {
            "quantity": pair.name,
            "validation": number(pair.shown(validation)),
            "reference": number(pair.shown(aim.cost)),
            "noise": number(noise),
        },
        epochs_used=view.span(pair.validation),
    )
