"""Linear layers that feed one another."""

from __future__ import annotations

from tuneit.findings import Finding
from tuneit.training.wiring.finding import hint
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import PASSING, WEIGHTED, Layer, Wiring


def check_linear_pair(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find two linear layers in a row that compute no more than one.

    A layer that is narrower than the next one (a code, a factorised matrix) is meant to be so.
    """
    del rows
    for index, layer in enumerate(wiring.layers):
        if layer.kind not in WEIGHTED or not layer.is_linear:
            continue
        following = _next_weighted(wiring, index)
        if following is not None and (layer.size or 0) >= (following.size or 0):
            return hint(
                "linear_layers_in_a_row",
                f"{layer.title} has no activation and feeds {following.title}: together they "
                "compute what one layer does",
                f"write activation='relu' in {layer.title}, or remove it",
                layer=layer.name,
            )
    return None


def _next_weighted(wiring: Wiring, index: int) -> Layer | None:
    """The only layer with a kernel that is fed through linear layers without weights."""
    children = list(wiring.children(index))
    if len(children) != 1:
        return None
    child = wiring.layers[children[0]]
    if child.kind in WEIGHTED:
        return child
    return _next_weighted(wiring, children[0]) if child.kind in PASSING else None
