"""Reading a model's head: its loss, and the units and activation of its last layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuneit.data.head import Head
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
from keras.src.models.functional import Functional  # noqa: E402 - not exported

_PASS_THROUGH = (
    keras.layers.Flatten,
    keras.layers.Reshape,
    keras.layers.Permute,
    keras.layers.Dropout,
)
"""Layers after the last one that change no output value: the layer before them is the head."""

_ACTIVATIONS: Mapping[Any, str] = {
    keras.layers.Softmax: "softmax",
    keras.layers.ReLU: "relu",
    keras.layers.LeakyReLU: "leaky_relu",
    keras.layers.ELU: "elu",
    keras.layers.PReLU: "prelu",
}
"""Layers that are activations, and the names of their functions."""


def head_of(model: Any) -> Head | None:
    """Read the head of a `keras.Model`; None where it has several outputs or losses."""
    outputs = _outputs(model)
    loss = getattr(model, "loss", None)
    if len(outputs) > 1 or isinstance(loss, (dict, list, tuple)):
        return None
    layer = _last_layer(model, outputs)
    shape = tuple(outputs[0].shape[1:]) if outputs else None
    units = shape[-1] if shape else getattr(layer, "units", None)
    settings = getattr(loss, "_fn_kwargs", {})
    return Head(
        loss=_loss_name(loss),
        shape=shape,
        units=units,
        activation=_activation(layer),
        ignored=settings.get("ignore_class"),
        from_logits=bool(settings.get("from_logits", False)),
    )


def _outputs(model: Any) -> list[Any]:
    """The symbolic outputs; none of a subclassed model, or of a Sequential without its input."""
    if isinstance(model, (keras.Sequential, Functional)) and model.built:
        return list(model.outputs)
    return []


def _loss_name(loss: Any) -> str:
    if isinstance(loss, str):
        try:
            loss = keras.losses.get(loss)
        except ValueError:
            return ""
    is_object = isinstance(loss, keras.losses.Loss)
    function = getattr(loss, "fn", None) if is_object else loss
    of_keras = all(_is_of_keras(part) for part in (function, type(loss) if is_object else function))
    return str(getattr(function, "__name__", "")) if of_keras else ""


def _is_of_keras(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).startswith("keras.")


def _last_layer(model: Any, outputs: list[Any]) -> Any:
    """The layer that makes the output; None where the model's graph is not known."""
    if outputs:
        layer = outputs[0]._keras_history.operation
    elif isinstance(model, keras.Sequential) and model.layers:
        layer = model.layers[-1]
    else:
        return None
    if isinstance(layer, keras.Model):
        return _last_layer(layer, _outputs(layer))
    if isinstance(layer, _PASS_THROUGH) and outputs and isinstance(layer.input, keras.KerasTensor):
        return _last_layer(model, [layer.input])
    return layer


def _activation(layer: Any) -> str:
    if type(layer) in _ACTIVATIONS:
        return _ACTIVATIONS[type(layer)]
    function = getattr(layer, "activation", None)
    return str(getattr(function, "__name__", "")) if _is_of_keras(function) else ""
