"""Dropout after the last layer."""

from __future__ import annotations

from tuneit.findings import Finding
from tuneit.training.wiring.finding import fault, loss_of
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import DROPOUT, Wiring


def check_dropout_of_output(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find dropout after the last layer: no later layer can make up for the outputs set to 0."""
    del rows
    for layer in wiring.tail[1:]:
        if layer.kind in DROPOUT and layer.settings.get("rate"):
            return fault(
                "dropout_of_the_output",
                f"{layer.title} comes after {wiring.output_title}, and changes "
                f"{layer.settings['rate']:.0%} of the model's own outputs in training",
                f"move it before {wiring.output_title}, or remove it",
                layer=layer.name,
                loss=loss_of(wiring),
            )
    return None
