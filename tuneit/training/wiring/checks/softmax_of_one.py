"""Softmax over a single unit, whose output is always 1."""

from __future__ import annotations

from tuneit.findings import Finding
from tuneit.training.wiring.finding import fault, loss_of
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring


def check_softmax_of_one(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find softmax over one unit: Keras trains on the logits, and every prediction is 1."""
    head = wiring.head
    if head is None or head.units != 1 or head.activation != "softmax":
        return None
    write = "write activation='sigmoid' and loss='binary_crossentropy'"
    if rows.classes > 2:
        write = f"write Dense({rows.classes}, activation='softmax')"
        write += " and loss='sparse_categorical_crossentropy'"
    elif not rows.classes and not rows.is_whole:
        write = "write activation=None and loss='mse'"
    return fault(
        "softmax_of_one_unit",
        f"{wiring.output_title} has softmax over 1 unit, which is 1 whatever the input, so that "
        f"with {head.loss or 'any loss'} every prediction is the same",
        write,
        layer=wiring.last_name,
        loss=loss_of(wiring),
    )
