"""Leakage: validation rows that training may have seen."""

from __future__ import annotations

from collections.abc import Iterable

from tuneit.diagnosis.check import GOOD, number, say
from tuneit.diagnosis.view import CurveView
from tuneit.findings import Finding, Severity

TOO_GOOD, PERFECT = 0.98, 0.995
"""A validation metric after one epoch from which rows may have leaked, and from which that is
likelier (chosen)."""

LEAKED, LEAKED_PERFECTLY = 0.3, 0.45
"""Confidence in leakage: never a verdict, since easy problems look alike (chosen)."""


def leakage(view: CurveView) -> Iterable[Finding]:
    """Suspect leakage where validation is near-perfect after one epoch, and training is not.

    Easy problems look the same, hence a possibility only: duplicates across the splits and
    single-feature predictors must be looked for in the data.
    """
    metric = view.metric
    if metric is None or metric.validation is None or metric.goal == "minimize" or view.resumed:
        return
    first = metric.shown(metric.validation.first)
    if metric.validation.epochs[0] != 0 or not TOO_GOOD <= first <= 1.0:
        return
    train = metric.shown(metric.train.first) if metric.train is not None else None
    if train is not None and train > GOOD:
        return
    yield Finding(
        "leakage",
        Severity.INFO,
        LEAKED_PERFECTLY if first >= PERFECT else LEAKED,
        f"validation {metric.words} is {say(metric.name, first)} after the first epoch: an "
        "easy problem, or validation rows that training has seen",
        {
            "validation_first": number(first),
            "train_first": None if train is None else number(train),
        },
        onset_epoch=view.epoch(metric.validation, 0),
        epochs_used=1,
        output=metric.output,
    )
