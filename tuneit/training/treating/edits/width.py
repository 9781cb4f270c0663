"""Twice or half the units and filters of the hidden layers."""

from __future__ import annotations

from typing import Any

from tuneit.training.treating.graph import CannotTreat, Graph
from tuneit.training.treating.rebuild import rebuilt


def resize(model: Any, x: Any = None, *, factor: float) -> tuple[Any, str]:
    """Multiply the sizes of all hidden layers, or if they do not fit then, of the resizable
    ones."""
    del x
    graph = Graph.of(model)
    if not graph.hidden:
        raise CannotTreat("it has no hidden layer with units or filters")
    try:
        return _resized(model, graph.hidden, factor)
    except CannotTreat:
        if not graph.resizable or len(graph.resizable) == len(graph.hidden):
            raise
        return _resized(model, graph.resizable, factor)


def _resized(model: Any, layers: list[Any], factor: float) -> tuple[Any, str]:
    chosen = {layer.name for layer in layers}
    sizes: dict[str, tuple[int, int]] = {}

    def configure(layer: Any, config: dict[str, Any]) -> None:
        if layer.name in chosen:
            _scale(config, factor, sizes.setdefault, layer.name)

    new = rebuilt(model, configure)
    if all(old == size for old, size in sizes.values()):
        raise CannotTreat("its hidden layers cannot be smaller")
    said = [f"{layer.name} {sizes[layer.name][0]} → {sizes[layer.name][1]}" for layer in layers[:3]]
    more = f" and {len(layers) - 3} more" if len(layers) > 3 else ""
    return new, f"units of {', '.join(said)}{more}"


def _scale(config: dict[str, Any], factor: float, note: Any, name: str) -> None:
    """Scale the units or filters in a layer's configuration, and of the layers in a wrapper."""
    for key in ("layer", "backward_layer"):
        if isinstance(config.get(key), dict):
            _scale(config[key]["config"], factor, note, name)
    for key in ("units", "filters"):
        if isinstance(config.get(key), int):
            old, config[key] = config[key], max(1, round(config[key] * factor))
            note(name, (old, config[key]))
