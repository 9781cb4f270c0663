"""The best trial as an estimator of scikit-learn."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tuneit.space import SearchSpace
from tuneit.training.builders.builder import as_builder
from tuneit.training.estimator import TunedClassifier, TunedRegressor

pytestmark = pytest.mark.eager


def classifier(hp, loss="sparse_categorical_crossentropy", last=2, activation="softmax"):
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(hp.Int("units", 4, 16), "relu"),
            keras.layers.Dense(last, activation),
        ]
    )
    model.compile(keras.optimizers.Adam(0.2), loss, jit_compile=False)
    return model


def sigmoid(hp):
    return classifier(hp, "binary_crossentropy", 1, "sigmoid")


def one_hot(hp):
    return classifier(hp, "categorical_crossentropy")


def regressor(hp):
    return classifier(hp, "mse", 1, "linear")


RNG = np.random.default_rng(0)
X = RNG.normal(3, 10, (120, 2)).astype("float32")
SIDE = np.where(X[:, 0] > X[:, 1], "right", "left")
KNOWN = {"space": SearchSpace(), "params": {"units": 8}, "epochs": 8, "scale": "standard"}


def test_a_classifier_survives_clone_and_cross_validation() -> None:
    copied = clone(TunedClassifier(as_builder(classifier), **KNOWN))
    assert copied.get_params()["epochs"] == KNOWN["epochs"]
    assert cross_val_score(copied, X, SIDE, cv=2).min() > 0.8


@pytest.mark.parametrize("build", [classifier, sigmoid, one_hot])
def test_a_classifier_knows_the_classes_of_each_head(build) -> None:
    fitted = TunedClassifier(as_builder(build), **KNOWN, one_hot=build is one_hot).fit(X, SIDE)
    assert fitted.score(X, SIDE) > 0.8
    assert set(fitted.predict(X)) == {"left", "right"}
    probabilities = fitted.predict_proba(X)
    assert probabilities.shape == (120, 2)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    right = fitted.classes_[probabilities.argmax(axis=1)] == fitted.predict(X)
    assert right.all()


def test_a_regressor_predicts_in_the_shape_of_its_target() -> None:
    made = TunedRegressor(as_builder(regressor), **KNOWN)
    target = X[:, 0] - X[:, 1]
    pipeline = make_pipeline(StandardScaler(), clone(made)).fit(X, target)
    assert pipeline.predict(X).shape == (120,)
    assert pipeline.score(X, target) > 0.5
    assert made.fit(X, target[:, None]).predict(X[:3]).shape == (3, 1)


def test_the_best_trial_of_a_search_becomes_an_estimator(searched_iris: Path) -> None:
    from sklearn.datasets import load_iris

    from tuneit.api import load_result
    from tuneit.study_file import load_study

    study = load_study(searched_iris / "study.yaml")
    result = load_result(study, searched_iris, searched_iris / "reports/iris")
    made = result.best_estimator()
    assert made.epochs == result.best.best_epoch
    assert made.scale == "standard"
    x, y = load_iris(return_X_y=True)
    assert cross_val_score(made, x, y, cv=2).shape == (2,)
    curves = result.curves_dataframe()
    assert list(curves.columns[:3]) == ["trial", "execution", "epoch"]
    assert len(curves) == sum(trial.epochs for trial in result.trials)
    assert repr(result.importances) == "{}  # 8 complete trials are needed, and there are 3"
    assert "units" in result.best._repr_html_()
    assert "<table" in result.best.curve._repr_html_()
