"""Inputs are changed at random in training alone; strengths are fixed or searched."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from builders import a_study

from tuneit.data.load import dataset_from_arrays
from tuneit.errors import DataError
from tuneit.space import SearchSpace
from tuneit.study.augment import AugmentSpec
from tuneit.training.builders.augmenting import Augmentation
from tuneit.training.builders.builder import as_builder
from tuneit.training.builders.hyperparameters import TrialHyperParameters

RNG = np.random.default_rng(0)
PICTURES = RNG.uniform(0, 1, (40, 12, 12, 3))
TABLE = RNG.normal(size=(40, 4))
ALL = {
    "flip": "both",
    "rotation": 0.1,
    "shift": 0.1,
    "zoom": 0.1,
    "brightness": 0.2,
    "contrast": 0.2,
    "noise": 0.1,
}


def of_pictures(hp: Any) -> Any:
    return compiled([keras.layers.Input((12, 12, 3)), keras.layers.Flatten(), _dense()])


def of_table(hp: Any) -> Any:
    return compiled([keras.layers.Input((4,)), _dense()])


def _dense() -> Any:
    return keras.layers.Dense(1, activation="sigmoid")


def compiled(layers: list[Any]) -> Any:
    model = keras.Sequential(layers)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model


def built(function: Any, x: Any, augment: dict[str, Any]) -> tuple[Any, TrialHyperParameters]:
    data = dataset_from_arrays(x, np.arange(len(x)) % 2)
    spec = {"source": "sklearn", "name": "digits", "augment": augment}
    builder = as_builder(function).for_data(data, a_study(data=spec))
    hp = TrialHyperParameters({}, {}, known=SearchSpace(()))
    return builder.build(hp), hp


@pytest.mark.parametrize(
    ("function", "x", "augment"),
    [(of_pictures, PICTURES, ALL), (of_table, TABLE, {"noise": 0.5})],
    ids=["pictures", "table"],
)
def test_training_sees_other_inputs_and_predictions_the_same(
    function: Any, x: Any, augment: dict[str, Any], tmp_path: Path
) -> None:
    model, _ = built(function, x, augment)
    rows = x[:8].astype(np.float32)
    assert np.array_equal(model(rows, training=False), model(rows, training=False))
    assert not np.allclose(model(rows, training=True), model(rows, training=False), atol=1e-6)
    assert model.loss == "binary_crossentropy"
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert np.allclose(loaded(rows, training=False), model(rows, training=False), atol=1e-6)


def test_a_range_is_a_hyperparameter() -> None:
    _, hp = built(of_pictures, PICTURES, {"shift": {"max": 0.3}, "rotation": 0.1})
    assert "augment_shift" in hp.params
    assert "augment_rotation" not in hp.params


@pytest.mark.parametrize(
    ("x", "augment", "said"),
    [
        (
            TABLE,
            {"rotation": 0.1},
            r"augment.rotation is for pictures .*shape \(4,\): use noise or mixup",
        ),
        (np.arange(80).reshape(40, 2), {"noise": 0.1}, "whole numbers or texts: remove it"),
    ],
)
def test_augmentation_that_does_not_suit_the_data(x: Any, augment: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        built(of_table, x, augment)


def test_it_travels_to_workers() -> None:
    data = dataset_from_arrays(PICTURES, np.arange(40) % 2)
    made = Augmentation.of(AugmentSpec(flip="horizontal", zoom=0.1), data)
    assert pickle.loads(pickle.dumps(made)) == made


def test_mixup_needs_targets_that_can_be_mixed() -> None:
    with pytest.raises(DataError, match="a mixture of class numbers or labels is none: set `one_"):
        built(of_table, TABLE, {"mixup": 0.2})
    with pytest.raises(DataError, match="mixup mixes real numbers, but some inputs are whole"):
        built(of_table, np.arange(80).reshape(40, 2), {"mixup": 0.2})


def test_mixup_leaves_the_model_as_it_is_and_may_be_searched() -> None:
    data = dataset_from_arrays(TABLE, TABLE[:, 0])
    model = of_table(None)
    fixed = Augmentation.of(AugmentSpec(mixup=0.2), data)
    assert fixed.apply(None, model) is model
    assert fixed.mixup({}) == 0.2
    searched = Augmentation.of(AugmentSpec.model_validate({"mixup": {"max": 0.4}}), data)
    hp = TrialHyperParameters({}, {}, known=SearchSpace(()))
    searched.apply(hp, model)
    assert searched.mixup(hp.params) == hp.params["augment_mixup"]
