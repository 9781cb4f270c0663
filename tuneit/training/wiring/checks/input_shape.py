"""Rows of another shape than the model takes."""

from __future__ import annotations

from tuneit.findings import Finding
from tuneit.training.wiring.finding import fault
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring


def check_input_shape(wiring: Wiring, rows: Rows) -> Finding | None:
    """Compare the shape of a row with that of the single input."""
    if len(wiring.inputs) != 1 or len(rows.x) != 1 or wiring.inputs[0].shape is None:
        return None
    wanted, given = wiring.inputs[0].shape, next(iter(rows.x.values())).shape[1:]
    if len(wanted) == len(given) and all(
        size in (None, own) for size, own in zip(wanted, given, strict=True)
    ):
        return None
    # Keras adds or removes a last axis of 1.
    if wanted == (*given, 1) or given == (*wanted, 1):
        return None
    return fault(
        "input_shape_mismatch",
        f"the model takes rows of shape {wanted}, but those of x have {given}",
        f"write keras.Input(shape={given})",
        layer=wiring.inputs[0].name,
    )
