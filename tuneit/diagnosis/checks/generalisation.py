"""The gap between training and validation, where validation does not rise."""

from __future__ import annotations

from collections.abc import Iterable

from tuneit.curves import gap
from tuneit.diagnosis.aims import Shortfall, judged_pair, shortfall
from tuneit.diagnosis.check import LEAST_SAID, MIN_EPOCHS, Limit, called, number, say, severity
from tuneit.diagnosis.rise import measure_rise
from tuneit.diagnosis.view import CurveView, Pair, share
from tuneit.findings import Finding, Severity

MISSED_Z = Limit(2.5, 0.5)
"""Standard errors from which a target is missed (chosen)."""

GAP_SHARE = Limit(0.5, 0.1)
"""Share of the gap in what is missing of the aim, from which the gap is what limits the run."""

MOST_CERTAIN = 0.95
"""Confidence at the most that the gap costs the target (chosen)."""

TINY = 1e-9
"""The least noise, in the cost's unit: differences below this are rounding."""

SLACK = 0.05
"""Share of the way from the trivial model to the aim that may be missing without a warning
(chosen)."""

RISES_Z = 2.0
"""Standard errors of validation's rise from which a gap is no longer called harmless (chosen)."""

WIDE = Limit(0.25, 0.08)
"""Gap over the distance that the loss fell, from which it is reported (chosen)."""

WIDE_Z = 3
"""Noises that such a gap has at the least."""


def generalisation_gap(view: CurveView) -> Iterable[Finding]:
    """Measure the gap between training and validation: a warning where it costs the target.

    Where a target (or people's error) is known and validation misses it by more than noise,
    mostly because of the gap, variance is what limits the run, though nothing rises (the
    decomposition of Ng, "Machine learning yearning", 2018, chapters 20 to 27). Without
    one, a gap by itself does no harm while validation improves, and says little about what more
    data would bring; it is named so that nobody mistakes it for overfitting.
    """
    pair = judged_pair(view)
    short = shortfall(pair, view.reference) if pair is not None else None
    costly = None if pair is None or short is None else _costly(view, pair, short)
    if costly is not None:
        yield costly
        return
    yield from _wide(view)


def _costly(view: CurveView, pair: Pair, short: Shortfall) -> Finding | None:
    """The gap that keeps validation from its aim."""
    if pair.train is None or pair.validation is None or len(pair.validation) < MIN_EPOCHS:
        return None
    if short.missing <= 0 or short.gap < short.bias:
        return None
    confidence = MOST_CERTAIN * MISSED_Z.above(short.missing / max(short.noise, TINY))
    confidence *= GAP_SHARE.above(share(short.gap, short.missing)) if short.bias > 0 else 1.0
    if confidence < LEAST_SAID:
        return None
    trivial = short.aim.trivial
    way = trivial - short.aim.cost if trivial > short.aim.cost else abs(short.aim.cost) or 1.0
    return Finding(
        "generalisation_gap",
        severity(confidence) if short.missing > SLACK * way else Severity.INFO,
        confidence,
        f"validation {called(pair.name)} {say(pair.name, pair.shown(short.validation))} misses "
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
    )


def _wide(view: CurveView) -> Iterable[Finding]:
    """A gap that is wide against the distance that the run fell; information only."""
    pair = view.criterion
    if pair is None or pair.train is None or pair.validation is None:
        return
    if min(len(pair.train), len(pair.validation)) < max(5, MIN_EPOCHS):
        return
    train, validation = view.series[pair.name], view.series[f"val_{pair.name}"]
    width = gap(train, validation) * (1.0 if pair.goal == "minimize" else -1.0)
    wide = share(width, pair.scale)
    noise = max(pair.train.noise, pair.validation.noise)
    if not wide >= WIDE.at or width < WIDE_Z * noise:
        return
    rise = measure_rise(pair.validation)
    confidence = WIDE.above(wide)
    still = "no longer improves" if rise.length > len(pair.validation) // 3 else "still improves"
    harm = ", not harmful by itself" if rise.z < RISES_Z else ""
    yield Finding(
        "generalisation_gap",
        Severity.INFO,
        confidence,
        f"training {called(pair.name)} ends at {say(pair.name, pair.shown(pair.train.tail))}, "
        f"validation at {say(pair.name, pair.shown(pair.validation.tail))} and {still}: "
        f"a gap{harm}",
        {"gap": number(width), "gap_over_fall": number(wide)},
        epochs_used=view.span(pair.validation),
    )
