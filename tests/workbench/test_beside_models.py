"""`tuneit.diagnose` and the callback with the rows of the training, beside reference models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tuneit
from tuneit.errors import DataError, InputError
from tuneit.training.diagnosis_callback import DiagnosisCallback
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 2))
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
WEAK = {
    "loss": [0.69 - 0.001 * i for i in range(12)],
    "accuracy": [0.55 + 0.005 * (i % 3) for i in range(12)],
    "val_accuracy": [0.54 + 0.005 * (i % 2) for i in range(12)],
}


def test_rows_show_what_the_log_alone_does_not() -> None:
    alone, beside = tuneit.diagnose(WEAK), tuneit.diagnose(WEAK, X, Y)
    assert alone.verdict != "underfitting"
    assert beside.verdict == "underfitting"
    [note] = beside.notes
    assert "the network only 5" in note
    given = tuneit.diagnose(WEAK, X[:400], Y[:400], x_val=X[400:], y_val=Y[400:])
    found = given.finding("underfitting")
    assert found is not None
    assert found.evidence["reference_model"] in ("gradient boosting", "1-nearest neighbour")
    assert tuneit.diagnose(WEAK, X, Y, reference_models=False) == alone


def test_a_log_without_a_shared_quantity_says_so() -> None:
    history = {"loss": [2.0 - 0.1 * i for i in range(10)], "val_loss": [2.0] * 10}
    told = tuneit.diagnose(history, X, X[:, 0], task="regression")
    assert "scored in mse, mae, rmse and r2" in told.notes[-1]
    told = tuneit.diagnose(history, X, X[:, 0], task="regression", loss="mse")
    assert "the network only 2" in told.notes[-1]
    few = tuneit.diagnose(WEAK, X[:5], list("ababa"))
    assert "at least 30 and 20 are needed" in few.notes[-1]


@pytest.mark.parametrize(
    ("rows", "error", "said"),
    [
        ({"x": X}, InputError, "give x and y"),
        ({"x_val": X, "y_val": Y}, InputError, "give x and y"),
        ({"x": X, "y": Y, "x_val": X}, InputError, "x_val and y_val"),
        ({"x": X, "y": Y[:7]}, DataError, "as many rows"),
    ],
)
def test_rows_that_are_missing_or_do_not_match(
    rows: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        tuneit.diagnose(WEAK, **rows)


def test_the_callback_tells_what_can_be_reached() -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"], jit_compile=False)
    lines: list[str] = []
    halves = X[:400], Y[:400], X[400:], Y[400:]
    callback = DiagnosisCallback(report=lines.append, reference_data=halves)
    model.fit(*halves[:2], validation_data=halves[2:], epochs=8, verbose=0, callbacks=[callback])
    assert "reaches accuracy 0.9" in lines[0]
    assert callback.diagnosis.finding("underfitting") is not None
    with pytest.raises(InputError, match="has 3 parts"):
        DiagnosisCallback(reference_data=halves[:3])
