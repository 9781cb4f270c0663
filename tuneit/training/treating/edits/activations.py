"""Activations where linear layers feed one another."""

from __future__ import annotations

from typing import Any

from tuneit.training.treating.graph import CannotTreat, Graph, names
from tuneit.training.treating.rebuild import rebuilt
from tuneit.training.wiring.read import read_wiring
from tuneit.training.wiring.wiring import PASSING, WEIGHTED


def add_activations(model: Any, x: Any = None) -> tuple[Any, str]:
    """Give `relu` to each linear layer that feeds another layer with a kernel directly."""
    del x
    linear = _linear(model)
    chosen = [layer for layer in Graph.of(model).hidden if layer.name in linear]
    if not chosen:
        raise CannotTreat("no hidden layer lacks an activation")

    def configure(layer: Any, config: dict[str, Any]) -> None:
        if layer.name in linear:
            config["activation"] = "relu"

    return rebuilt(model, configure), f"activation relu in {names(chosen)}"


def _linear(model: Any) -> set[str]:
    """Names of the linear layers with a kernel from which no activation leads to the next one."""
    wiring = read_wiring(model)

    def feeds_kernel(index: int) -> bool:
        children = [(child, wiring.layers[child]) for child in wiring.children(index)]
        return any(
            layer.kind in WEIGHTED or (layer.kind in PASSING and feeds_kernel(child))
            for child, layer in children
        )

    return {
        layer.name
        for index, layer in enumerate(wiring.layers)
        if layer.kind in WEIGHTED and layer.is_linear and feeds_kernel(index)
    }
