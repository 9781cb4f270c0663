"""Learning rate, number of steps and batch size of a training."""

from __future__ import annotations

import math

from tuneit.findings import Finding
from tuneit.training.wiring.finding import hint
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring

LOWEST_RATE, HIGHEST_RATE = 1e-6, 0.5
"""Learning rates that some optimizer of Keras trains with (chosen)."""

FEWEST_STEPS = 50
"""Steps below which weights have hardly left their initial values (chosen)."""


def check_learning_rate(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find a learning rate that is far outside of the usual range."""
    del rows
    rate = wiring.learning_rate
    if rate is None or LOWEST_RATE <= rate <= HIGHEST_RATE:
        return None
    return hint(
        "unusual_learning_rate",
        f"the learning rate is {rate:g}, outside of {LOWEST_RATE:g} to {HIGHEST_RATE:g}",
        "write keras.optimizers.Adam(learning_rate=1e-3), or SGD with 1e-2",
    )


def check_batch_size(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find batches that are larger than the data."""
    del wiring
    if rows.batch_size is None or rows.batch_size <= rows.training:
        return None
    return hint(
        "batch_larger_than_data",
        f"batch_size is {rows.batch_size}, but there are {rows.training} training rows, so that an "
        "epoch is a single step",
        f"write batch_size={max(1, min(32, rows.training // 10))}",
    )


def check_steps(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find trainings of too few steps in all."""
    del wiring
    if rows.epochs is None or rows.batch_size is None:
        return None
    each = math.ceil(rows.training / rows.batch_size)
    if rows.epochs * each >= FEWEST_STEPS:
        return None
    return hint(
        "few_steps",
        f"{rows.epochs} epochs of {each} batches make {rows.epochs * each} steps in all",
        f"write epochs={math.ceil(FEWEST_STEPS / max(1, each))} or more, or a smaller batch_size",
    )
