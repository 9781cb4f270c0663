"""Runs without validation: what only validation shows cannot be seen."""

from __future__ import annotations

from collections.abc import Iterable

from tuneit.diagnosis.view import CurveView
from tuneit.findings import Finding, Severity


def not_validated(view: CurveView) -> Iterable[Finding]:
    """Say that no loss and no metric was measured on other rows than those trained on."""
    pairs = [pair for pair in (view.loss, view.metric) if pair is not None]
    if not pairs or any(pair.validation is not None for pair in pairs):
        return
    yield Finding(
        "not_validated",
        Severity.INFO,
        1.0,
        "nothing was validated: how the model does on rows that it did not train on is not known; "
        "give fit() validation_data or validation_split=0.2",
        {"epochs": len(view)},
        epochs_used=len(view),
    )
