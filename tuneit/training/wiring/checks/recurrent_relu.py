"""ReLU in a recurrent layer."""

from __future__ import annotations

from tuneit.findings import Finding
from tuneit.training.wiring.finding import hint
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import RECURRENT, Wiring


def check_recurrent_relu(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find recurrent layers whose state can grow without bound from step to step."""
    del rows
    for layer in wiring.layers:
        if layer.kind in RECURRENT and layer.activation == "relu":
            return hint(
                "relu_in_recurrent_layer",
                f"{layer.title} has the activation relu, so that its state may grow at each step",
                "write activation='tanh', or clip the gradients (clipnorm=1.0)",
                layer=layer.name,
            )
    return None
