"""One pass of a sample through a model: what every layer puts out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.training.probes.sample import Sample
from tuneit.training.quiet import load_keras

load_keras()
import keras  # noqa: E402


@dataclass(frozen=True, eq=False)
class LayerOutput:
    """A hidden layer's `values`, (rows, …, units), and the activation that made them, by name."""

    name: str
    activation: str | None
    values: NDArray[np.float64]


def hidden_outputs(model: Any, sample: Sample) -> list[LayerOutput]:
    """Outputs of the hidden layers, in order; empty for models that are not graphs of layers.

    Subclassed models hide their layers' connections, and layers used twice have two outputs: both
    are left out rather than guessed.
    """
    known = [(layer, output) for layer in model.layers if (output := _output(layer)) is not None]
    outputs = {id(tensor) for tensor in keras.tree.flatten(getattr(model, "outputs", None) or [])}
    hidden = [(layer, output) for layer, output in known if id(output) not in outputs]
    if not hidden or not getattr(model, "inputs", None):
        return []
    looker = keras.Model(model.inputs, [output for _, output in hidden])
    values = looker(sample.x, training=False)
    return [
        LayerOutput(layer.name, activation_of(layer), np.asarray(value, dtype=np.float64))
        for (layer, _), value in zip(hidden, values, strict=True)
    ]


def _output(layer: Any) -> Any | None:
    if isinstance(layer, keras.layers.InputLayer):
        return None
    try:
        output = layer.output
    except (AttributeError, ValueError):
        return None
    return output if keras.ops.is_tensor(output) or hasattr(output, "shape") else None


def activation_of(layer: Any) -> str | None:
    """The name of a layer's activation: `relu`, `tanh`, …; None where it has none."""
    if isinstance(layer, keras.layers.ReLU):
        return "relu"
    # Recurrent layers put out gated states: their values say nothing about saturation.
    if isinstance(layer, keras.layers.RNN):
        return None
    return getattr(getattr(layer, "activation", None), "__name__", None)


def kernels(model: Any) -> Iterator[tuple[str, Any]]:
    """Trainable weight matrices (two axes and more) by path, from input to output."""
    for variable in model.trainable_variables:
        if len(variable.shape) >= 2:
            yield variable.path, variable
