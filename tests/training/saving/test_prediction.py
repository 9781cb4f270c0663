"""A model's predictions for the test split get the evaluation of their task."""

from __future__ import annotations

from typing import Any

import numpy as np

from tuneit.api import evaluate
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

L = keras.layers
RNG = np.random.default_rng(0)
ROWS = 24


def compiled(inputs: Any, outputs: Any, loss: Any) -> Any:
    model = keras.Model(inputs, outputs)
    model.compile("sgd", loss)
    return model


def dense(units: int, activation: str, loss: Any) -> Any:
    inputs = keras.Input((4,))
    return compiled(inputs, L.Dense(units, activation)(inputs), loss)


X = RNG.normal(size=(ROWS, 4)).astype("float32")


def test_one_unit_is_a_logit_where_the_loss_takes_logits() -> None:
    y = np.arange(ROWS) % 2
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model = dense(1, "sigmoid", loss)  # all outputs lie in [0, 1], and are logits all the same
    assert evaluate(model, X, y).classes[1].recall == 1.0


def test_counts_and_quantiles() -> None:
    counts = RNG.poisson(3, ROWS)
    result = evaluate(dense(1, "exponential", "poisson"), X, counts)
    assert (result.task, result.deviance > 0) == ("counts", True)

    def pinball(y: Any, predicted: Any) -> Any:
        return keras.ops.mean(keras.ops.abs(y - predicted), axis=-1)

    result = evaluate(dense(3, "linear", pinball), X, X[:, :1])
    assert (result.task, len(result.columns)) == ("unmatched", 3)
