"""The best model beside the reference models, row by row on the same validation rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tuneit.data.load import dataset_from_arrays
from tuneit.data.references import fit as limits
from tuneit.data.references import fit_again, fit_references
from tuneit.findings.reference_models import BOOSTING, NEAREST
from tuneit.result.beside_references import _of_means, _of_shares, beside_references
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

pytestmark = pytest.mark.eager

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4)).astype("float32")


def linear(units: int, activation: str | None, loss: str) -> Any:
    """A network that has not learned anything."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, activation)])
    model.compile("sgd", loss, jit_compile=False)
    return model


@pytest.mark.parametrize("most", [10_000, 40])
@pytest.mark.parametrize("text", [False, True])
def test_rows_of_a_classifier_are_paired(
    text: bool, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those of a sample of the validation rows, and of labels that are texts."""
    monkeypatch.setattr(limits, "MOST_ROWS", most)
    y: Any = (X[:, 0] > 0) + (X[:, 1] > 0.5).astype(int)
    data = dataset_from_arrays(X, np.array(["low", "mid", "top"])[y] if text else y)
    models = fit_references(data)
    model = linear(3, "softmax", "sparse_categorical_crossentropy")
    paired = beside_references(model, data, models, execution=2)
    assert [one.quantity for one in paired] == ["accuracy", "cross_entropy"]
    rows, said, truth = fit_again(data, paired[0].model)
    assert len(rows) == min(most, len(data.validation))
    own = model.predict(data.validation.x[rows], verbose=0)
    wrong = (own.argmax(axis=1) != truth).mean()
    for one, network in zip(
        paired, (wrong, -np.log(own[np.arange(len(truth)), truth]).mean()), strict=True
    ):
        best = models.best(one.quantity)
        assert best is not None
        assert (one.model, one.rows, one.execution) == (best.model, len(rows), 2)
        assert one.network == pytest.approx(network, abs=1e-6)
        assert one.reference == pytest.approx(best.cost(one.quantity))
        assert one.low < one.network - one.reference < one.high
        assert one.error < best.errors[one.quantity] + one.network
    difference = (own.argmax(axis=1) != truth) - (said.argmax(axis=1) != truth).astype(float)
    assert paired[0].error == pytest.approx(difference.std() / len(rows) ** 0.5, rel=0.1)


def test_rows_of_a_regression_are_paired() -> None:
    y = (X[:, 0] + 0.1 * RNG.normal(size=300)).astype("float32")
    data = dataset_from_arrays(X, y)
    found = {p.quantity: p for p in beside_references(
        linear(1, None, "mse"), data, fit_references(data), 0
    )}  # fmt: skip
    assert set(found) == {"mse", "mae", "rmse"}
    assert found["rmse"].network == pytest.approx(found["mse"].network ** 0.5)
    assert found["rmse"].low < found["rmse"].network - found["rmse"].reference < found["rmse"].high


def test_models_that_scored_otherwise_are_not_paired() -> None:
    """Another version of a library may have fitted them: only their scores are known."""
    data = dataset_from_arrays(X, (X[:, 0] > 0).astype(int))
    models = fit_references(data)
    scores = (
        replace(one, scores={name: value + 0.01 for name, value in one.scores.items()})
        for one in models.models
    )
    other = replace(models, models=tuple(scores))
    assert not beside_references(linear(1, "sigmoid", "binary_crossentropy"), data, other, 0)


def test_few_rows_on_which_two_models_differ_are_no_certainty() -> None:
    alike = np.zeros(50)
    error, low, high = _of_shares(alike, alike, np.mean)
    assert (error, low, high) == pytest.approx((0.0192, -0.0377, 0.0377), abs=1e-3)
    worse = np.array([1.0] * 8 + [0.0] * 42)
    error, low, high = _of_shares(worse, alike, np.mean)
    # Agresti and Min's interval of 8 and 0 discordant rows of 50.
    assert (low, high) == pytest.approx((0.0495, 0.2582), abs=2e-3)


def test_what_is_hard_for_both_does_not_blur_the_difference() -> None:
    """The paired standard error is right; that of unlike rows is far larger here."""
    hard = RNG.exponential(size=400)
    own, other = hard + 0.1, hard + 0.05 * RNG.normal(size=400)
    error, low, high = _of_means(own, other, np.mean)
    assert error == pytest.approx((own - other).std() / 20, rel=0.1)
    assert error < 0.1 * np.hypot(own.std(), other.std()) / 20
    assert low < float((own - other).mean()) < high


def test_a_model_is_fitted_again_as_before() -> None:
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    data = dataset_from_arrays(X, y)
    models = fit_references(data)
    for name in (NEAREST, BOOSTING):
        _, said, truth = fit_again(data, name)
        known = models.get(name)
        assert known is not None
        assert known.scores["accuracy"] == (said.argmax(axis=1) == truth).mean()
