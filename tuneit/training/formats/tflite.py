"""TensorFlow Lite: models for phones and small devices, in 32, 16 or 8 bits."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np

from tuneit.data.nested import Array
from tuneit.errors import DataError
from tuneit.training.formats.inference import for_inference

REPRESENTATIVE_ROWS = 200
"""Training rows on which the converter watches the ranges of activations for int8. TensorFlow's
guide names 100 to 500."""


def write_tflite(
    precision: Literal["float32", "float16", "int8"],
) -> Callable[[Any, Path, list[Array]], None]:
    """Return a function that writes a model as a .tflite file of this precision.

    It raises DataError for int8 without training rows, whose ranges it needs.
    """

    def write(model: Any, path: Path, rows: list[Array]) -> None:
        import tensorflow as tf

        if precision == "int8" and not (rows and len(rows[0])):
            raise DataError("int8 needs training rows, to see the ranges of the model's numbers")
        with tempfile.TemporaryDirectory() as folder:
            for_inference(model).export(folder, format="tf_saved_model", verbose=False)
            converter = tf.lite.TFLiteConverter.from_saved_model(folder)
            kinds = tf.lite.OpsSet
            # Recurrent layers need operations that only TensorFlow itself has.
            converter.target_spec.supported_ops = [kinds.TFLITE_BUILTINS, kinds.SELECT_TF_OPS]
            if precision != "float32":
                converter.optimizations = [tf.lite.Optimize.DEFAULT]
            if precision == "float16":
                converter.target_spec.supported_types = [tf.float16]
            if precision == "int8":
                converter.representative_dataset = lambda: _representative(model, rows)
            path.write_bytes(converter.convert())

    return write


def _representative(model: Any, rows: list[Array]) -> Iterator[dict[str, Array]]:
    """Single rows, evenly spaced, by the inputs' names."""
    count = len(rows[0])
    names = [tensor.name for tensor in model.inputs]
    for row in np.unique(np.linspace(0, count - 1, min(count, REPRESENTATIVE_ROWS)).astype(int)):
        yield {name: array[row : row + 1] for name, array in zip(names, rows, strict=True)}


def tflite_predictor(path: Path, model: Any) -> Callable[[list[Array]], list[Array]]:
    """Load a .tflite file; return what predicts with it."""
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TensorFlow says that its interpreter moves to LiteRT
        interpreter = tf.lite.Interpreter(model_path=str(path))
    run = interpreter.get_signature_runner()
    names = list(run.get_input_details())
    known = [tensor.name for tensor in model.inputs]
    order = known if set(known) == set(names) else names

    def predict(inputs: list[Array]) -> list[Array]:
        outputs = run(**dict(zip(order, inputs, strict=True)))
        return [np.asarray(outputs[name]) for name in sorted(outputs, key=_number)]

    return predict


def _number(name: str) -> tuple[int, str]:
    """The number at a name's end: `output_10` comes after `output_9`."""
    found = re.search(r"(\d+)$", name)
    return (int(found[1]) if found else 0, name)
