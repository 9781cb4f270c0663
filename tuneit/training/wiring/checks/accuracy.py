"""Accuracy as the metric of a regression, or of rows with several labels."""

from __future__ import annotations

from tuneit.data.head import BINARY, COUNTS, ERRORS, OF_ONE_CLASS
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


def check_accuracy_of_labels(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find a categorical accuracy, which compares the largest output, beside several labels."""
    head = wiring.head
    named = next((metric for metric in wiring.metrics if metric in OF_ONE_CLASS), None)
    if head is None or head.loss not in BINARY or not rows.is_multi_hot or named is None:
        return None
    return warning(
        "accuracy_of_several_labels",
        "with several units Keras computes a categorical accuracy: it asks whether the largest "
        "output is the row's first label, but rows have several labels, or none",
        "write metrics=['binary_accuracy']",
        loss=head.loss,
    )
