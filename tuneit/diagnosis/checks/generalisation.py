"""The gap between training and validation, where it is no overfitting."""

from __future__ import annotations

from collections.abc import Iterable

from tuneit.diagnosis.aims import Shortfall, judged_pair, shortfall
from tuneit.diagnosis.check import (
    BEYOND_NOISE,
    CERTAIN_ENOUGH,
    LEAST_SAID,
    MIN_EPOCHS,
    number,
    say,
    severity,
)
from tuneit.diagnosis.gap import (
    Gap,
    gap_confidence,
    gap_costs_the_aim,
    gap_in_numbers,
    gap_in_words,
    measure_gap,
)
from tuneit.diagnosis.view import CurveView, Pair
from tuneit.findings import Finding, Severity

MOST_CERTAIN = 0.95
"""The highest confidence that the gap makes validation miss its target, and in the gap (chosen)."""

SLACK = 0.05
"""Share of the way from the trivial model to the aim that may be missing without a warning
(chosen)."""

LEAST_OF_ERROR = 0.3
"""Most sound models have a gap that is a smaller share of validation's cost: it is not mentioned
(chosen)."""


def generalisation_gap(view: CurveView) -> Iterable[Finding]:
    """Measure the gap between training and validation where it is too small for overfitting.

    If a target (or people's error) is known, and validation misses it beyond noise and mostly
    because of the gap, variance limits the run although nothing rises (the decomposition of Ng,
    "Machine learning yearning", 2018, chapters 20 to 27): a warning. Without a target, the gap is
    certain but its harm is not: the finding names an experiment that would show it. A gap wide
    enough for overfitting is reported by that check.
    """
    pair = judged_pair(view)
    gap = measure_gap(view)
    if gap is not None and gap_confidence(view, gap) >= CERTAIN_ENOUGH:
        return
    short = shortfall(pair, view.reference) if pair is not None else None
    costly = None if pair is None or short is None else _costly(view, pair, short)
    if costly is not None:
        yield costly
    elif gap is not None:
        yield from _harmless(view, gap)


def _costly(view: CurveView, pair: Pair, short: Shortfall) -> Finding | None:
    """The gap that keeps validation from its aim."""
    if pair.train is None or pair.validation is None or len(pair.validation) < MIN_EPOCHS:
        return None
    confidence = MOST_CERTAIN * gap_costs_the_aim(short)
    if confidence < LEAST_SAID:
        return None
    return Finding(
        "generalisation_gap",
        severity(confidence) if short.missing > SLACK * short.aim.way else Severity.INFO,
        confidence,
        f"validation {pair.words} {say(pair.name, pair.shown(short.validation))} misses "
        f"{short.aim.name} ({say(pair.name, pair.shown(short.aim.cost))}), training reaches "
        f"{say(pair.name, pair.shown(short.train))}: the gap between them is what limits the run",
        {
            "quantity": pair.name,
            "train": number(pair.shown(short.train)),
            "validation": number(pair.shown(short.validation)),
            "reference": number(pair.shown(short.aim.cost)),
            "gap": number(short.gap),
            "bias": number(short.bias),
            "noise": number(short.noise),
        },
        epochs_used=len(view),
        output=pair.output,
    )


def _harmless(view: CurveView, gap: Gap) -> Iterable[Finding]:
    """A gap that is there for certain, while what it costs is not known; information only."""
    confidence = MOST_CERTAIN * BEYOND_NOISE.above(gap.z)
    if gap.of_error < LEAST_OF_ERROR or confidence < CERTAIN_ENOUGH:
        return
    name = gap.pair.name
    yield Finding(
        "generalisation_gap",
        Severity.INFO,
        confidence,
        f"training {gap.pair.words} ends at {say(name, gap.pair.shown(gap.train))}, validation at "
        f"{say(name, gap.pair.shown(gap.validation))}: {gap_in_words(gap)}. The gap is certain, "
        "whether it does harm is not: training again with dropout or L2 would show it",
        {
            "quantity": name,
            "train": number(gap.pair.shown(gap.train)),
            "validation": number(gap.pair.shown(gap.validation)),
            **gap_in_numbers(gap),
        },
        epochs_used=len(view),
        output=gap.pair.output,
    )
