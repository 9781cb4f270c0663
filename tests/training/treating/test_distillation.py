"""The loss of a taught model: its own, and the teacher's softened probabilities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tuneit.training.keras_loader import load_keras
from tuneit.training.treating.distillation import Distillation

load_keras()
import keras  # noqa: E402
from keras import layers  # noqa: E402

pytestmark = pytest.mark.eager

X = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
TEMPERATURE, WEIGHT = 2.0, 0.25


def a_model(units: int, activation: str | None, loss: Any, seed: int) -> Any:
    keras.utils.set_random_seed(seed)
    last = layers.Dense(units, activation, kernel_regularizer="l2")
    model = keras.Sequential([layers.Input((3,)), last])
    model.compile(keras.optimizers.SGD(0.0), loss)
    return model


def softened(logits: NDArray[Any]) -> NDArray[Any]:
    powers = np.exp(logits / TEMPERATURE)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def linear(model: Any) -> NDArray[Any]:
    return X @ np.asarray(model.layers[-1].kernel)


SPARSE_LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.mark.parametrize(
    ("units", "activation", "loss"),
    [
        (3, "softmax", "sparse_categorical_crossentropy"),
        (3, None, SPARSE_LOGITS),
        (1, "sigmoid", "binary_crossentropy"),
    ],
)
def test_the_loss_is_hintons(units: int, activation: Any, loss: Any, tmp_path: Path) -> None:
    teacher, student = (a_model(units, activation, loss, seed) for seed in (1, 2))
    teacher.save(tmp_path / "teacher.keras")
    y, weights = np.arange(6) % max(2, units), np.linspace(0.5, 1.5, 6)
    own = student.evaluate(X, y, sample_weight=weights, verbose=0)
    penalty = float(sum(student.losses))
    found = student.fit(
        X,
        y,
        sample_weight=weights,
        batch_size=6,
        shuffle=False,
        validation_data=(X, y, weights),
        callbacks=[Distillation(tmp_path / "teacher.keras", TEMPERATURE, WEIGHT)],
        verbose=0,
    ).history
    both = [linear(model) for model in (teacher, student)]
    if units == 1:
        both = [np.concatenate([np.zeros_like(one), one], axis=1) for one in both]
    answers, outputs = map(softened, both)
    taught = -(answers * np.log(outputs)).sum(axis=1) * TEMPERATURE**2
    expected = penalty + (1 - WEIGHT) * (own - penalty) + WEIGHT * (taught * weights).mean()
    assert found["loss"][0] == pytest.approx(expected, rel=1e-4)
    # Validation, and all that comes after, has the model's own loss.
    assert found["val_loss"][0] == pytest.approx(own, rel=1e-5)
    assert "compute_loss" not in vars(student)
