"""What a trained model and its training rows show beside its learning curve."""

from __future__ import annotations

from typing import Any

from tuneit.curves import LearningCurve
from tuneit.diagnosis import diagnose_curve
from tuneit.diagnosis.verdict import implied
from tuneit.findings import Finding, Reference
from tuneit.findings.verdict import FAULTS
from tuneit.training.probes.guard import Guard
from tuneit.training.probes.one_batch import learns_by_heart
from tuneit.training.probes.runner import NOTHING, ONE_BATCH
from tuneit.training.probes.trained import look_inside
from tuneit.training.wiring.check_model import check_model


def examine(
    model: Any, x: Any, y: Any, curve: LearningCurve, reference: Reference
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Check how a trained model is wired, and look inside it at some rows of x and y.

    Where the curve shows a fault that nothing else explains, a copy of the model is trained on 32
    rows as well, which takes a few seconds. Returns the findings, and sentences on what could not
    be measured. Raises BuilderError for a model that is not compiled, DataError for x and y that
    are no arrays of as many rows.
    """
    notes: list[str] = []
    guard = Guard(notes.append)
    found = (*check_model(model, x, y), *look_inside(model, x, y, curve, guard))
    if diagnose_curve(curve, reference, seen=found).verdict in FAULTS:
        found += try_rows_by_heart(model, x, y, found, guard)
    return found, tuple(notes)


def try_rows_by_heart(
    model: Any, x: Any, y: Any, found: tuple[Finding, ...], guard: Guard
) -> tuple[Finding, ...]:
    """Train a copy of a model on 32 rows, unless a critical finding among `found` explains the run.

    It takes seconds for a small model, a minute at most.
    """
    if any(implied(finding) is not None for finding in found):
        return NOTHING
    return guard.call(ONE_BATCH, lambda: (learns_by_heart(model, x, y),), NOTHING)
