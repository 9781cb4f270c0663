"""Kernels lose their smallest weights epoch by epoch, and what is zero stays so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tuneit.training.fitting.magnitude_pruning import MagnitudePruning
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.size import nonzero_weights_in

load_keras()
import keras  # noqa: E402
from keras import layers  # noqa: E402

pytestmark = pytest.mark.eager

ROWS = np.random.default_rng(0).normal(size=(24, 4)).astype(np.float32)


def a_model() -> Any:
    keras.utils.set_random_seed(0)
    hidden = layers.Dense(
        8, bias_initializer="ones", kernel_constraint=keras.constraints.MaxNorm(2)
    )
    last = layers.Dense(1)
    model = keras.Sequential([layers.Input((4,)), hidden, last])
    model.compile(keras.optimizers.Adam(0.05), "mse")  # its momentum moves weights that are zero
    return model


def zeros(model: Any) -> list[int]:
    return [int(np.sum(np.asarray(layer.kernel) == 0)) for layer in model.layers]


def fit(model: Any, pruning: Any, epochs: int, initial_epoch: int = 0) -> list[list[int]]:
    """Zeros of both kernels after each epoch."""
    found: list[list[int]] = []
    seen = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: found.append(zeros(model)))
    model.fit(
        ROWS,
        ROWS[:, 0] ** 2,
        epochs=epochs,
        initial_epoch=initial_epoch,
        callbacks=[pruning, seen],
        verbose=0,
    )
    return found


def test_the_share_grows_and_then_holds() -> None:
    model = a_model()
    # 0.5 (1 - (1 - t)³) of 32 and of 8 weights, at a half and all of the two epochs.
    assert fit(model, MagnitudePruning(0.5, 2), 4) == [[14, 3], [16, 4], [16, 4], [16, 4]]
    assert nonzero_weights_in(model) == 16 + 4 + 9


def test_the_smallest_weights_go() -> None:
    model = a_model()
    pruning = MagnitudePruning(0.5, 1)
    pruning.set_model(model)
    pruning.on_train_begin()
    before = np.asarray(model.layers[0].kernel)
    pruning.on_epoch_end(0)
    after = np.asarray(model.layers[0].kernel)
    assert np.abs(before[after == 0]).max() <= np.abs(before[after != 0]).min()
    assert np.array_equal(before[after != 0], after[after != 0])


def test_a_training_that_goes_on_keeps_its_zeros() -> None:
    model = a_model()
    fit(model, MagnitudePruning(0.5, 1), 2)
    assert fit(model, MagnitudePruning(0.5, 1), 4, initial_epoch=2) == [[16, 4], [16, 4]]
