from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn import metrics

from tuneit.errors import DataError
from tuneit.errors.wording import score_text
from tuneit.evaluation import evaluate_predictions
from tuneit.evaluation.regression import evaluate_regression


def test_the_numbers_are_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    true = rng.normal(size=200)
    predicted = true + rng.normal(scale=0.3, size=200)
    train = rng.normal(loc=1, size=100)
    result = evaluate_regression(true, predicted[:, None], train)
    assert result.scores.mae == pytest.approx(metrics.mean_absolute_error(true, predicted))
    assert result.scores.rmse == pytest.approx(metrics.root_mean_squared_error(true, predicted))
    assert result.scores.r2 == pytest.approx(metrics.r2_score(true, predicted))
    mean = np.full(200, train.mean())
    assert result.baseline.mae == pytest.approx(metrics.mean_absolute_error(true, mean))
    assert result.baseline.r2 == pytest.approx(metrics.r2_score(true, mean))
    summary = result.outputs[0].residuals
    assert summary.mean == pytest.approx((true - predicted).mean())
    assert abs(summary.largest) == pytest.approx(metrics.max_error(true, predicted))
    np.testing.assert_allclose(result.residuals[:, 0], true - predicted)


def test_several_outputs_are_scored_one_by_one_and_together() -> None:
    rng = np.random.default_rng(2)
    true = rng.normal(size=(50, 2))
    predicted = true + np.array([0.1, -0.5])
    result = evaluate_regression(true, predicted, output_names=["height"])
    assert [o.name for o in result.outputs] == ["height", "output 1"]
    assert result.outputs[1].scores.mae == pytest.approx(0.5)
    assert result.scores.mae == pytest.approx(0.3)
    assert result.scores.r2 == pytest.approx(metrics.r2_score(true, predicted))


def test_a_constant_truth_has_no_r2() -> None:
    result = evaluate_regression([2.0, 2.0], [1.0, 3.0])
    assert result.scores.r2 is None
    assert "undefined" in str(result)


def test_scores_are_written_by_one_rule_and_rounding_is_no_score() -> None:
    true = np.array([0.1, 0.2, 0.4, 0.7])
    mean = evaluate_regression(true, np.full(4, true.mean()))
    assert (mean.scores.r2, mean.outputs[0].baseline.r2) == (0.0, 0.0)
    assert "R² 0.0000" in mean.headline()
    small = evaluate_regression(true, true.mean() - 2e-6 * (true - true.mean()))
    assert "R² -4e-6" in small.headline()  # as in every other table of scores, not 0.0000
    assert small.headline().startswith(f"MAE {score_text(small.scores.mae)}, RMSE ")


def test_what_cannot_be_evaluated_is_refused_in_words() -> None:
    with pytest.raises(DataError, match="shape"):
        evaluate_regression([1.0, 2.0], [1.0])
    with pytest.raises(DataError, match="NaN or infinity for 1 of 2 rows"):
        evaluate_regression([1.0, 2.0], [1.0, np.nan])


def test_it_goes_to_json_and_to_a_notebook() -> None:
    result = evaluate_regression([1.0, 2.0, 4.0], [1.0, 2.5, 3.0], output_names=["<b>"])
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["task"] == "regression"
    assert "&lt;b&gt;" in result._repr_html_()


def test_the_task_chooses_the_evaluation() -> None:
    regression = evaluate_predictions("regression", [0.0, 2.0], [1.0, 3.0], [1.0, 2.0])
    assert regression.headline().startswith("MAE 0.5")
    assert " on 1 row (" in evaluate_regression([1.0], [2.0]).headline()
    classification = evaluate_predictions(
        "classification", [0, 1], [0, 1], np.array([[0.9, 0.1], [0.2, 0.8]]), ["a", "b"]
    )
    assert classification.headline().startswith("accuracy 1.0000 on 2 rows")
