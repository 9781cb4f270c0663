"""Formats of the best model: written, loaded by their own programs, measured side by side."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import command
import numpy as np
import pytest

from tuneit.errors import DataError
from tuneit.training.formats.tflite import write_tflite

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]

BUILDER = """
import keras

def build_model(hp):
    model = keras.Sequential([
        keras.layers.Input((4,)),
        keras.layers.Dense(8, "relu"),
        keras.layers.Dense(3, "softmax"),
    ])
    rate = hp.Float("learning_rate", 0.02, 0.1)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", jit_compile=False)
    return model
"""

STUDY = """
name: iris
model: model.py:build_model
data: {source: sklearn, name: iris, scale: standard}
objective: val_loss
budget: {trials: 1, epochs: 10}
diagnosis: {reference_models: false}
"""


@pytest.mark.filterwarnings("ignore")  # TensorFlow's converters warn of what they will replace
def test_each_format_predicts_as_keras_does(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(BUILDER)
    (tmp_path / "study.yaml").write_text(STUDY)
    assert command.tuneit(tmp_path, "search", "study.yaml", "-q").returncode == 0
    done = command.tuneit(tmp_path, "export", "study.yaml", "deployed")
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "deployed" / "exported.json").read_text())
    formats = {one["name"]: one for one in record["formats"]}
    for name in ("keras", "saved_model", "tflite", "tflite float16", "tflite int8"):
        one = formats[name]
        assert not one["reason"], (name, one["reason"])
        assert (tmp_path / "deployed" / one["file"]).exists()
        assert one["bytes"] > 100
        assert one["latency_ms"] > 0
        assert one["largest_difference"] < (0.1 if "int8" in name else 0.01)
        assert abs(one["score"] - formats["keras"]["score"]) < 0.15
        assert one["metric"] == "accuracy"
    has_onnx = find_spec("tf2onnx") is not None and find_spec("onnxruntime") is not None
    assert has_onnx or "is not installed" in formats["onnx"]["reason"]
    assert "tflite int8" in done.stdout
    from tuneit.result.predictor import Predictor

    predictor = Predictor.of_file(tmp_path / "deployed" / "model.keras")
    assert predictor.predict(np.zeros((2, 4))).values.shape == (2,)


def test_int8_needs_rows_that_show_its_ranges(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="int8 needs training rows"):
        write_tflite("int8")(None, tmp_path / "model.tflite", [])
