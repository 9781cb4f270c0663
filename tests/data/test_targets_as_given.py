"""Whole searches on targets of many forms: what Keras alone would say, tuneit says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tuneit
from tuneit.errors import DataError
from tuneit.evaluation import ClassificationEvaluation, RegressionEvaluation
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import keras_tuner  # noqa: E402

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]

X = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
SEARCH: dict[str, Any] = {"strategy": "random", "trials": 1, "epochs": 2, "quiet": True}


def a_model(hp: Any, *last: Any, loss: Any = "mse", metrics: Any = ()) -> Any:
    model = keras.Sequential([keras.Input((4,)), *last])
    rate = hp.Choice("rate", [0.1])
    sgd = keras.optimizers.SGD(rate)
    model.compile(sgd, loss, metrics=list(metrics), jit_compile=False)
    return model


def squared(y_true: Any, y_pred: Any) -> Any:
    return keras.ops.mean(keras.ops.square(y_true - y_pred))


def linear_model(hp: Any) -> Any:
    return a_model(hp, keras.layers.Dense(1), metrics=[squared])


class Differences(keras_tuner.HyperModel):
    """Its score is a difference of arrays, which would be (n, n) for targets of shape (n,)."""

    def build(self, hp: Any) -> Any:
        return linear_model(hp)

    def fit(
        self, hp: Any, model: Any, x: Any, y: Any, validation_data: Any, **settings: Any
    ) -> Any:
        model.fit(x, y, **settings)
        x_val, y_val = validation_data
        difference = model.predict(x_val, verbose=0) - y_val
        assert difference.shape == (len(x_val), 1)
        return {"val_loss": float(np.mean(difference**2)), "val_dtype": float(y.dtype.itemsize)}


@pytest.mark.parametrize("trainer", ["single", "cohort"])
def test_a_column_stays_a_column_for_metrics_of_ones_own(tmp_path: Path, trainer: str) -> None:
    data = (X, 3 * X[:, :1])
    result = tuneit.search(linear_model, data, trainer=trainer, output=tmp_path, **SEARCH)
    curve = result.best.curve
    assert curve is not None
    # The mean squared error by another way, batch by batch.
    np.testing.assert_allclose(curve["val_squared"], curve["val_loss"], rtol=1e-4)
    assert isinstance(result.evaluate(), RegressionEvaluation)


def test_a_fit_of_ones_own_gets_what_was_given(tmp_path: Path) -> None:
    y = 3 * X[:, :1].astype(np.float64)
    result = tuneit.search(Differences(), (X, y), output=tmp_path, **SEARCH)
    validation = result.prepared.dataset.validation
    predicted = result.best_model().predict(validation.x, verbose=0)
    assert result.best_score == pytest.approx(np.mean((predicted - validation.y) ** 2), rel=1e-4)
    assert validation.y.dtype == np.float64


def test_ratings_are_trained_and_judged_as_numbers(tmp_path: Path) -> None:
    ratings = np.clip(np.round(5.5 + X[:, 0]), 3, 8)
    result = tuneit.search(linear_model, (X, ratings), output=tmp_path, **SEARCH)
    np.testing.assert_array_equal(np.unique(result.prepared.dataset.train.y), np.unique(ratings))
    assert isinstance(result.evaluate(), RegressionEvaluation)
    alone = tuneit.evaluate(result.best_model(), X, ratings)
    assert isinstance(alone, RegressionEvaluation)
    assert (tmp_path / "index.html").exists()


def signs_model(hp: Any) -> Any:
    return a_model(hp, keras.layers.Dense(1, "tanh"), loss=hp.Choice("loss", ["hinge"]))


def test_signs_stay_signs_and_are_judged_as_classes(tmp_path: Path) -> None:
    signs = np.sign(X[:, 0])
    result = tuneit.search(signs_model, (X, signs), output=tmp_path, **SEARCH)
    data, evaluation = result.prepared.dataset, result.evaluate()
    assert np.unique(data.train.y).tolist() == [-1.0, 1.0]
    assert isinstance(evaluation, ClassificationEvaluation)
    assert evaluation.class_names == ("-1", "1")
    predicted = result.best_model().predict(data.test.x, verbose=0)[:, 0] > 0
    assert evaluation.accuracy == np.mean(predicted == (data.test.y > 0))
    assert tuneit.evaluate(result.best_model(), data.test.x, data.test.y).to_dict()[
        "confusion_matrix"
    ] == evaluation.to_dict()["confusion_matrix"]  # fmt: skip


def spam_model(hp: Any) -> Any:
    f1 = keras.metrics.F1Score(threshold=0.5, name="f1")
    layer = keras.layers.Dense(1, "sigmoid")
    return a_model(hp, layer, loss="binary_crossentropy", metrics=[f1, "recall"])


def test_the_positive_class_is_said_where_its_scores_stand(tmp_path: Path) -> None:
    names = np.where(X[:, :1] > 0, "fraud", "honest")
    result = tuneit.search(
        spam_model, (X, names), objective={"metric": "val_f1", "goal": "maximize"},
        positive="fraud", output=tmp_path, **SEARCH,
    )  # fmt: skip
    validation, evaluation = result.prepared.dataset.validation, result.evaluate()
    assert validation.y.shape == (len(validation), 1)
    assert isinstance(evaluation, ClassificationEvaluation)
    assert evaluation.positive_class == "fraud"
    report = (tmp_path / "index.html").read_text()
    assert "best val_f1 (positive class fraud)" in report
    assert "F1, recall: of the positive class, fraud." in report
    assert "(class fraud being the positive one)" in report


def three_units(hp: Any) -> Any:
    return a_model(hp, keras.layers.Dense(3, "softmax"), loss="sparse_categorical_crossentropy")


def test_labels_from_one_are_refused_before_training(tmp_path: Path) -> None:
    labels = np.arange(60) % 3 + 1
    with pytest.raises(DataError, match="subtract 1 in the data, or give the last layer 4 units"):
        tuneit.search(three_units, (X, labels), output=tmp_path, **SEARCH)
    with pytest.raises(DataError, match="is for classes"):
        tuneit.search(three_units, (X, labels - 1), task="regression", output=tmp_path, **SEARCH)
    assert not (tmp_path / "trials.csv").exists()


def test_averages_are_asked_for_where_a_metric_is_a_number_for_each_class(tmp_path: Path) -> None:
    def build(hp: Any) -> Any:
        f1 = keras.metrics.F1Score(name="f1")
        layer = keras.layers.Dense(3, "softmax")
        return a_model(hp, layer, loss="categorical_crossentropy", metrics=[f1])

    objective = {"metric": "val_f1", "goal": "maximize"}
    with pytest.raises(tuneit.TuneitError, match="'val_f1' is 3, one for each class: give the"):
        tuneit.search(
            build, (X, np.eye(3)[np.arange(60) % 3]), objective=objective, output=tmp_path, **SEARCH
        )
