"""One pass of a sample through a model: the output of every layer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.training.keras_loader import load_keras
from tuneit.training.probes.sample import Sample

load_keras()
import keras  # noqa: E402

LARGEST = 32 * 2**20
"""The most numbers in the outputs of all hidden layers together (256 MB)."""

_UNKNOWN = 128
"""The assumed length of an axis of unknown length, such as the steps of a series."""


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
    # By name, since Keras gives a list of one output back without the list.
    looker = keras.Model(model.inputs, {str(i): output for i, (_, output) in enumerate(hidden)})
    x = _few_rows(model, sample.x, [output.shape for _, output in hidden])
    with without_side_effects():
        values = call(looker, x)
    return [
        LayerOutput(
            layer.name,
            activation_of(layer),
            np.asarray(keras.ops.convert_to_numpy(values[str(i)]), dtype=np.float64),
        )
        for i, (layer, _) in enumerate(hidden)
    ]


def call(model: Any, x: Any, *, training: bool = False) -> Any:
    """The model's output, by default in inference mode; its `call` need not take `training`."""
    return model(x, training=training) if model._call_has_training_arg else model(x)


def without_side_effects() -> Any:
    """A scope in which calling a model changes none of its variables.

    Without it a stateful recurrent layer would keep the sample's state, and a layer that draws
    random numbers in inference would draw other numbers in training.
    """
    return keras.StatelessScope(collect_losses=True)


def _output(layer: Any) -> Any | None:
    """The layer's output where that is one array of real numbers."""
    if isinstance(layer, keras.layers.InputLayer):
        return None
    try:
        output = layer.output
    except (AttributeError, ValueError):
        return None
    if not hasattr(output, "shape") or getattr(output, "sparse", False):
        return None
    real = keras.backend.is_float_dtype(keras.backend.standardize_dtype(output.dtype))
    return output if real and len(output.shape) >= 2 else None


def _few_rows(model: Any, x: Any, shapes: Sequence[Any]) -> Any:
    """The rows whose outputs fit into `LARGEST`; all rows for a model with a fixed batch size."""
    if any(tensor.shape and tensor.shape[0] is not None for tensor in model.inputs):
        return x
    numbers = sum(math.prod(size or _UNKNOWN for size in shape[1:]) for shape in shapes)
    rows = max(1, LARGEST // max(1, numbers))
    return keras.tree.map_structure(lambda part: part[:rows], x)


def activation_of(layer: Any) -> str | None:
    """The name of a layer's activation: `relu`, `tanh`, …; None where it has none."""
    if isinstance(layer, keras.layers.ReLU):
        return "relu"
    # Recurrent layers output gated states: their values say nothing about saturation.
    if isinstance(layer, keras.layers.RNN):
        return None
    return getattr(getattr(layer, "activation", None), "__name__", None)


def kernels(model: Any) -> Iterator[tuple[str, Any]]:
    """Trainable weight matrices (two axes and more) by path, from input to output."""
    for variable in model.trainable_variables:
        if len(variable.shape) >= 2:
            yield variable.path, variable
