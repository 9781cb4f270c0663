"""Edits as Keras code: it makes the model that the edit makes, or there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuneit.data.dataset import Dataset, Split
from tuneit.space import SearchSpace
from tuneit.training.builders.builder import as_builder
from tuneit.training.keras_loader import load_keras
from tuneit.training.plan import TrainingPlan
from tuneit.training.recipe import Recipe
from tuneit.training.treating.written import written
from tuneit.trials import Objective

load_keras()
import keras  # noqa: E402
from keras import layers  # noqa: E402


def compiled(model: Any) -> Any:
    model.compile(keras.optimizers.SGD(0.03), "sparse_categorical_crossentropy")
    return model


def dense(hp: Any) -> Any:
    hidden = [layers.Dense(6, "relu"), layers.Dropout(0.2), layers.Dense(4)]
    return compiled(keras.Sequential([layers.Input((8,)), *hidden, layers.Dense(2, "softmax")]))


def plain(hp: Any) -> Any:
    hidden = [layers.Dense(units, "relu", kernel_regularizer="l2") for units in (6, 4)]
    return compiled(keras.Sequential([layers.Input((8,)), *hidden, layers.Dense(2, "softmax")]))


def unbuilt(hp: Any) -> Any:
    return compiled(keras.Sequential([layers.Dense(6, "relu"), layers.Dense(2, "softmax")]))


def residual(hp: Any) -> Any:
    x = layers.Input((8,))
    wide = layers.Dense(8, "relu")(x)
    added = layers.Add()([wide, layers.Dense(8, "relu")(wide)])
    return compiled(keras.Model(x, layers.Dense(2, "softmax")(added)))


def code(build: Callable[[Any], Any], *names: str) -> str | None:
    rng = np.random.default_rng(0)
    rows = Split(rng.normal(size=(20, 8)).astype(np.float32), rng.integers(0, 2, 20))
    data = Dataset("toy", "classification", rows, rows, rows)
    plan = TrainingPlan(Objective.named("val_loss"), epochs=1)
    recipe = Recipe(as_builder(build), SearchSpace(()), data, plan, Path("models"))
    return written(recipe, SearchSpace(()), {}, names)


@pytest.mark.parametrize(
    ("build", "names", "said"),
    [
        (dense, ["learning_rate=0.01"], "model.optimizer.learning_rate = 0.01"),
        (plain, ["lower_learning_rate"], "model.optimizer.learning_rate = 0.01"),
        (residual, ["gradient_clipping"], "model.optimizer.clipnorm = 1.0"),
        (residual, ["l2"], "keras.regularizers.L2(0.0001)"),
        (unbuilt, ["l2"], "keras.regularizers.L2(0.0001)"),
        (plain, ["l2"], "keras.regularizers.L2(0.1)"),
        (dense, ["dropout"], 'max(config["rate"], 0.3)'),
        (plain, ["dropout"], "new.add(keras.layers.Dropout(0.3))"),
        (dense, ["less_regularisation"], 'config["rate"] /= 2'),
        (plain, ["less_regularisation"], "keras.regularizers.L2(0.001)"),
        (residual, ["more_capacity"], "round(2 * config[size])"),
        (plain, ["smaller_network"], "round(0.5 * config[size])"),
        (dense, ["distillation"], "round(0.5 * config[size])"),
        (dense, ["missing_activation"], 'config["activation"] = "relu"'),
        (plain, ["batch_normalisation"], "new.add(keras.layers.BatchNormalization())"),
        (plain, ["deeper"], 'keras.layers.Dense(4, activation="relu")'),
        (plain, ["augmentation"], "keras.layers.GaussianNoise("),
        (plain, ["l2", "deeper"], "model = treated_2(model)"),
    ],
)
def test_what_a_person_would_write(build: Any, names: list[str], said: str) -> None:
    found = code(build, *names)
    assert found is not None
    assert said in found


@pytest.mark.parametrize(
    ("build", "name"),
    [(residual, "deeper"), (unbuilt, "deeper"), (dense, "batch_normalisation")],
)
def test_there_is_none_for_a_model_that_it_does_not_suit(build: Any, name: str) -> None:
    assert code(build, name) is None
