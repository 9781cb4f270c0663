"""The gap between training and validation, where validation does not rise."""

from __future__ import annotations

from collections.abc import Iterable

from tuneit.curves import LearningCurve, gap
from tuneit.diagnosis.check import MIN_EPOCHS, called, number, odds, say
from tuneit.diagnosis.rise import measure_rise
from tuneit.diagnosis.view import share, view
from tuneit.findings import Finding, Reference, Severity

WIDE = 0.25
"""Gap over the distance that the loss fell, from which it is worth a word."""


def generalisation_gap(curve: LearningCurve, reference: Reference) -> Iterable[Finding]:
    """Measure the gap at the end of the run, where validation is not rising.

    A gap by itself does no harm while validation improves, and says little about what more
    data would bring; it is named so that nobody mistakes it for overfitting.
    """
    look = view(curve, reference)
    pair = look.criterion
    if pair is None or pair.train is None or pair.validation is None:
        return
    if min(len(pair.train), len(pair.validation)) < max(5, MIN_EPOCHS):
        return
    train, validation = look.series[pair.name], look.series[f"val_{pair.name}"]
    width = gap(train, validation) * (1.0 if pair.goal == "minimize" else -1.0)
    wide = share(width, pair.scale)
    noise = max(pair.train.noise, pair.validation.noise)
    if not wide >= WIDE or width < 3 * noise:
        return
    rise = measure_rise(pair.validation)
    confidence = odds(wide, WIDE, 0.08)
    still = "no longer improves" if rise.length > len(pair.validation) // 3 else "still improves"
    yield Finding(
        "generalisation_gap",
        Severity.INFO,
        confidence,
        f"training {called(pair.name)} ends at {say(pair.name, pair.shown(pair.train.tail))}, "
        f"validation at {say(pair.name, pair.shown(pair.validation.tail))} and {still}: a gap, "
        "not harmful by itself",
        {"gap": number(width), "gap_over_fall": number(wide)},
        epochs_used=len(pair.validation),
    )
