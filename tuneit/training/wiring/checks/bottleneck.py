"""A hidden layer of one unit."""

from __future__ import annotations

from tuneit.findings import Finding
from tuneit.training.wiring.finding import hint
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import RECURRENT, WEIGHTED, Wiring


def check_bottleneck(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find a hidden layer of one unit that all paths to the output pass."""
    del rows
    index = wiring.output
    while index is not None:
        layer = wiring.layers[index]
        hidden = layer.kind in WEIGHTED | RECURRENT and layer is not wiring.last
        if hidden and layer.size == 1:
            return hint(
                "bottleneck_of_one_unit",
                f"later layers see the input only through {layer.title}, which has 1 unit",
                f"give {layer.title} more units, such as 16",
                layer=layer.name,
            )
        index = layer.parents[0] if len(layer.parents) == 1 else None
    return None
