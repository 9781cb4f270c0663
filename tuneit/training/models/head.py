"""Reading a model's head: its loss, and the units and activation of its last layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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


_DISTANCES = {"mean_squared_error": "mse", "mean_absolute_error": "mae"}
"""Losses that are a metric too, by the names that logs give it."""


def distance_of(model: Any) -> str | None:
    """`mse` or `mae` where that is the model's loss, without penalties on weights; else None."""
    head = head_of(model)
    return None if head is None or model.losses else _DISTANCES.get(head.loss)


def head_of(model: Any) -> Head | None:
    """Read the head of a `keras.Model`; None where it has several outputs or losses."""
    heads = heads_of(model)
    return heads[0] if len(heads) == 1 else None


def heads_of(model: Any) -> tuple[Head, ...]:
    """Read the heads of a `keras.Model`, one an output, in the order in which Keras flattens them.

    A name is the key of a dict of outputs, else the last layer's; the only output has none. Empty
    for a class of the user's own with several losses, whose outputs are not known before it runs.
    """
    outputs, loss = _outputs(model), getattr(model, "loss", None)
    several = isinstance(loss, (dict, list, tuple))
    if len(outputs) < 2:
        losses: Any = list(loss.values()) if isinstance(loss, dict) else loss
        if several and (len(losses) != 1 or not outputs):
            return ()
        return (_head(model, outputs, losses[0] if several else loss, ""),)
    struct = getattr(model, "_outputs_struct", None)
    names = list(model.output_names)
    if isinstance(struct, dict) and len(struct) == len(outputs):
        by_tensor = {id(tensor): str(name) for name, tensor in struct.items()}
        names = [
            by_tensor.get(id(tensor), name) for tensor, name in zip(outputs, names, strict=True)
        ]
    by_name = isinstance(struct, dict) if isinstance(struct, (dict, list, tuple)) else None
    return tuple(
        replace(_head(model, [output], _loss_of(loss, name, names), name), by_name=by_name)
        for output, name in zip(outputs, names, strict=True)
    )


def _loss_of(loss: Any, name: str, names: list[str]) -> Any:
    """The loss of one of several outputs: by name, by place, or one for all."""
    if isinstance(loss, dict):
        return loss.get(name)
    if isinstance(loss, (list, tuple)):
        place = names.index(name)
        return loss[place] if place < len(loss) else None
    return loss


def _head(model: Any, outputs: list[Any], loss: Any, name: str) -> Head:
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
        name=name,
        trained=loss is not None or not name,
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
