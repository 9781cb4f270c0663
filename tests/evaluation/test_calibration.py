from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from tuneit.evaluation import ClassificationEvaluation, evaluate_classification
from tuneit.evaluation.calibration import scaled_by


def an_evaluation(sharpness: float, classes: int = 2, rows: int = 1500) -> ClassificationEvaluation:
    """Of a model whose logits are too large by a factor; the validation rows are others."""
    rng = np.random.default_rng(0)

    def some(count: int) -> tuple[np.ndarray, np.ndarray]:
        exact = rng.dirichlet(np.full(classes, 0.6), size=count)
        true = np.array([rng.choice(classes, p=row) for row in exact])
        return true, scaled_by(1 / sharpness, exact)

    true, shares = some(rows)
    return evaluate_classification(true, shares, validation=some(1000))


def test_exact_probabilities_are_not_said_to_be_off() -> None:
    found = an_evaluation(1.0).calibration
    assert found is not None
    assert not found.is_off
    assert sum(one.rows for one in found.bins) == 1500
    assert all(one.low <= one.said <= one.high for one in found.bins)


@pytest.mark.parametrize("classes", [2, 4])
def test_a_temperature_mends_a_model_that_is_too_sure(classes: int) -> None:
    result = an_evaluation(2.5, classes)
    before, scaling = result.calibration, result.temperature
    assert before is not None
    assert scaling is not None
    assert before.is_off
    assert scaling.temperature == pytest.approx(2.5, rel=0.15)
    assert not scaling.after.is_off
    assert scaling.after.log_loss < before.log_loss
    assert result.to_dict()["temperature_scaling"]["temperature"] == scaling.temperature


def test_the_bins_are_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    shares, true = rng.random(400), rng.integers(2, size=400)
    found = evaluate_classification(true, shares, ["no", "yes"]).calibration
    assert found is not None
    happened, said = calibration_curve(true, shares, n_bins=10)
    np.testing.assert_allclose([one.happened for one in found.bins], happened)
    np.testing.assert_allclose([one.said for one in found.bins], said)
    rows = np.array([one.rows for one in found.bins])
    assert found.of == "yes"
    assert found.ece == pytest.approx((rows / 400) @ np.abs(happened - said))


def test_of_labels_alone_nothing_is_known_and_of_perfect_rows_no_temperature() -> None:
    labels = evaluate_classification([0, 1], [0, 1], validation=([0, 1], [0, 1]))
    assert labels.calibration is None
    assert labels.curves == ()
    perfect = evaluate_classification([0, 1], [0.1, 0.9], validation=([0, 1], [0.1, 0.9]))
    assert perfect.temperature is None
