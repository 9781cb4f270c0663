"""What tells one built model from another."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from training_models import keras

from tuneit.training.models.structure import structure_change, structure_of

layers = keras.layers


def a_model(
    activation: str = "relu",
    *between: Any,
    optimizer: Any = "adam",
    loss: Any = "mse",
    metrics: Any = ("mae",),
    named: str | None = None,
    wide: bool = False,
) -> Any:
    """Two branches that meet, so that layers have several inputs."""
    inputs = keras.Input((4,))
    hidden = layers.Dense(8, activation, name=named)(inputs)
    for layer in between:
        hidden = layer(hidden)
    beside = layers.Dense(8)(hidden if wide else inputs)
    outputs = layers.Dense(1)(layers.Concatenate()([hidden, beside]))
    model = keras.Model(inputs, outputs)
    model.compile(optimizer, loss, metrics=list(metrics))
    return model


class Own(keras.Model):
    """A subclassed model, whose layers no config lists."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.first = layers.Dense(units, "relu")
        self.rest = [layers.Dense(2), layers.Dropout(0.1)]

    def call(self, x: Any) -> Any:
        return self.first(x)


def own(units: int) -> Any:
    model = Own(units)
    model.compile(keras.optimizers.SGD(0.1), own_loss)
    return model


def own_loss(y: Any, predicted: Any) -> Any:
    return keras.ops.mean(keras.ops.abs(y - predicted))


def other_loss(y: Any, predicted: Any) -> Any:
    return keras.ops.mean(keras.ops.square(y - predicted))


def a_reader(units: int = 8, pooled: bool = False) -> Any:
    found = [keras.Input((5,)), layers.Embedding(20, 4), layers.LSTM(units, stateful=False)]
    if pooled:
        found[2:] = [layers.GlobalAveragePooling1D()]
    model = keras.Sequential([*found, layers.Dense(1, "sigmoid")])
    model.compile("adam", keras.losses.BinaryCrossentropy(), metrics=[keras.metrics.AUC()])
    return model


def with_lambda(add: int = 1) -> Any:
    return a_model("relu", layers.Lambda(lambda x: x + add, output_shape=(8,)))


MAKERS: tuple[Callable[[], Any], ...] = (
    a_model,
    lambda: own(4),
    a_reader,
    with_lambda,
    lambda: keras.Sequential([layers.RandomFlip(), layers.Dense(1)]),
    lambda: a_model(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1, 5))),
)


@pytest.mark.parametrize("make", MAKERS)
def test_the_same_builder_makes_the_same_structure_each_time(make: Callable[[], Any]) -> None:
    first = structure_of(make())
    keras.utils.set_random_seed(3)
    # Keras has numbered its layers on since.
    assert structure_change(first, structure_of(make())) == []
    assert json.loads(json.dumps(first)) == first


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        (a_model, lambda: a_model(named="mine"), []),
        (a_model, lambda: a_model("tanh"), ["layer 2 (Dense): activation from relu to tanh"]),
        (
            a_model,
            lambda: a_model("relu", layers.Dropout(0.5)),
            ["layer 3 (Dropout), which is new"],
        ),
        (
            lambda: a_model("relu", layers.Dropout(0.5)),
            a_model,
            ["layer 3 (Dropout), which is gone"],
        ),
        (
            lambda: a_model("relu", layers.Dropout(0.5)),
            lambda: a_model("relu", layers.BatchNormalization()),
            ["layer 3 from Dropout to BatchNormalization"],
        ),
        (
            lambda: a_model("relu", layers.Dense(8, kernel_regularizer="l2")),
            lambda: a_model("relu", layers.Dense(8, kernel_regularizer=keras.regularizers.L2(0.1))),
            ["layer 3 (Dense): kernel_regularizer.l2 from 0.01 to 0.1"],
        ),
        (a_model, lambda: a_model(wide=True), ["layer 3 (Dense): inputs from 1 to 2"]),
        (
            a_model,
            lambda: a_model(optimizer=keras.optimizers.Adam(0.05)),
            ["the optimizer Adam: learning_rate from 0.001 to 0.05"],
        ),
        (a_model, lambda: a_model(optimizer="sgd"), ["the optimizer from Adam to SGD"]),
        (a_model, lambda: a_model(loss="mae"), ["compile(): loss from mse to mae"]),
        (
            lambda: a_model(loss=own_loss),
            lambda: a_model(loss=other_loss),
            ["compile(): loss from own_loss to other_loss"],
        ),
        (a_model, lambda: a_model(metrics=("mse",)), ["compile(): metrics from [mae] to [mse]"]),
        (lambda: own(4), lambda: own(5), ["layer 1 (Dense): units from 4 to 5"]),
        (a_reader, lambda: a_reader(9), ["layer 3 (LSTM): units from 8 to 9"]),
        (
            a_reader,
            lambda: a_reader(pooled=True),
            ["layer 3 from LSTM to GlobalAveragePooling1D"],
        ),
    ],
)
def test_what_changed_is_told(was: Any, now: Any, told: list[str]) -> None:
    assert structure_change(structure_of(was()), structure_of(now())) == told


def test_another_keras_may_know_other_settings() -> None:
    now = structure_of(a_model())
    was = {**now, "keras": "3.0.0", "optimizer": ["Adam", {"learning_rate": "0.1", "old": "1"}]}
    assert structure_change(was, now) == ["the optimizer Adam: learning_rate from 0.1 to 0.001"]


def test_a_large_model_takes_little_room_and_still_tells() -> None:
    def large(last: str) -> Any:
        return keras.Sequential([layers.Dense(1) for _ in range(120)] + [layers.Dense(1, last)])

    was, now = structure_of(large("relu")), structure_of(large("tanh"))
    assert len(json.dumps(was)) < 10_000
    [told] = structure_change(was, now)
    assert told.startswith("layer 121 (Dense): settings from #")
