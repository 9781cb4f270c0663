"""Inputs or targets that are no numbers, or all the same."""

from __future__ import annotations

import numpy as np

from tuneit.findings import Finding
from tuneit.training.wiring.finding import fault, loss_of
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring


def check_values(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find NaN and infinite values, and targets that never change."""
    for name, values in (*rows.x.items(), ("y", rows.y)):
        count = int(np.sum(~np.isfinite(values))) if values.dtype.kind == "f" else 0
        if count:
            return fault(
                "not_finite",
                f"{count} of {values.size} values of '{name}' are NaN or infinite, which makes the "
                "loss NaN",
                f"remove these rows, or fill them: np.nan_to_num({name})",
            )
    if len(rows.y) > 1 and rows.low == rows.high:
        return fault(
            "constant_target",
            f"all targets are {rows.low:g}: there is nothing to learn",
            "look at how y is made and cut",
            loss=loss_of(wiring),
        )
    return None
