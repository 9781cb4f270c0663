"""Targets that are among the inputs."""

from __future__ import annotations

import numpy as np

from tuneit.data.dataset import Array
from tuneit.findings import Finding
from tuneit.training.wiring.finding import loss_of, warning
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import RECURRENT, Wiring

FEWEST_ROWS = 10
"""Rows from which equal numbers are no coincidence (chosen)."""


def check_target_in_inputs(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find an input column that equals the target, and sequences that are to be copied.

    If all inputs are targets too, the model is an autoencoder, which is sound, unless a recurrent
    model predicts each step of a sequence from the steps up to it.
    """
    if len(rows.y) < FEWEST_ROWS:
        return None
    for name, x in rows.x.items():
        where = "the input" if len(rows.x) == 1 else f"the input '{name}'"
        column = _equal_column(x, rows.column)
        if _copies(wiring, x, rows.y):
            what = f"{where} is the target: the model has only to copy each step"
            write = "shift the target: x = s[:, :-1] and y = s[:, 1:]"
        elif column is not None and x[0].size == 1:
            what, write = f"{where} equals the target", "give x the features and y the target"
        elif column is not None:
            what = f"column {column} of {where} equals the target"
            write = f"write x = np.delete(x, {column}, axis=1)"
        else:
            continue
        return warning("inputs_equal_targets", what, write, loss=loss_of(wiring))
    return None


def _copies(wiring: Wiring, x: Array, y: Array) -> bool:
    recurrent = [layer for layer in wiring.layers if layer.kind in RECURRENT]
    if not recurrent or not all(layer.settings.get("return_sequences") for layer in recurrent):
        return False
    return x.ndim == 3 and x.shape == y.shape and bool(np.array_equal(x, y))


def _equal_column(x: Array, column: Array | None) -> int | None:
    if column is None or x.ndim > 2:
        return None
    table = x.reshape(len(x), -1)
    return next((i for i in range(table.shape[1]) if np.array_equal(table[:, i], column)), None)
