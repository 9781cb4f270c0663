"""One more hidden layer, or one fewer."""

from __future__ import annotations

from typing import Any

from tuneit.training.keras_loader import load_keras
from tuneit.training.treating.graph import CannotTreat, Graph
from tuneit.training.treating.rebuild import before, rebuilt

load_keras()
import keras  # noqa: E402

UNITS = 64
"""Units of the new layer if the model has no hidden Dense layer (chosen)."""


def add_layer(model: Any, x: Any = None) -> tuple[Any, str]:
    """Put a Dense layer with relu before each Dense layer that makes an output.

    It has as many units as the last hidden Dense layer.
    """
    del x
    graph = Graph.of(model)
    hidden = [layer for layer in graph.hidden if isinstance(layer, keras.layers.Dense)]
    hidden_names = {layer.name for layer in graph.hidden}
    last = [
        layer
        for layer in graph.sized
        if layer.name not in hidden_names and isinstance(layer, keras.layers.Dense)
    ]
    if not last:
        raise CannotTreat("no Dense layer makes its output")
    units = hidden[-1].units if hidden else UNITS

    def more(layer: Any) -> list[Any]:
        return [keras.layers.Dense(units, activation="relu", name=f"{layer.name}_before")]

    call = before({layer.name for layer in last}, more)
    said = f"Dense({units}, relu) before {', '.join(layer.name for layer in last)}"
    return rebuilt(model, call=call), said


def remove_layer(model: Any, x: Any = None) -> tuple[Any, str]:
    """Leave out the last hidden Dense layer; one other hidden layer must be left."""
    del x
    graph = Graph.of(model)
    dense = [layer for layer in graph.unmerged if isinstance(layer, keras.layers.Dense)]
    if len(graph.hidden) < 2 or not dense:
        raise CannotTreat("it has no hidden Dense layer beside another hidden layer")
    gone = dense[-1]

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        return args[0] if layer.name == gone.name else layer(*args, **kwargs)

    return rebuilt(model, call=call), f"without {gone.name} ({gone.units} units)"
