"""Exported models do not change their inputs at random."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from tuneit.training.formats import FORMATS


@pytest.mark.parametrize("name", ["saved_model", "tflite"])
@pytest.mark.filterwarnings("ignore")  # TensorFlow's converters warn of what they will replace
def test_random_layers_are_not_active(tmp_path: Path, name: str) -> None:
    layers = keras.layers
    moved = keras.Sequential([layers.RandomTranslation(0.4, 0.4), layers.RandomFlip()])
    model = keras.Sequential([keras.Input((6, 6, 1)), moved, layers.Flatten(), layers.Dense(2)])
    rows = np.random.default_rng(0).normal(size=(5, 6, 6, 1)).astype(np.float32)
    path = tmp_path / FORMATS[name].file
    FORMATS[name].write(model, path, [rows])
    [said] = FORMATS[name].load(path, model)([rows])
    np.testing.assert_allclose(said, model.predict(rows, verbose=0), rtol=1e-4, atol=1e-5)
