"""Bias: a training error far from what is possible, which only a reference can say."""

from __future__ import annotations

from collections.abc import Iterable

from tuneit.curves.series_names import SHARES
from tuneit.diagnosis.aims import aim_of, judged_pair, shortfall, slack
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
from tuneit.diagnosis.comparison import compare
from tuneit.diagnosis.costs import best_costs, cost_of, standard_error
from tuneit.diagnosis.gap import gap_pair
from tuneit.diagnosis.guessing import guess_loss
from tuneit.diagnosis.view import CurveView, Pair, share
from tuneit.findings import Finding, Reference, Severity

BIAS = Limit(1.0, 0.25)
"""Avoidable bias over the slack, from which it is underfitting."""

BIAS_SHARE = Limit(0.5, 0.06)
"""Share of bias in bias and gap together, from which bias is the larger."""

BIAS_FIRST = Limit(0.5, 0.15)
"""Share of bias in the distance to the aim, from which bias is what to work on first (chosen)."""

BARELY = Limit(0.1, 0.02)
"""Share of the way from the trivial model to perfection below which a model is too weak."""

MOST_CERTAIN, MOST_CERTAIN_FIRST = 0.97, 0.9
"""The highest confidence in underfitting, and in bias as what to work on first (chosen)."""

REACHED, REACHED_WITHIN_NOISE = 0.9, 0.6
"""Confidence that the aim is reached: if validation reached it, and if only within noise
(chosen)."""

TRAIN_ERROR = RatioLimit(0.03, 1.2)
"""Training error, for a share such as accuracy, from which it is clearly above zero (chosen: where
people are good at a problem, they err less)."""

TRAIN_COST = RatioLimit(0.1, 1.2)
"""The same for a loss, divided by guessing's loss or by its first value (chosen)."""

NOT_JUDGED = 0.9
"""The highest confidence that bias cannot be judged (chosen)."""


def underfitting(view: CurveView) -> Iterable[Finding]:
    """Compare the training error with target, human error or a trivial model's score.

    Avoidable bias is the training error's distance to what is possible (Ng, "Machine learning
    yearning", 2018, chapters 20 to 23). It is underfitting if it exceeds noise and the slack,
    and is larger than the gap to validation. If the user named no aim, the aim is what a reference
    model reaches on the same validation rows. Without any reference nothing is said: curves alone
    do not distinguish a weak model from a hard problem.
    """
    pair = judged_pair(view)
    if pair is None or max(len(s) for s in (pair.train, pair.validation) if s) < ENOUGH_EPOCHS:
        return
    train, validation = best_costs(pair)
    aim = aim_of(pair, view.reference)
    gap = max(0.0, validation - train)
    if aim is not None:
        bias = train - aim.cost
        allowed = slack(pair, view.reference, aim, train)
        confidence = BIAS.above(bias / allowed) * BIAS_SHARE.above(share(bias, gap + bias))
        against, aimed = aim.name, pair.shown(aim.cost)
    elif view.reference.baseline is not None and compare(pair, view.reference) is None:
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
        _said(pair, train, validation, against, aimed, view.reference),
        {
            "quantity": pair.name,
            "train": number(pair.shown(train)),
            "validation": number(pair.shown(validation)),
            "reference": number(aimed),
            "bias": number(bias),
            "gap": number(gap),
            **_model(pair, view.reference),
        },
        epochs_used=len(view),
        output=pair.output,
    )


def _said(
    pair: Pair, train: float, validation: float, against: str, aimed: float, reference: Reference
) -> str:
    """Underfitting in a sentence, with what a reference model reaches where that is better."""
    compared = compare(pair, reference)
    trained, reached = (say(pair.name, pair.shown(cost)) for cost in (train, validation))
    better = ""
    if compared is not None and compared.is_better:
        better = (
            f"{compared.model} reaches {pair.words} "
            f"{say(pair.name, pair.shown(compared.reference))} on the validation rows, this "
            f"network {reached} ({compared.ahead / compared.error:.1f} standard errors behind)"
        )
        if against == f"what {compared.model} reaches":
            return f"{better} and {trained} on its own training rows"
    return (
        f"training {pair.words} reaches only {trained} against {say(pair.name, aimed)} of "
        f"{against}; the gap to validation is {say(pair.name, max(0.0, validation - train))}"
        + (f"; {better}" if better else "")
    )


def _model(pair: Pair, reference: Reference) -> dict[str, str | float]:
    """Evidence: the best reference model, where it is better than the network beyond noise."""
    compared = compare(pair, reference)
    if compared is None or not compared.is_better:
        return {}
    return {
        "reference_model": compared.model,
        "reference_score": number(pair.shown(compared.reference)),
        "noise": number(compared.error),
    }


def avoidable_bias(view: CurveView) -> Iterable[Finding]:
    """Say that the target is missed mostly because training misses it, but by too little for
    underfitting: bias is still what to work on first."""
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
        f"validation {pair.words} {say(pair.name, pair.shown(short.validation))} misses "
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
        output=pair.output,
    )


def bias_not_judged(view: CurveView) -> Iterable[Finding]:
    """Say that bias cannot be judged: training errs clearly, and nothing says what is possible.

    A training error of 14 % and a validation error of 15 % are underfitting if people err in 1 % of
    cases, and the limit if they err in 14 % (Ng, "Machine learning yearning", 2018, chapter 22):
    the curves are the same. Silent where a target, people's error or reference models are known,
    and where nothing was validated.
    """
    pair = gap_pair(view)
    if pair is None:
        return
    known = view.reference
    if any(aim_of(p, known) or compare(p, known) for p in (pair, judged_pair(view) or pair)):
        return
    confidence = NOT_JUDGED * _errs_in_training(view, pair)
    if confidence < CERTAIN_ENOUGH:
        return
    if pair.train is None or pair.validation is None:
        return
    train, validation = pair.train.tail, pair.validation.tail
    name = pair.words
    possible = f"target (the {name} that is worth reaching)"
    if pair.name in SHARES:
        possible = f"human_error (the error rate of people), {possible}"
    yield Finding(
        "bias_not_judged",
        Severity.INFO,
        confidence,
        f"training {name} is {say(pair.name, pair.shown(train))}, validation "
        f"{say(pair.name, pair.shown(validation))}: no variance problem seen; whether it could be "
        f"better is not known. Give {possible}, or the data: if people or a simple model do "
        "clearly better, this is underfitting, which more capacity or longer training mends; if "
        "not, it is the limit",
        {
            "quantity": pair.name,
            "train": number(pair.shown(train)),
            "validation": number(pair.shown(validation)),
        },
        epochs_used=len(view),
        output=pair.output,
    )


def _errs_in_training(view: CurveView, pair: Pair) -> float:
    """Confidence that training ends with an error clearly above zero."""
    if (
        pair.train is None
        or min(len(s) for s in (pair.train, pair.validation) if s) < ENOUGH_EPOCHS
    ):
        return 0.0
    # Logged with dropout, training may look worse than it is: validation's best bounds it.
    train, _ = best_costs(pair)
    if pair.name in SHARES:
        return TRAIN_ERROR.above(train)
    if pair.goal == "maximize":
        return 0.0
    whole = guess_loss(view) if pair.name == "loss" else None
    if whole is None:
        whole = 0.0 if view.resumed else pair.train.first
    return TRAIN_COST.above(share(train, whole))


def at_the_limit(view: CurveView) -> Iterable[Finding]:
    """Say that validation has reached the target or people's error, within noise."""
    pair = judged_pair(view)
    if pair is None or pair.validation is None or len(pair.validation) < MIN_EPOCHS:
        return
    aim = aim_of(pair, view.reference)
    if aim is None:
        return
    _, validation = best_costs(pair)
    noise = aim.noise(standard_error(pair, view.reference, validation))
    missing = validation - aim.cost
    # In fewer epochs the fall itself counts as noise.
    if missing > (noise if len(pair.validation) >= ENOUGH_EPOCHS else 0):
        return
    yield Finding(
        "at_the_limit",
        Severity.INFO,
        REACHED if missing <= 0 else REACHED_WITHIN_NOISE,
        f"validation {pair.words} {say(pair.name, pair.shown(validation))} has reached "
        f"{aim.name} ({say(pair.name, pair.shown(aim.cost))}) within noise",
        {
            "quantity": pair.name,
            "validation": number(pair.shown(validation)),
            "reference": number(pair.shown(aim.cost)),
            "noise": number(noise),
        },
        epochs_used=view.span(pair.validation),
        output=pair.output,
    )
