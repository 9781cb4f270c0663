"""Accuracy as the metric of a regression."""

from __future__ import annotations

from tuneit.data.head import COUNTS, ERRORS
from tuneit.findings import Finding
from tuneit.training.wiring.finding import warning
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring


def check_accuracy(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find accuracy, which counts outputs equal to the target, beside real targets."""
    head = wiring.head
    if head is None or head.loss not in ERRORS | {COUNTS} or not wiring.reports_accuracy():
        return None
    if rows.classes or rows.is_zero_or_one:
        return None
    return warning(
        "accuracy_of_regression",
        f"the metric accuracy counts outputs that equal the target, but the targets of the loss "
        f"{head.loss} are numbers, so that it stays near 0 however good the model is",
        "write metrics=['mae']",
        loss=head.loss,
    )
