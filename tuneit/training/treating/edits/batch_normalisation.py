"""Batch normalisation between the hidden layers and their activations."""

from __future__ import annotations

from typing import Any

from tuneit.training.keras_loader import load_keras
from tuneit.training.treating.graph import CannotTreat, Graph, names
from tuneit.training.treating.rebuild import rebuilt

load_keras()
import keras  # noqa: E402

_KINDS = (
    keras.layers.Dense,
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.SeparableConv1D,
    keras.layers.SeparableConv2D,
)


def add_batch_normalisation(model: Any, x: Any = None) -> tuple[Any, str]:
    """Put a BatchNormalization after each hidden Dense layer and convolution, before its
    activation."""
    del x
    graph = Graph.of(model)
    if any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers):
        raise CannotTreat("it has batch normalisation already")
    chosen = [layer for layer in graph.hidden if isinstance(layer, _KINDS)]
    if not chosen:
        raise CannotTreat("it has no hidden Dense layer or convolution")
    functions = {layer.name: layer.activation for layer in chosen}

    def configure(layer: Any, config: dict[str, Any]) -> None:
        if layer.name in functions:
            config["activation"] = "linear"

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        output = layer(*args, **kwargs)
        if layer.name not in functions:
            return output
        output = keras.layers.BatchNormalization(name=f"{layer.name}_normalised")(output)
        activation = functions[layer.name]
        if activation is keras.activations.linear:
            return output
        return keras.layers.Activation(activation, name=f"{layer.name}_activation")(output)

    return rebuilt(model, configure, call), f"BatchNormalization after {names(chosen)}"
