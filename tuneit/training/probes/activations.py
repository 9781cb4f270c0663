"""Probes for activations that carry no signal: dead ReLUs, saturated sigmoids and tanhs."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tuneit.diagnosis.check import number, odds, severity
from tuneit.findings import Finding
from tuneit.training.probes.look import Look

DEAD_SHARE, DEAD_WIDTH = 0.9, 0.02
"""It is a fault if at least this share of a layer's units is zero for every row; at a distance of
`DEAD_WIDTH` from the limit the confidence is 0.73. The limit is high because sound networks lose
units too: some of `studies/benchmarks/wiring/sound_training.py` lose more than half a layer."""

FEWEST_UNITS = 4
"""The fewest units of a layer for which a share is meaningful (chosen)."""

SATURATED_SHARE = 0.5
"""It is a fault if this share of a layer's values is in the flat parts of its activation."""

UNSATURATED = (
    "scale the inputs to about unit size, start from smaller weights, or use activation='relu' or "
    "batch normalisation"
)

FLAT = {"sigmoid": (0.01, 0.99), "hard_sigmoid": (0.0, 1.0), "tanh": (-0.99, 0.99)}
"""Values at which an activation's slope has fallen below 4 % of its largest."""


def dead_relus(look: Look) -> Iterable[Finding]:
    """Share of ReLU units (channels) whose output is zero on every row and position.

    Such a unit has no gradient and never comes back (Lu, Shin, Su & Karniadakis, "Dying ReLU and
    initialization", 2019). Judged by the worst layer.
    """
    relu = [
        layer
        for layer in look.outputs
        if layer.activation == "relu" and layer.values.shape[-1] >= FEWEST_UNITS
    ]
    if not relu:
        return
    shares = {
        layer.name: float(np.mean(~np.any(_by_unit(layer.values) > 0, axis=0))) for layer in relu
    }
    worst = max(shares, key=lambda name: shares[name])
    confidence = odds(shares[worst], DEAD_SHARE, DEAD_WIDTH)
    if confidence < 0.2:
        return
    write = (
        "lower the learning rate to a tenth, scale the inputs, check the bias's initial value, or "
        f"write activation='leaky_relu' in layer '{worst}'"
    )
    yield Finding(
        "dead_relus",
        severity(confidence),
        confidence,
        f"{100 * shares[worst]:.0f} % of the ReLUs of layer '{worst}' are zero for every row: no "
        f"gradient reaches them; {write}",
        {
            "layer": worst,
            "share": number(shares[worst]),
            "rows": len(relu[0].values),
            "write": write,
        },
    )


def saturated(look: Look) -> Iterable[Finding]:
    """Share of hidden sigmoid and tanh values in the flat parts, where gradients vanish.

    (Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010.) Output layers do not count: there, saturation is confidence.
    """
    shares = {
        layer.name: float(np.mean((layer.values <= low) | (layer.values >= high)))
        for layer in look.outputs
        if layer.activation in FLAT
        for low, high in (FLAT[layer.activation],)
    }
    if not shares:
        return
    worst = max(shares, key=lambda name: shares[name])
    confidence = odds(shares[worst], SATURATED_SHARE, 0.1)
    if confidence < 0.2:
        return
    yield Finding(
        "saturated_activations",
        severity(confidence),
        confidence,
        f"{100 * shares[worst]:.0f} % of the values of layer '{worst}' are saturated: "
        f"{UNSATURATED}",
        {"layer": worst, "share": number(shares[worst]), "write": UNSATURATED},
    )


def _by_unit(values: np.ndarray) -> np.ndarray:
    return values.reshape(-1, values.shape[-1])
