"""A probe for predictions that are the same for every row."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity
from tuneit.training.probes.look import Look
from tuneit.training.wiring.checks.output_range import RANGES

FEWEST_ROWS = 8
"""The fewest rows for which equal predictions are no coincidence (chosen)."""

SAME = 1e-6
"""Predictions are equal if spread / size is at most this, the rounding of float32."""

CERTAIN = 0.95
"""Confidence that the answers do not depend on the inputs (chosen)."""

SATURATED = "scale inputs and targets to about unit size, and lower the learning rate to a tenth"


def constant_predictions(look: Look) -> Iterable[Finding]:
    """Look for predictions that are equal for all rows, although the rows' targets are not.

    One look is enough, because even untrained models give different predictions. The first layer
    whose output is the same for all rows loses the inputs; if there is none, the last layer does.
    """
    said, targets = look.predictions, look.targets
    if said is None or targets is None or len(said) < FEWEST_ROWS or _is_same(targets):
        return
    if not np.isfinite(said).all() or not _is_same(said):
        return
    lost = next((layer for layer in look.outputs if _is_same(layer.values)), None)
    if lost is not None:
        where = f"layer '{lost.name}' outputs the same for every row"
        write = _for_layer(lost.name, lost.activation, lost.values)
    else:
        where, write = _of_last(look, said)
    yield Finding(
        "constant_predictions",
        Severity.CRITICAL,
        CERTAIN,
        f"all {len(said)} predictions are the same ({_shown(said[0])}), although the targets "
        f"differ: {where}; {write}",
        {"layer": lost.name if lost else None, "rows": len(said), "write": write},
    )


def _is_same(values: NDArray[np.float64]) -> bool:
    largest = float(np.max(np.abs(values), initial=0.0))
    return bool(np.max(np.ptp(values, axis=0), initial=0.0) <= SAME * largest)


def _for_layer(name: str, activation: str | None, values: NDArray[np.float64]) -> str:
    if not np.any(values) and activation == "relu":
        return (
            f"its units are dead: write activation='leaky_relu' in layer '{name}', scale the "
            "inputs, or lower the learning rate to a tenth"
        )
    if activation in RANGES:
        return f"its activation {activation} is saturated: {SATURATED}"
    return f"print the outputs of layer '{name}' and of those before it"


def _of_last(look: Look, said: NDArray[np.float64]) -> tuple[str, str]:
    """Where the inputs are lost in the last layer, and what to write."""
    activation = look.head.activation if look.head else ""
    if said.shape[-1] == 1 and np.all(said == 1) and activation in ("softmax", ""):
        return "softmax over one unit is always 1", (
            "write activation='sigmoid' in the last layer, or a unit for each class"
        )
    if not np.any(said) and activation in ("relu", ""):
        return "the last layer outputs only zeros", "write activation=None in the last layer"
    if activation in RANGES:
        return f"the last layer's {activation} is saturated", SATURATED
    return "the answers do not depend on the inputs", (
        "check that the last layers use the outputs of the first ones, and lower the learning rate"
    )


def _shown(answer: NDArray[np.float64]) -> str:
    numbers = [figures(value) for value in np.ravel(answer)[:3]]
    return ", ".join(numbers) + (", …" if np.size(answer) > len(numbers) else "")
