"""A loss for classes that exclude one another on labels that do not, or the reverse."""

from __future__ import annotations

from tuneit.data.head import BINARY
from tuneit.findings import Finding
from tuneit.training.wiring.finding import warning
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring

FEWEST_ROWS = 10
"""Rows from which one-hot targets are no coincidence (chosen)."""


def check_exclusive(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find binary cross-entropy on one-hot rows, and categorical on rows with several ones."""
    head = wiring.head
    if head is None or len(rows.y) < FEWEST_ROWS:
        return None
    if head.loss in BINARY and rows.is_one_hot:
        return warning(
            "binary_cross_entropy_on_one_hot",
            f"the loss {head.loss} takes the {head.units or 'several'} units of "
            f"{wiring.output_title} as independent questions, but each row of the targets has "
            "exactly one class, and accuracy then counts the many easy zeros",
            "write activation='softmax' and loss='categorical_crossentropy'",
            layer=wiring.last_name,
            loss=head.loss,
        )
    if head.loss == "categorical_crossentropy" and rows.is_multi_hot:
        return warning(
            "categorical_cross_entropy_on_several_labels",
            f"the loss {head.loss} takes one class a row, but rows of the targets have several "
            "ones, or none",
            f"write activation='sigmoid' in {wiring.output_title} and loss='binary_crossentropy'",
            layer=wiring.last_name,
            loss=head.loss,
        )
    return None
