"""What layers drop in a cohort: as much as they should, and each member its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tuneit.training.cohort.batched_scalars import patched
from tuneit.training.cohort.noise import Noise, noisy
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402

STEPS = 40
ROWS = np.ones((8, 5, 6), "float32")


@pytest.mark.parametrize("recurrent", [layers.SimpleRNN, layers.GRU, layers.LSTM])
@pytest.mark.parametrize("rates", [{"dropout": 0.4}, {"recurrent_dropout": 0.4}])
def test_members_of_recurrent_layers_drop_their_own(recurrent: Any, rates: Any) -> None:
    model = keras.Sequential([layers.Input(ROWS.shape[1:]), recurrent(7, **rates)])

    def outputs(step: int, seed: int) -> Any:
        with patched(noisy(model, Noise(tf.constant(step), tf.constant(seed)))):
            return np.asarray(model(ROWS, training=True))

    first = outputs(0, 11)
    np.testing.assert_array_equal(outputs(0, 11), first)
    assert not np.allclose(outputs(0, 13), first)
    assert not np.allclose(outputs(1, 11), first)
    assert not np.allclose(first[0], first[1])


@pytest.mark.parametrize("cell", [layers.SimpleRNNCell, layers.GRUCell, layers.LSTMCell])
def test_recurrent_cells_keep_the_mean_of_what_they_drop(cell: Any) -> None:
    layer = layers.RNN(cell(4, dropout=0.3))
    model = keras.Sequential([layers.Input(ROWS.shape[1:]), layer])
    masks = []
    for step in range(STEPS):
        with patched(noisy(model, Noise(tf.constant(step), tf.constant(11)))):
            masks.append(np.ravel(layer.cell.get_dropout_mask(tf.constant(ROWS[:, 0]))))
            layer.cell.reset_dropout_mask()
    kept = np.concatenate(masks) > 0
    np.testing.assert_allclose(np.unique(masks), [0.0, 1 / 0.7], rtol=1e-6)
    error = np.sqrt(0.3 * 0.7 / len(kept))
    assert abs(kept.mean() - 0.7) < 4 * error
