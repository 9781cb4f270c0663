"""Runs too short to say anything."""

from __future__ import annotations

from collections.abc import Iterable

from tuneit.diagnosis.check import ENOUGH_EPOCHS
from tuneit.diagnosis.view import CurveView
from tuneit.errors.wording import counted
from tuneit.findings import Finding, Severity

CERTAIN = (0.99, 0.99, 0.95, 0.7, 0.6)
"""Confidence that a run is too short after 0, 1, 2, 3 and 4 epochs (chosen)."""


def too_short(view: CurveView) -> Iterable[Finding]:
    """Count the epochs that reported anything; fewer than five show no trend beyond noise."""
    pair = view.criterion
    judged = None if pair is None else pair.validation or pair.train
    epochs = 0 if judged is None else len(judged)
    if epochs >= ENOUGH_EPOCHS:
        return
    spent = 0 if judged is None else view.span(judged)
    seen = counted(epochs, "epoch")
    if spent > epochs:
        seen = f"validation in {epochs} of {counted(spent, 'epoch')}"
    yield Finding(
        "too_short",
        Severity.INFO,
        CERTAIN[epochs],
        f"{seen} cannot show a trend: {ENOUGH_EPOCHS} are the least, about 20 are better",
        {"epochs": epochs},
        epochs_used=spent,
    )
