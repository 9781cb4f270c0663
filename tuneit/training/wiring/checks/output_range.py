"""An output activation whose range does not reach the targets."""

from __future__ import annotations

import math

from tuneit.data.head import COUNTS, ERRORS
from tuneit.errors.wording import figures
from tuneit.findings import Finding
from tuneit.training.wiring.finding import fault
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring

RANGES = {
    "relu": (0.0, math.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, math.inf),
    "exponential": (0.0, math.inf),
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "sparsemax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "elu": (-1.0, math.inf),
    "selu": (-1.7581, math.inf),
}
"""The lowest and highest output of Keras's activations."""

SLACK = 1e-3
"""Targets this far outside, as a share of their spread, are rounding."""


def check_range(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find targets of a regression outside of the output activation's range."""
    head = wiring.head
    if head is None or head.loss not in ERRORS | {COUNTS} or head.activation not in RANGES:
        return None
    low, high = RANGES[head.activation]
    slack = SLACK * (rows.high - rows.low)
    if rows.low >= low - slack and rows.high <= high + slack:
        return None
    ends = f"from {low:g} to {high:g}" if math.isfinite(high) else f"from {low:g} up"
    return fault(
        "output_cannot_reach_targets",
        f"{wiring.output_title} with the activation {head.activation} gives numbers {ends}, but "
        f"the targets of the loss {head.loss} go from {figures(rows.low)} to {figures(rows.high)}",
        "write activation=None in it" + ("" if math.isinf(high) else ", or scale the targets"),
        layer=wiring.last_name,
        loss=head.loss,
    )
