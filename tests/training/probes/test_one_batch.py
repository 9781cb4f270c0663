"""can_overfit on small models of many kinds: sound ones pass, broken ones do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tuneit.errors import BuilderError, DataError
from tuneit.training.keras_loader import load_keras
from tuneit.training.probes.one_batch import can_overfit

load_keras()
import keras  # noqa: E402
from keras import layers, ops  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 6)).astype("float32")
CLASSES = (X[:, 0] > 0).astype(int)
MANY = np.arange(64) % 10
REAL = (X[:, 0] + 0.3 * X[:, 1]).astype("float32")
WORDS = RNG.integers(0, 50, size=(64, 7))
SERIES = RNG.normal(size=(64, 5, 3)).astype("float32")
IMAGES = RNG.normal(size=(64, 8, 8, 1)).astype("float32")


def chain(shape: Any, *parts: Any, loss: Any, dtype: str = "float32") -> Any:
    model = keras.Sequential([keras.Input(shape, dtype=dtype), *parts])
    model.compile("sgd", loss, jit_compile=False)
    return model


def two_outputs() -> Any:
    inputs = keras.Input((6,))
    hidden = layers.Dense(8, "relu")(inputs)
    outputs = [layers.Dense(2, "softmax")(hidden), layers.Dense(1)(hidden)]
    model = keras.Model(inputs, outputs)
    model.compile("sgd", ["sparse_categorical_crossentropy", "mse"], jit_compile=False)
    return model


def two_inputs() -> Any:
    inputs = [keras.Input((6,)), keras.Input((7,))]
    hidden = layers.Dense(8, "relu")(layers.Concatenate()(inputs))
    model = keras.Model(inputs, layers.Dense(1, "sigmoid")(hidden))
    model.compile("sgd", "binary_crossentropy", jit_compile=False)
    return model


def density(y: Any, said: Any) -> Any:
    """Negative log density of a normal distribution: it falls below 0 without an end."""
    mean, spread = said[:, :1], ops.softplus(said[:, 1:]) + 1e-3
    return ops.mean(ops.log(spread) + 0.5 * ops.square((y - mean) / spread))


def hides(y: Any, said: Any) -> Any:
    """A loss of one's own that does not say it takes logits."""
    return ops.mean(ops.binary_crossentropy(ops.reshape(y, (-1, 1)), said, from_logits=True))


def deep(depth: int) -> list[Any]:
    return [layers.Dense(16, "relu") for _ in range(depth)]


def noisy() -> list[Any]:
    return [
        layers.Dense(16, "relu", kernel_regularizer=keras.regularizers.L2(0.1)),
        layers.GaussianNoise(1.0),
        layers.BatchNormalization(),
        layers.Dropout(0.8),
    ]


CE, SPARSE = "binary_crossentropy", "sparse_categorical_crossentropy"
LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
SMOOTH = keras.losses.CategoricalCrossentropy(label_smoothing=0.3)

SOUND: dict[str, tuple[Callable[[], Any], Any, Any]] = {
    "logistic": (lambda: chain((6,), layers.Dense(1, "sigmoid"), loss=CE), X, CLASSES),
    "linear on one feature": (lambda: chain((1,), layers.Dense(1), loss="mse"), X[:, :1], REAL),
    "deep": (lambda: chain((6,), *deep(8), layers.Dense(1), loss="mae"), X, REAL),
    "penalties, noise, dropout": (
        lambda: chain((6,), *noisy(), layers.Dense(10, "softmax"), loss=SPARSE), X, MANY),
    "targets in hundreds": (
        lambda: chain((6,), *deep(1), layers.Dense(1), loss="mse"), X, 300 + 200 * REAL),
    "logits": (lambda: chain((6,), *deep(1), layers.Dense(10), loss=LOGITS), X, MANY),
    "logits unsaid": (lambda: chain((6,), *deep(1), layers.Dense(1), loss=hides), X, CLASSES),
    "smoothed labels": (
        lambda: chain((6,), *deep(1), layers.Dense(10, "softmax"), loss=SMOOTH),
        X, np.eye(10)[MANY]),
    "counts": (
        lambda: chain((6,), *deep(1), layers.Dense(1, "exponential"), loss="poisson"), X, MANY),
    "a loss below 0": (
        lambda: chain((6,), *deep(1), layers.Dense(2), loss=density), X, REAL[:, None]),
    "cosine": (
        lambda: chain((6,), *deep(1), layers.Dense(6), loss="cosine_similarity"), X, X[:, ::-1]),
    "words": (
        lambda: chain((7,), layers.Embedding(50, 4), layers.GlobalAveragePooling1D(),
                      layers.Dense(1, "sigmoid"), loss=CE, dtype="int32"), WORDS, CLASSES),
    "recurrent with dropout": (
        lambda: chain((5, 3), layers.GRU(8, dropout=0.5), layers.Dense(1), loss="mse"),
        SERIES, REAL),
    "images": (
        lambda: chain((8, 8, 1), layers.Conv2D(4, 3, activation="relu"), layers.Flatten(),
                      layers.Dense(10, "softmax"), loss=SPARSE), IMAGES, MANY[:, None]),
    "autoencoder": (lambda: chain((6,), *deep(1), layers.Dense(6), loss="mse"), X, X),
    "two outputs": (two_outputs, X, [CLASSES, REAL]),
    "two inputs": (two_inputs, [X, WORDS.astype("float32")], CLASSES),
}  # fmt: skip

DEAD = keras.initializers.Constant(-50.0)
BROKEN: dict[str, tuple[Callable[[], Any], Any, Any]] = {
    "softmax over one unit": (lambda: chain((6,), layers.Dense(1, "softmax"), loss=CE), X, CLASSES),
    "a loss that is 0 from the start": (
        lambda: chain((6,), layers.Dense(1, "softmax"), loss="categorical_crossentropy"),
        X, CLASSES[:, None]),
    "dead units": (
        lambda: chain((6,), layers.Dense(8, "relu", bias_initializer=DEAD), layers.Dense(1),
                      loss="mse"), X, REAL),
    "dead units, a loss below 0": (
        lambda: chain((6,), layers.Dense(8, "relu", bias_initializer=DEAD), layers.Dense(2),
                      loss=density), X, REAL[:, None]),
    "sigmoid for large targets": (
        lambda: chain((6,), layers.Dense(1, "sigmoid"), loss="mse"), X, 100 * REAL),
    "relu for negative targets": (
        lambda: chain((6,), *deep(1), layers.Dense(1, "relu"), loss="mse"), X, -np.abs(REAL) - 1),
    "nothing is trained": (
        lambda: chain((6,), layers.Dense(1, trainable=False), loss="mse"), X, 9 * REAL),
    "inputs are multiplied by 0": (
        lambda: chain((6,), layers.Rescaling(0.0), *deep(1), layers.Dense(1), loss="mse"), X, REAL),
}  # fmt: skip


@pytest.mark.parametrize("kind", SOUND)
def test_sound_models_learn_two_rows(kind: str) -> None:
    build, x, y = SOUND[kind]
    keras.utils.set_random_seed(3)
    tested = can_overfit(build(), x, y)
    assert tested, tested


@pytest.mark.filterwarnings("ignore:You are using a softmax:UserWarning")
@pytest.mark.parametrize("kind", BROKEN)
def test_broken_models_do_not(kind: str) -> None:
    build, x, y = BROKEN[kind]
    keras.utils.set_random_seed(3)
    tested = can_overfit(build(), x, y)
    assert not tested, tested
    assert tested.finding().name == "cannot_overfit"


def test_a_model_that_has_learned_already_passes_at_once() -> None:
    model = chain((6,), layers.Dense(1), loss="mse")
    model.set_weights([np.eye(6, 1), np.zeros(1)])
    tested = can_overfit(model, X, X[:, 0])
    assert tested
    assert tested.steps == 0
    assert tested.first == pytest.approx(0.0, abs=1e-6)


def test_rows_of_several_classes_are_found_far_behind_the_first() -> None:
    model = chain((6,), layers.Dense(1, "sigmoid"), loss=CE)
    assert can_overfit(model, np.tile(X, (9, 1)), np.repeat([0, 1], 9 * 32))


def test_rows_that_all_have_one_target_say_nothing() -> None:
    model = chain((6,), layers.Dense(1), loss="mse")
    with pytest.raises(DataError, match="different targets"):
        can_overfit(model, X, np.ones(64))


def test_what_cannot_be_trained_is_a_sentence() -> None:
    model = chain((6,), layers.Dense(1), loss="mse")
    with pytest.raises(BuilderError, match="shapes and types"):
        can_overfit(model, X[:, :4], REAL)
