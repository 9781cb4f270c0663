"""How many trials a study trains together, and what it says of that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cohort_zoo import rows_of

from tuneit.study_file import study_from
from tuneit.training.builders.builder import as_builder
from tuneit.training.keras_loader import load_keras
from tuneit.workbench import prepare
from tuneit.workbench.cohort_policy import CohortPolicy
from tuneit.workbench.notes import how_trained

load_keras()
import keras  # noqa: E402
from keras import layers  # noqa: E402

DATA = rows_of(np.ones((30, 4), np.float32), np.arange(30) % 2)


def a_policy(
    tmp_path: Path,
    *,
    width: int = 3,
    splits: bool = False,
    widths: bool = False,
    own: bool = False,
    **study: Any,
) -> CohortPolicy:
    def build(hp: Any) -> Any:
        units = hp.Int("units", 2, 4) if widths else width
        act = hp.Choice("act", ["relu", "tanh"]) if splits else None
        hidden = layers.Lambda(lambda x: x) if own else layers.Dropout(hp.Float("drop", 0.1, 0.5))
        model = keras.Sequential(
            [layers.Input((4,)), layers.Dense(units, act), hidden, layers.Dense(2, "softmax")]
        )
        rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
        model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
        return model

    return a_policy_of(build, tmp_path, **{"strategy": "bayesian", **study})


ALL = "up to {} trials train as one program; they may differ in drop and rate"
ONE = "one at a time: {}; `trainer: cohort` proposes {} trials at once"
LEARNS = "strategy bayesian learns from each result, and trials that differ in act cannot train "
LARGE = (
    "strategy bayesian learns from each result, and trials of models as large as these train "
    "hardly faster together"
)
LOOKS = "`stopping` looks at each result"


@pytest.mark.usefixtures("on_cpu")
@pytest.mark.parametrize(
    ("study", "members", "said"),
    [
        ({}, 8, ALL.format(8)),
        ({"strategy": "random"}, 64, ALL.format(64)),
        ({"width": 1_000_000}, 1, ONE.format(LARGE, 8)),
        ({"widths": True}, 8, ALL.format(8).replace("drop", "units, drop")),
        ({"splits": True}, 1, ONE.format(LEARNS + "together", 8)),
        ({"stopping": {"patience": 3}}, 1, ONE.format(LOOKS, 8)),
        ({"stopping": {"patience": 3}, "strategy": "random"}, 1, ONE.format(LOOKS, 8)),
        (
            {"stopping": {"patience": 3}, "strategy": "random", "trainer": "cohort"},
            8,
            ALL.format(8),
        ),
        ({"strategy": "random", "pruning": "median"}, 8, ALL.format(8)),
        ({"strategy": "random", "pruning": "asha"}, 64, ALL.format(64)),
        ({"stopping": {"patience": 3}, "trainer": "cohort"}, 8, ALL.format(8)),
        ({"own": True}, 1, "one at a time: layer 'lambda' is a Lambda, which cohorts do not know"),
    ],
)
def test_trials_that_train_together(
    tmp_path: Path, study: dict[str, Any], members: int, said: str
) -> None:
    policy = a_policy(tmp_path, **study)
    assert how_trained(policy) == said
    assert policy.fuses == said.startswith("up to")
    assert policy.members == members


def test_repeats_go_together_whatever_the_strategy(tmp_path: Path) -> None:
    budget = {"trials": 4, "epochs": 2, "executions": 3}
    assert a_policy(tmp_path, splits=True, budget=budget).members == 3
    assert a_policy(tmp_path, budget=budget).members == 24


def test_pruning_that_waits_comes_in_after_the_first_trials(tmp_path: Path) -> None:
    wrapped = {"name": "patient", "options": {"wrapped": "median"}}
    assert a_policy(tmp_path, strategy="random", pruning=wrapped).members == 8
    # The trials of a second structure see those of the first.
    assert a_policy(tmp_path, strategy="random", pruning="median", splits=True).members == 64


def test_values_whose_trials_cannot_be_fused_are_told(tmp_path: Path) -> None:
    def build(hp: Any) -> Any:
        kind = hp.Choice("kind", ["dense", "lambda", "broken"])
        if kind == "broken":
            raise RuntimeError("no such kind")
        hidden = layers.Lambda(lambda x: x) if kind == "lambda" else layers.Dense(3)
        model = keras.Sequential([layers.Input((4,)), hidden, layers.Dense(2, "softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    said = how_trained(a_policy_of(build, tmp_path))
    assert said.startswith("up to 64 trials train as one program; with kind=lambda one at a time: ")
    assert "layer 'lambda' is a Lambda, which cohorts do not know; with kind=broken one at " in said
    assert "no such kind" in said


@pytest.mark.parametrize(
    ("trainable", "said"),
    [
        (True, "one at a time: other trials train its weights or use its optimizer too"),
        (False, "up to 64 trials train as one program; they may differ in rate"),
    ],
)
def test_a_base_that_all_trials_train_keeps_them_apart(
    tmp_path: Path, trainable: bool, said: str
) -> None:
    base = keras.Sequential([layers.Input((4,)), layers.Dense(3), layers.BatchNormalization()])
    base.trainable = trainable

    def build(hp: Any) -> Any:
        model = keras.Sequential([layers.Input((4,)), base, layers.Dense(2, "softmax")])
        rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
        model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy")
        return model

    assert how_trained(a_policy_of(build, tmp_path)) == said


def test_an_optimizer_of_all_trials_keeps_them_apart(tmp_path: Path) -> None:
    optimizer = keras.optimizers.SGD()

    def build(hp: Any) -> Any:
        optimizer.learning_rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
        model = keras.Sequential([layers.Input((4,)), layers.Dense(2, "softmax")])
        model.compile(optimizer, "sparse_categorical_crossentropy")
        return model

    said = how_trained(a_policy_of(build, tmp_path))
    assert said == "one at a time: other trials train its weights or use its optimizer too"


def test_models_that_are_drawn_with_their_seed_train_apart(tmp_path: Path) -> None:
    def build(hp: Any) -> Any:
        hp.Float("rate", 1e-3, 1e-1, sampling="log")
        inputs = keras.Input((4,))
        features = inputs * np.random.normal(size=4).astype("float32")
        model = keras.Model(inputs, layers.Dense(2, "softmax")(features))
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    said = how_trained(a_policy_of(build, tmp_path))
    assert said == "one at a time: with another seed its builder makes a model that is not alike"


@pytest.mark.usefixtures("on_cpu")
def test_strategies_that_learn_are_told_which_value_keeps_trials_apart(tmp_path: Path) -> None:
    def build(hp: Any) -> Any:
        odd = [layers.Lambda(lambda x: x)] if hp.Boolean("odd") else []
        model = keras.Sequential([layers.Input((4,)), *odd, layers.Dense(2, "softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    said = how_trained(a_policy_of(build, tmp_path, strategy="bayesian"))
    assert "trials with odd=True cannot train with others (layer 'lambda' is a Lambda" in said


def a_policy_of(build: Any, tmp_path: Path, **study: Any) -> CohortPolicy:
    settings = {
        "name": "study",
        "model": "mine:build",
        "data": {"source": "python", "function": "mine:rows"},
        "objective": "val_loss",
        "strategy": "random",
        "budget": {"trials": 4, "epochs": 2},
    }
    told = study_from({**settings, **study})
    prepared = prepare(told, tmp_path, tmp_path, builder=as_builder(build), dataset=DATA)
    return CohortPolicy(prepared.study, prepared.recipe)
