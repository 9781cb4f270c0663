"""The numbers of an evaluation that a requirement may name."""

from __future__ import annotations

import numpy as np
import pytest

from tuneit.evaluation import evaluate_classification, evaluate_regression
from tuneit.result.requirements import numbers_on_test


def test_of_two_classes_f1_is_that_of_the_positive_one() -> None:
    true, said = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1])
    found = dict(numbers_on_test(evaluate_classification(true, said, ["no", "yes"]).to_dict()))
    assert found["test.f1"] == (pytest.approx(0.8), "of yes")
    assert found["test.no.recall"][0] == pytest.approx(2 / 3)
    assert found["test.accuracy"][0] == 0.8
    assert found["test.rows"][0] == 5


def test_of_more_classes_it_is_the_mean_and_says_so() -> None:
    true, said = np.array([0, 1, 2, 2]), np.array([0, 1, 2, 1])
    found = dict(numbers_on_test(evaluate_classification(true, said).to_dict()))
    value, what = found["test.f1"]
    assert value == found["test.macro.f1"][0]
    assert what == "the mean of the classes"


def test_of_numbers_it_is_their_errors() -> None:
    found = dict(numbers_on_test(evaluate_regression([1.0, 2.0, 4.0], [1.0, 2.0, 3.0]).to_dict()))
    assert found["test.mae"][0] == pytest.approx(1 / 3)
    assert found["test.baseline.mae"][0] > found["test.mae"][0]
