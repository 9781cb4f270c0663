from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tuneit.evaluation import evaluate_classification, evaluate_regression
from tuneit.evaluation.record import dump_evaluation, load_evaluation
from tuneit.study_folder import to_json

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    "evaluation",
    [
        evaluate_classification(RNG.integers(3, size=30), RNG.normal(size=(30, 3)), "abc"),
        evaluate_classification([0, 1, 1, 0], np.array([0.1, 0.9, 0.6, 0.7]), ["no", "yes"]),
        evaluate_classification([1, 1], np.array([1, 1])),
        evaluate_regression(RNG.normal(size=20), RNG.normal(size=20)),
        evaluate_regression(RNG.normal(size=(20, 2)), RNG.normal(size=(20, 2))),
        evaluate_regression([1.0], [2.0]),
    ],
    ids=["three classes", "two", "one", "regression", "two outputs", "one row"],
)
def test_an_evaluation_comes_back_as_it_was(evaluation: Any) -> None:
    back = load_evaluation(json.loads(to_json(dump_evaluation(evaluation))))
    assert type(back) is type(evaluation)
    assert back.to_dict() == evaluation.to_dict()
    assert str(back) == str(evaluation)
    assert dump_evaluation(back) == dump_evaluation(evaluation)
    arrays = [name for name, value in vars(evaluation).items() if isinstance(value, np.ndarray)]
    assert arrays
    for name in arrays:
        assert getattr(back, name).dtype == getattr(evaluation, name).dtype


def test_what_is_not_a_number_comes_back_as_that() -> None:
    evaluation = replace(evaluate_regression([1.0, 2.0], [1.0, 2.0]), y_pred=np.array([[np.nan]]))
    back = load_evaluation(json.loads(to_json(dump_evaluation(evaluation))))
    assert math.isnan(back.y_pred[0, 0])


@pytest.mark.parametrize("record", [{}, {"task": "ranking"}, {"task": "regression", "n": 3}, []])
def test_another_form_is_refused(record: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        load_evaluation(record)
