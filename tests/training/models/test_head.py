"""What a model's loss and last layer say, read from models of many kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from training_models import WithoutConfig, keras

from tuneit.data.head import Head
from tuneit.training.builders.build import default_heads
from tuneit.training.builders.builder import as_builder
from tuneit.training.models.head import head_of

layers, losses = keras.layers, keras.losses


def compiled(*last: Any, loss: Any = "mse", **settings: Any) -> Any:
    model = keras.Sequential([layers.Input((4,)), *last])
    model.compile("sgd", loss, **settings)
    return model


class OwnLoss(losses.MeanSquaredError):
    def call(self, y_true: Any, y_pred: Any) -> Any:
        return keras.ops.abs(y_true - y_pred)


def own_loss(y_true: Any, y_pred: Any) -> Any:
    return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)


def functional() -> Any:
    inputs = layers.Input((4, 3))
    model = keras.Model(inputs, layers.Reshape((5, 2))(layers.Dense(10)(layers.Flatten()(inputs))))
    model.compile("sgd", "mae")
    return model


def nested() -> Any:
    inner = keras.Sequential([layers.Input((4,)), layers.Dense(1, activation="sigmoid")])
    return compiled(inner, loss="bce")


def unbuilt() -> Any:
    model = keras.Sequential([layers.Dense(3, activation="softmax")])
    model.compile("sgd", losses.SparseCategoricalCrossentropy(ignore_class=-1))
    return model


def subclassed() -> Any:
    model = WithoutConfig((3,))
    model.compile("sgd", losses.Huber())
    return model


def own_activation(x: Any) -> Any:
    return x


def several() -> Any:
    inputs = layers.Input((4,))
    model = keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(2)(inputs)])
    model.compile("sgd", ["mse", "mae"])
    return model


@pytest.mark.parametrize(
    ("make", "head"),
    [
        (lambda: compiled(layers.Dense(1)), Head("mean_squared_error", (1,), 1, "linear")),
        (
            lambda: compiled(layers.Dense(2), layers.Softmax(), loss="kld"),
            Head("kl_divergence", (2,), 2, "softmax"),
        ),
        (
            lambda: compiled(layers.Dense(1), layers.Activation("tanh"), loss=losses.LogCosh()),
            Head("log_cosh", (1,), 1, "tanh"),
        ),
        (
            lambda: compiled(layers.Dense(1), loss=losses.BinaryCrossentropy(from_logits=True)),
            Head("binary_crossentropy", (1,), 1, "linear", from_logits=True),
        ),
        (
            lambda: compiled(layers.Dense(1), layers.Dropout(0.1), loss=losses.Poisson()),
            Head("poisson", (1,), 1, "linear"),
        ),
        (lambda: compiled(layers.Dense(1), loss=OwnLoss()), Head("", (1,), 1, "linear")),
        (lambda: compiled(layers.Dense(1), loss=own_loss), Head("", (1,), 1, "linear")),
        (
            lambda: compiled(layers.Dense(1, activation=own_activation)),
            Head("mean_squared_error", (1,), 1, ""),
        ),
        (
            lambda: compiled(layers.Dense(1), layers.BatchNormalization()),
            Head("mean_squared_error", (1,), 1, ""),
        ),
        (functional, Head("mean_absolute_error", (5, 2), 2, "linear")),
        (nested, Head("binary_crossentropy", (1,), 1, "sigmoid")),
        (
            unbuilt,
            Head("sparse_categorical_crossentropy", None, 3, "softmax", ignored=-1),
        ),
        (subclassed, Head("huber")),
        (lambda: compiled(layers.Dense(1), loss=None), Head("", (1,), 1, "linear")),
        (several, None),
        (lambda: compiled(layers.Dense(1), loss={}), None),
    ],
)  # fmt: skip
def test_heads_of_models_of_many_kinds(make: Callable[[], Any], head: Head | None) -> None:
    assert head_of(make()) == head


def test_the_head_of_the_default_model() -> None:
    def build(hp: Any) -> Any:
        return compiled(layers.Dense(hp.Int("units", 1, 3)))

    def by_keywords(units: int = 2) -> Any:
        return compiled(layers.Dense(units), loss="mae")

    def broken(hp: Any) -> Any:
        raise ValueError("not today")

    assert default_heads(as_builder(build), None) == (head_of(compiled(layers.Dense(1))),)
    assert default_heads(as_builder(by_keywords), None) == (
        Head("mean_absolute_error", (2,), 2, "linear"),
    )
    assert default_heads(as_builder(broken), None) == ()
    assert default_heads(as_builder(build), lambda params, known: None) == ()
