"""Marks told from measurements: NaN for what was not reported, the largest float, a lost loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from tuneit.logs.cells import Cell
from tuneit.logs.rows import Rows, all_finite

HUGE = 1e30
"""No mean loss of a model that goes on to learn: a logger's mark for "nothing yet", as the largest
float is, or an explosion."""


def without_nan_marks(rows: Rows) -> Rows:
    """Rows whose NaN means a number that is none; some logs write it for what was not reported.

    A loss that is lost does not come back: NaN between numbers says nothing, and so does one at the
    end where it stood between numbers for as long.
    """
    cells = {name: _unmarked(column) for name, column in rows.cells.items()}
    return replace(rows, cells=cells)


def _unmarked(cells: Sequence[Cell]) -> Sequence[Cell]:
    at = [i for i, cell in enumerate(cells) if cell is not None]
    if not any(math.isnan(cells[i]) for i in at):  # type: ignore[arg-type]
        return cells
    lengths = [
        (nan, len(list(run)))
        for nan, run in groupby(at, key=lambda i: math.isnan(cells[i]))  # type: ignore[arg-type]
    ]
    numbers = [k for k, (nan, _) in enumerate(lengths) if not nan]
    if not numbers or len(numbers) == len(lengths):
        return cells
    between = [n for nan, n in lengths[: numbers[-1]] if nan]
    after = sum(n for nan, n in lengths[numbers[-1] :] if nan)
    lost = after if after > max(between, default=0) else 0
    kept = set(at[len(at) - lost :])
    return [
        None if cell is not None and math.isnan(cell) and i not in kept else cell
        for i, cell in enumerate(cells)
    ]


def with_real_values(rows: Rows) -> Rows:
    """Tell marks from measurements: one huge value is none, a NaN at the end is a divergence."""
    for name, cells in list(rows.cells.items()):
        huge = [
            i for i, cell in enumerate(cells) if cell is not None and HUGE < abs(cell) < math.inf
        ]
        later = cells[huge[0] + 1 :] if len(huge) == 1 else []
        if any(cell is not None and math.isfinite(cell) for cell in later):
            amended = [None if i == huge[0] else cell for i, cell in enumerate(cells)]
            rows = replace(rows, cells={**rows.cells, name: amended}).noted(
                f"{name} at epoch {rows.epochs[huge[0]]:g} is {cells[huge[0]]:g}, no measurement: "
                "it is left out"
            )
    loss, validation = rows.cells.get("loss", ()), rows.cells.get("val_loss", ())
    finite = [i for i, cell in enumerate(loss) if cell is not None and math.isfinite(cell)]
    lost = [i for i, cell in enumerate(loss) if cell is not None and math.isnan(cell)]
    if finite and lost and lost[0] > finite[-1] and validation and all_finite(validation[-1:]):
        # In a curve NaN means "not reported" beside a validation that was: this one was reported.
        amended = [math.inf if i in lost else cell for i, cell in enumerate(loss)]
        rows = replace(rows, cells={**rows.cells, "loss": amended})
    if validation and (last := validation[-1]) is not None and math.isnan(last):
        rows = rows.noted("val_loss is NaN at the end: look for such values in the validation data")
    return rows
