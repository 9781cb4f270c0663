"""Which models Keras can measure on validation rows, and what targets a model needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from training_models import a_plan, a_recipe

from tuneit.data.load import dataset_from_arrays
from tuneit.data.pipeline import Pipeline
from tuneit.errors import BuilderError, DataError
from tuneit.evaluation import ReportedEvaluation
from tuneit.result.predictor import Predictor
from tuneit.study import PythonData
from tuneit.training.builders.builder import as_builder
from tuneit.training.fitting.inspection import inspect_model
from tuneit.training.fitting.rows import Shuffling
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.validating import is_validated, nothing_to_measure_with
from tuneit.training.saving.prediction import evaluate_on_test

load_keras()
import keras  # noqa: E402

X = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)


class Adversary(keras.Model):  # type: ignore[misc]
    """Trains by losses of its own, of x alone."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(1)
        self.tracker = keras.metrics.Mean(name="g_loss")

    def train_step(self, x: Any) -> Any:
        self.tracker.update_state(keras.ops.mean(self.dense(x) ** 2))
        return {"g_loss": self.tracker.result()}


class Measured(Adversary):
    """The same with a step for rows that it does not train on."""

    test_step = Adversary.train_step


def compiled(kind: Any, loss: Any = None) -> Any:
    model = kind()
    model.compile("sgd", loss)
    return model


BUILDER = as_builder(lambda hp: compiled(Adversary))


def a_plain(hp: Any) -> Any:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    model.compile("sgd", "mse")
    return model


def test_a_train_step_alone_measures_nothing_on_other_rows() -> None:
    model = compiled(Adversary)
    assert "no test_step" in nothing_to_measure_with(model)
    assert not is_validated(model, a_plan("g_loss", goal="minimize"))
    assert is_validated(model, a_plan())
    for other in (compiled(Measured), compiled(Adversary, "mse"), a_plain(None)):
        assert nothing_to_measure_with(other) == ""


def test_the_batches_are_the_inputs_alone() -> None:
    shuffling = Shuffling(dataset_from_arrays(X, None).train, 8, seed=1)
    assert {tuple(batch.shape) for batch in shuffling.batches()} == {(8, 4)}
    two = Shuffling(dataset_from_arrays([X, X], None).train, 8, seed=1)
    [inputs] = next(iter(two.batches()))
    assert len(inputs) == 2


def test_a_model_is_inspected_and_evaluated_as_its_steps_allow() -> None:
    data = dataset_from_arrays(X, None)
    recipe = a_recipe(BUILDER, dataset=data, plan=a_plan("g_loss", goal="minimize"))
    assert inspect_model(recipe).metrics == ("g_loss",)
    found = evaluate_on_test(compiled(Adversary), data)
    assert isinstance(found, ReportedEvaluation)
    assert "no test_step" in found.headline()
    found = evaluate_on_test(compiled(Measured), data)
    assert isinstance(found, ReportedEvaluation)
    assert found.metrics[0].name == "g_loss"


def test_raw_rows_without_targets_are_predicted_and_evaluated() -> None:
    start = keras.Input((4,))
    model = keras.Model(start, keras.layers.Dense(2, activity_regularizer="l2")(start))
    model.compile("sgd")
    data = dataset_from_arrays(X, None, scale="standard")
    spec = PythonData(source="python", function="memory:arrays")
    predictor = Predictor(model, Pipeline.of(data, spec))
    assert predictor.predict(X[:3]).values.shape == (3, 2)
    found = predictor.evaluate(X)
    assert isinstance(found, ReportedEvaluation)
    assert (found.n, found.metrics[0].name) == (40, "loss")


def test_what_cannot_be_trained_so_is_told_before() -> None:
    data = dataset_from_arrays(X, None)
    with pytest.raises(BuilderError, match=r"no test_step .* the study uses val_loss: give it a"):
        inspect_model(a_recipe(BUILDER, dataset=data))
    with pytest.raises(DataError, match="compiled with the loss mean_squared_error, which needs"):
        inspect_model(a_recipe(as_builder(a_plain), dataset=data))
