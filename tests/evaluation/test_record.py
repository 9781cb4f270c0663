from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tuneit.evaluation import (
    NamedEvaluation,
    ReportedEvaluation,
    SeveralEvaluation,
    evaluate_classification,
    evaluate_predictions,
    evaluate_regression,
)
from tuneit.evaluation.record import dump_evaluation, load_evaluation
from tuneit.ledger.study_folder import to_json

RNG = np.random.default_rng(0)
FLAGS = RNG.random((20, 4)) < 0.5
TAGS = RNG.integers(3, size=(20, 6))
COUNTS = RNG.integers(5, size=20)
STEPS = RNG.random((20, 6, 2))


@pytest.mark.parametrize(
    "evaluation",
    [
        evaluate_classification(RNG.integers(3, size=30), RNG.normal(size=(30, 3)), "abc"),
        evaluate_classification([0, 1, 1, 0], np.array([0.1, 0.9, 0.6, 0.7]), ["no", "yes"]),
        evaluate_classification([1, 1], np.array([1, 1])),
        evaluate_regression(RNG.normal(size=20), RNG.normal(size=20)),
        evaluate_regression(RNG.normal(size=(20, 2)), RNG.normal(size=(20, 2))),
        evaluate_regression([1.0], [2.0]),
        evaluate_predictions("multilabel", FLAGS, FLAGS, RNG.random((20, 4))),
        evaluate_predictions("classification", TAGS, TAGS, RNG.random((20, 6, 3)), positions=(6,)),
        evaluate_predictions(
            "classification",
            RNG.integers(3, size=(5, 4, 6)),
            RNG.integers(3, size=(5, 4, 6)),
            RNG.random((5, 4, 6, 3)),
            positions=(4, 6),
            inputs=RNG.random((5, 4, 6, 1)),
        ),
        evaluate_predictions("regression", COUNTS, COUNTS, RNG.random((20, 1)), loss="poisson"),
        evaluate_predictions("regression", STEPS, STEPS, RNG.random((20, 6, 2))),
        evaluate_predictions(
            "regression",
            RNG.random((6, 8, 8, 3)),
            RNG.random((6, 8, 8, 3)),
            RNG.random((6, 8, 8, 3)),
        ),
        evaluate_predictions("regression", COUNTS, COUNTS, RNG.random((20, 3))),
        ReportedEvaluation.of(9, {"loss": 0.5, "kl": 0.25}),
        ReportedEvaluation(9, said="nothing measures it"),
        SeveralEvaluation(
            (
                NamedEvaluation("kind", evaluate_classification([0, 1], np.eye(2))),
                NamedEvaluation("size", evaluate_regression([1.0, 2.0], [2.0, 1.0])),
            )
        ),
    ],
    ids=[
        *("three classes", "two", "one", "regression", "two outputs", "one row"),
        *("labels", "tags", "pixels", "counts", "steps", "images", "quantiles"),
        *("reported", "nothing reported", "several"),
    ],
)
def test_an_evaluation_comes_back_as_it_was(evaluation: Any) -> None:
    back = load_evaluation(json.loads(to_json(dump_evaluation(evaluation))))
    assert type(back) is type(evaluation)
    assert back.to_dict() == evaluation.to_dict()
    assert str(back) == str(evaluation)
    assert dump_evaluation(back) == dump_evaluation(evaluation)
    for name, value in vars(evaluation).items():
        if isinstance(value, np.ndarray):
            assert getattr(back, name).dtype == value.dtype
    for old, new in zip(
        getattr(evaluation, "images", ()), getattr(back, "images", ()), strict=True
    ):
        np.testing.assert_array_equal(old.pixels, new.pixels)


def test_what_is_not_a_number_comes_back_as_that() -> None:
    evaluation = replace(evaluate_regression([1.0, 2.0], [1.0, 2.0]), y_pred=np.array([[np.nan]]))
    back = load_evaluation(json.loads(to_json(dump_evaluation(evaluation))))
    assert math.isnan(back.y_pred[0, 0])


@pytest.mark.parametrize("record", [{}, {"task": "ranking"}, {"task": "regression", "n": 3}, []])
def test_another_form_is_refused(record: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        load_evaluation(record)
