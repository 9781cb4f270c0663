"""Inputs or targets far from unit scale."""

from __future__ import annotations

import numpy as np

from tuneit.data.dataset import Array
from tuneit.data.head import ERRORS
from tuneit.errors.wording import figures
from tuneit.findings import Finding
from tuneit.training.wiring.finding import hint
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring

SCALING = frozenset(
    {
        *("Normalization", "Rescaling", "BatchNormalization", "LayerNormalization"),
        *("Embedding", "Hashing", "IntegerLookup", "CategoryEncoding", "Discretization"),
    }
)
"""Layers that scale their input, or that take numbers of any size."""

LARGE = 10.0
"""Root mean square from which inputs saturate or blow up layers with usual initial weights
(LeCun et al. 1998, Efficient BackProp, section 4.3, ask for about 1; the factor is chosen)."""

LARGE_TARGET = 50.0
"""Root mean square from which a squared error starts in thousands (chosen)."""

SMALL = 1e-2
"""Standard deviation below which a model sees hardly any difference between rows (chosen)."""


def check_input_scale(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find inputs that are far larger or smaller than 1 where no layer scales them."""
    if any(layer.kind in SCALING or layer.kind.startswith("own ") for layer in wiring.layers):
        return None
    for name, x in rows.x.items():
        size, deviation = _size(x)
        if size > LARGE or 0 < deviation < SMALL:
            return hint(
                "inputs_far_from_unit_scale",
                f"the values of the input '{name}' have a root mean square of {figures(size, 2)} "
                f"and a standard deviation of {figures(deviation, 2)}, and no layer scales them",
                "write x = x / 255 for pictures, or (x - x.mean(axis=0)) / x.std(axis=0); in a "
                "study `scale: standard`",
            )
    return None


def check_target_scale(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find targets of a regression that are far larger or smaller than 1."""
    head = wiring.head
    if head is None or head.loss not in ERRORS or "percentage" in head.loss:
        return None
    size, deviation = _size(rows.y)
    if size <= LARGE_TARGET and not 0 < deviation < SMALL:
        return None
    return hint(
        "targets_far_from_unit_scale",
        f"the targets of the loss {head.loss} have a root mean square of {figures(size, 2)} and a "
        f"standard deviation of {figures(deviation, 2)}, where an untrained model's outputs are "
        "about 1",
        "write y = (y - y.mean()) / y.std(), and turn predictions back",
    )


def _size(values: Array) -> tuple[float, float]:
    """Root mean square and standard deviation of numbers; 1 and 1 of truth values."""
    if values.dtype.kind not in "fiu" or not values.size:
        return 1.0, 1.0
    real = values.astype(np.float64)
    return float(np.sqrt(np.mean(real**2))), float(real.std())
