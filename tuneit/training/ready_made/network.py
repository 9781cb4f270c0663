"""Build the network of a ready-made model: inputs, encoders, dense layers, heads."""

from __future__ import annotations

from typing import Any

from tuneit.training.keras_loader import load_keras
from tuneit.training.ready_made.compiling import compile_model, head
from tuneit.training.ready_made.encoders import ENCODERS, entry
from tuneit.training.ready_made.form import DataForm
from tuneit.training.ready_made.layers import Style, depth, width

load_keras()
import keras  # noqa: E402


def build_network(hp: Any, kind: str, form: DataForm) -> Any:
    """Return the compiled model: each input encoded, all joined, dense layers, a head an output."""
    linear = kind == "linear"
    style = _linear(hp) if linear else Style.asked(hp, form.rows)
    inputs = [entry(one) for one in form.inputs]
    vectors = [
        ENCODERS[kind](hp, tensor, one, style, form.rows)
        for tensor, one in zip(inputs, form.inputs, strict=True)
    ]
    x = vectors[0] if len(vectors) == 1 else keras.layers.Concatenate()(vectors)
    if kind == "mlp":
        units = width(hp, "units", form.rows)
        for _ in range(depth(hp, "layers", form.rows)):
            x = style.dense(x, units)
    outputs = [head(x, output, style.penalty()) for output in form.outputs]
    model = keras.Model(_arranged(inputs, form), outputs[0] if len(outputs) == 1 else outputs)
    compile_model(hp, model, form)
    return model


def _linear(hp: Any) -> Style:
    """A linear model has penalties on its weights, and nothing else of a style."""
    l1 = hp.Float("l1", 1e-7, 1e-2, sampling="log")
    l2 = hp.Float("l2", 1e-6, 1e-1, sampling="log")
    return Style("linear", "none", 0.0, l1, l2)


def _arranged(inputs: list[Any], form: DataForm) -> Any:
    if form.nested == "dict":
        return {one.name: tensor for one, tensor in zip(form.inputs, inputs, strict=True)}
    return inputs if form.nested == "tuple" else inputs[0]
