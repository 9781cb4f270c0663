"""The formats that a trained model is written in, a row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from tuneit.data.nested import Array
from tuneit.errors import InputError, MissingExtraError
from tuneit.training.formats.inference import for_inference
from tuneit.training.formats.tflite import tflite_predictor, write_tflite
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.inputs import inputs_of

Predict = Callable[[list[Array]], list[Array]]
"""Takes the inputs of some rows, in the order of the model's, and returns the outputs."""


@dataclass(frozen=True)
class Format:
    """One format: the name of its file in a folder, how it is written, and how it predicts.

    `write(model, path, rows)` gets the `keras.Model` and training rows, the inputs in the order of
    the model's; `load(path, model)` returns what predicts with the file.
    """

    file: str
    write: Callable[[Any, Path, list[Array]], None]
    load: Callable[[Path, Any], Predict]


def _write_keras(model: Any, path: Path, rows: list[Array]) -> None:
    model.save(path)


def _load_keras(path: Path, model: Any) -> Predict:
    load_keras()
    import keras

    loaded = keras.models.load_model(path, compile=False)
    return lambda inputs: _flat(loaded.predict_on_batch(packed(model, inputs)))


def _write_saved_model(model: Any, path: Path, rows: list[Array]) -> None:
    for_inference(model).export(path, format="tf_saved_model", verbose=False)


def _load_saved_model(path: Path, model: Any) -> Predict:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    return lambda inputs: _flat(loaded.serve(packed(model, inputs)))


def _write_onnx(model: Any, path: Path, rows: list[Array]) -> None:
    for package in ("tf2onnx", "onnxruntime"):
        if find_spec(package) is None:
            raise MissingExtraError(
                f"{package} is not installed: `pip install 'tuneit-keras[onnx]'`"
            )
    # The converter refuses a model that was never called.
    served = for_inference(model)
    served(packed(model, [array[:1] for array in rows]))
    served.export(path, format="onnx", verbose=False)


def _load_onnx(path: Path, model: Any) -> Predict:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_inputs()]
    order = _in_order(names, model)
    return lambda inputs: [
        np.asarray(part)
        for part in session.run(None, {name: inputs[order[name]] for name in names})
    ]


def _in_order(names: list[str], model: Any) -> Mapping[str, int]:
    """The place of each named input among the model's."""
    known = [tensor.name for tensor in model.inputs]
    if set(names) == set(known):
        return {name: known.index(name) for name in names}
    return {name: place for place, name in enumerate(names)}


FORMATS: Mapping[str, Format] = {
    "keras": Format("model.keras", _write_keras, _load_keras),
    "saved_model": Format("saved_model", _write_saved_model, _load_saved_model),
    "tflite": Format("model.tflite", write_tflite("float32"), tflite_predictor),
    "tflite float16": Format("model.float16.tflite", write_tflite("float16"), tflite_predictor),
    "tflite int8": Format("model.int8.tflite", write_tflite("int8"), tflite_predictor),
    "onnx": Format("model.onnx", _write_onnx, _load_onnx),
}
"""By name, in the order of the table that is shown. int8 holds weights and activations in whole
numbers of eight bits; inputs and outputs stay float32."""


def require_known_inputs(model: Any) -> None:
    """Raise InputError for a model whose inputs are not known, as a subclassed one's."""
    if inputs_of(model) is None:
        raise InputError(
            f"the model ({type(model).__name__}) is neither Sequential nor Functional, so that its "
            "inputs are not known: it can only be exported as .keras"
        )


def packed(model: Any, inputs: list[Array]) -> Any:
    """Inputs in the form that the model takes: one, a list or a dict."""
    load_keras()
    import keras

    return keras.tree.pack_sequence_as(inputs_of(model), inputs)


def flat_inputs(model: Any, x: Any) -> list[Array]:
    """The inputs of rows in the order of the model's, in the types that it takes."""
    load_keras()
    import keras

    form = inputs_of(model)
    if isinstance(x, dict) and isinstance(form, dict):
        x = {name: x[name] for name in form}
    elif isinstance(x, dict):
        x = [x[tensor.name] for tensor in model.inputs]
    arrays = keras.tree.flatten(list(x) if isinstance(x, tuple) else x)
    tensors = keras.tree.flatten(form)
    return [np.asarray(a, dtype=t.dtype) for a, t in zip(arrays, tensors, strict=True)]


def _flat(outputs: Any) -> list[Array]:
    load_keras()
    import keras

    return [np.asarray(part) for part in keras.tree.flatten(outputs)]
