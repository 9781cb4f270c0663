from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tuneit.evaluation import (
    TEST_FINDINGS,
    NamedEvaluation,
    SeveralEvaluation,
    evaluate_classification,
    evaluate_predictions,
    evaluate_regression,
    findings_on_test,
)


def residuals(n: int, errors_off: float) -> np.ndarray:
    """Residuals of unit spread whose mean is so many standard errors from 0."""
    noise = np.random.default_rng(n).normal(size=n)
    noise = (noise - noise.mean()) / noise.std()
    return noise + errors_off / np.sqrt(n)


@pytest.mark.parametrize("n", [20, 400])
def test_a_mean_residual_of_three_standard_errors_is_told(n: int) -> None:
    truth = np.linspace(0, 10, n)
    for off, side in ((3.1, "low"), (-3.1, "high")):
        (biased,) = findings_on_test(evaluate_regression(truth, truth - residuals(n, off)))
        assert biased.name == "biased_predictions"
        assert f"too {side} by" in biased.summary
    assert findings_on_test(evaluate_regression(truth, truth - residuals(n, 2.5))) == ()


def test_outputs_are_judged_one_by_one() -> None:
    truth = np.linspace(0, 10, 50)
    off = np.column_stack([residuals(50, 0.0), residuals(50, 5.0)])
    (biased,) = findings_on_test(evaluate_regression(np.column_stack([truth, truth]), off))[:1]
    assert biased.evidence["target"] == "output 0"
    predicted = np.column_stack([truth, truth]) - off
    (biased,) = findings_on_test(
        evaluate_regression(np.column_stack([truth, truth]), predicted, output_names=["a", "b"])
    )
    assert biased.evidence["target"] == "b"


def test_predictions_of_one_row_or_without_error_are_not_biased() -> None:
    assert findings_on_test(evaluate_regression([1.0], [2.0])) == ()
    assert findings_on_test(evaluate_regression([1.0, 2.0], [1.0, 2.0])) == ()
    (biased,) = findings_on_test(evaluate_regression([1.0, 2.0], [1.5, 2.5]))
    assert "too high by 0.5" in biased.summary


def test_a_class_of_which_no_row_is_recognised_is_told() -> None:
    true = np.array([0] * 40 + [1] * 5)
    (missed,) = findings_on_test(evaluate_classification(true, np.zeros(45, int), ["no", "yes"]))
    assert missed.summary == "none of the 5 test rows of 'yes' is recognised"
    assert findings_on_test(evaluate_classification(true[:-1], np.zeros(44, int))) == ()


def test_a_test_accuracy_below_validations_is_told_beyond_the_error_of_both() -> None:
    true = np.arange(200) % 2
    predicted = np.where(np.arange(200) < 40, 1 - true, true)
    evaluation = evaluate_classification(true, predicted)
    (worse,) = findings_on_test(evaluation, 0.95, 200)
    assert "0.8000 on the test split, but 0.9500" in worse.summary
    assert findings_on_test(evaluation, 0.85, 200) == ()
    assert findings_on_test(evaluation, 0.95, 10) == ()
    assert findings_on_test(evaluation) == ()
    assert {worse.name} < TEST_FINDINGS


@pytest.mark.parametrize(
    ("task", "y", "found", "positions", "said"),
    [
        ("multilabel", np.eye(2, dtype=int)[[0] * 9], np.zeros((9, 2)), (), "9 test rows of '0'"),
        ("classification", np.array([[0, 1]] * 9), np.zeros((9, 2)), (2,), "9 test tokens of '1'"),
        (
            "classification",
            np.array([[[0, 1], [1, 1]]] * 2),
            np.zeros((2, 2, 2)),
            (2, 2),
            "6 test pixels of '1'",
        ),
    ],
)
def test_labels_tags_and_regions_that_are_never_found_are_told(
    task: Any, y: np.ndarray, found: np.ndarray, positions: tuple[int, ...], said: str
) -> None:
    evaluation = evaluate_predictions(task, y, y, found, positions=positions)
    (missed,) = findings_on_test(evaluation)
    assert (missed.name, missed.summary) == (
        "class_never_predicted",
        f"none of the {said} is recognised",
    )


def test_each_output_is_judged_and_named() -> None:
    truth = np.linspace(0, 10, 50)
    good = evaluate_classification(np.arange(50) % 2, np.arange(50) % 2)
    biased = evaluate_regression(truth, truth - residuals(50, 5.0))
    both = SeveralEvaluation((NamedEvaluation("kind", good), NamedEvaluation("size", biased)))
    (found,) = findings_on_test(both)
    assert str(found).startswith("output 'size': predictions of target are too low")
    assert found.output == "size"


def test_steps_of_a_row_count_as_one_row() -> None:
    true = np.zeros((9, 40, 1))
    by_row = np.linspace(-1, 1.8, 9)[:, None, None] + true
    assert findings_on_test(evaluate_predictions("regression", true, true, by_row)) == ()
    (biased,) = findings_on_test(evaluate_predictions("regression", true, true, by_row + 2))
    assert "too high by 2.4" in biased.summary
