"""Targets are scaled for training alone: metrics and predictions are in the target's unit."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

import tuneit
from tuneit.data.load import dataset_from_arrays
from tuneit.data.output import Output
from tuneit.data.target_scale import TargetScaler, fit_targets
from tuneit.errors import DataError
from tuneit.result.evaluating import objective_on_test

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]

RNG = np.random.default_rng(0)
ONE = Output("regression")


@pytest.mark.parametrize("kind", ["standard", "minmax"])
@pytest.mark.parametrize("shape", [(40,), (40, 1), (40, 3)])
def test_scaling_goes_there_and_back(kind, shape) -> None:
    y = (1000 + 50 * RNG.normal(size=shape)).astype(np.float32)
    scaler, note = fit_targets(y, [ONE], kind)
    assert scaler is not None
    assert "fitted on the training rows alone" in note
    scaled = scaler.scaled(ONE, y)
    assert scaled.shape == shape
    assert np.abs(scaled).max() < 6
    again = TargetScaler.from_dict(scaler.to_dict())
    assert np.allclose(again.in_unit(ONE, scaled), y, rtol=1e-5)
    of_column = again.in_unit(ONE, scaled.reshape(40, -1))
    assert of_column.shape == scaled.reshape(40, -1).shape


def test_metrics_grow_as_the_unit_does() -> None:
    y = np.array([0.0, 10.0, 20.0, 30.0])
    scaler, _ = fit_targets(y, [ONE], "minmax")
    assert scaler is not None
    found = {
        name: scaler.metric_in_unit(name, 0.5)
        for name in ("val_mae", "mse", "val_root_mean_squared_error", "r2_score", "loss", "mae_1")
    }
    assert found == pytest.approx(
        {
            "val_mae": 15,
            "mse": 450,
            "val_root_mean_squared_error": 15,
            "r2_score": 0.5,
            "loss": 0.5,
            "mae_1": 15,
        }
    )
    assert scaler.unknown(["loss", "val_mae", "mape", "error"]) == ["error", "mape"]
    two = (Output("regression", "price", key="price"), Output("classification", "sold", key="sold"))
    several, _ = fit_targets({"price": y, "sold": y > 10}, two, "minmax")
    assert several is not None
    assert several.metric_in_unit("val_price_mae", 0.5) == 15
    assert several.metric_in_unit("val_sold_accuracy", 0.5) == 0.5


def test_the_scale_is_of_the_training_rows_alone() -> None:
    x, y = RNG.normal(size=(50, 2)), RNG.normal(size=50)
    far = (x[:10], y[:10] + 1000)
    data = dataset_from_arrays(x, y, validation=far, test=far, scale_target="standard")
    assert abs(float(data.train.y.mean())) < 1e-5
    assert float(data.validation.y.mean()) > 100
    assert data.target_scaler is not None
    assert np.allclose(data.target_scaler.in_unit(data.outputs[0], data.test.y), y[:10] + 1000)


@pytest.mark.parametrize(
    ("y", "task", "said"),
    [
        (np.full(30, 7.0), "regression", "needs a target that varies, but the target is 7"),
        (np.arange(30) % 2, "classification", "scales numbers to predict, but this is class"),
    ],
)
def test_targets_that_cannot_be_scaled(y, task, said) -> None:
    with pytest.raises(DataError, match=said):
        dataset_from_arrays(RNG.normal(size=(30, 2)), y, task=task, scale_target="standard")


def build(hp):
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    rate = hp.Float("learning_rate", 0.09, 0.1)
    optimizer = keras.optimizers.Adam(rate)
    model.compile(optimizer, "mse", metrics=["mae"], jit_compile=False)
    return model


def test_a_search_reports_and_predicts_in_the_unit_of_the_target(tmp_path: Path) -> None:
    x = RNG.normal(size=(150, 2))
    y = 200_000 + 50_000 * x[:, 0] + 1_000 * RNG.normal(size=150)
    result = tuneit.search(
        build,
        (x, y),
        scale_target="standard",
        objective="val_mae",
        trials=1,
        epochs=10,
        output=tmp_path,
        quiet=True,
    )
    assert result.evaluation is not None
    assert 100 < result.best_score < 30_000  # without scaling it stays near 200,000
    assert result.best_score == pytest.approx(result.evaluation.scores.mae, rel=1)
    assert result.best.trivial.score == pytest.approx(50_000, rel=0.5)
    assert np.abs(result.predict(x).values - y).mean() == pytest.approx(result.best_score, rel=1)
    assert result.evaluate_on((x, y)).scores.mae == pytest.approx(result.best_score, rel=1)
    assert result.best.curve.series["loss"][0] < 10
    assert objective_on_test(result) == pytest.approx(result.evaluation.scores.mae, rel=1e-3)
