"""Too few rows to train on."""

from __future__ import annotations

from tuneit.findings import Finding
from tuneit.training.wiring.finding import fault
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring


def check_row_count(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find a split that leaves one training row, or none."""
    del wiring
    if rows.training > 1:
        return None
    left = "one row" if rows.training else "no row"
    if len(rows.y) > 1:
        what = f"{left} of {len(rows.y)} is left to train on"
        write = "write validation_split=0.2, and train on the other 80 %"
    else:
        what = f"x and y have {left} to train on, of shape {rows.y.shape[1:] or '()'}"
        write = "the first axis counts rows: write x = x.reshape(rows, features), y = y.reshape(-1)"
    return fault("one_training_row", what, write)
