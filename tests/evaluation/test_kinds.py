from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tuneit.evaluation import Comparison, PositionTargets, evaluate_predictions
from tuneit.evaluation.kinds import KINDS

RNG = np.random.default_rng(0)


def numbers(*shape: int) -> np.ndarray:
    return RNG.random(shape)


def labels(*shape: int) -> np.ndarray:
    return RNG.integers(3, size=shape)


@pytest.mark.parametrize(
    ("kind", "task", "y", "predictions", "known"),
    [
        ("classification", "classification", labels(20), numbers(20, 3), {}),
        ("multilabel", "multilabel", labels(20, 4) > 1, numbers(20, 4), {}),
        ("tagging", "classification", labels(20, 5), numbers(20, 5, 3), {"positions": (5,)}),
        ("tagging", "classification", labels(20, 5, 1), numbers(20, 5, 3), {"positions": (5,)}),
        (
            "segmentation",
            "classification",
            labels(9, 4, 4),
            numbers(9, 4, 4, 3),
            {"positions": (4, 4)},
        ),
        ("unmatched", "classification", labels(20, 5), numbers(20, 4), {"positions": (5,)}),
        ("regression", "regression", numbers(20), numbers(20, 1), {}),
        ("regression", "regression", numbers(20, 30), numbers(20, 30), {}),
        ("counts", "regression", labels(20), numbers(20, 1), {"loss": "poisson"}),
        ("counts", "regression", labels(20, 2), numbers(20, 2), {"loss": "poisson"}),
        ("forecast", "regression", numbers(20, 6, 2), numbers(20, 6, 2), {}),
        ("forecast", "regression", numbers(20, 6, 1), numbers(20, 6), {}),
        (
            "reconstruction",
            "regression",
            numbers(20, 30),
            numbers(20, 30),
            {"is_copy_of_input": True},
        ),
        ("reconstruction", "regression", numbers(9, 28, 28), numbers(9, 28, 28, 1), {}),
        ("reconstruction", "regression", numbers(9, 8, 8, 1), numbers(9, 8, 8, 1), {}),
        ("unmatched", "regression", numbers(20, 1), numbers(20, 3), {}),
        ("unmatched", "multilabel", labels(20, 3) > 1, numbers(20, 4), {}),
    ],
)
def test_task_and_shapes_choose_the_evaluation(
    kind: str, task: Any, y: np.ndarray, predictions: np.ndarray, known: dict[str, Any]
) -> None:
    result = evaluate_predictions(task, y, y, predictions, **known)
    assert (result.task, result.n) == (kind, len(y))


def test_each_kind_has_a_task_of_its_own() -> None:
    assert len({kind.of.task for kind in KINDS}) == len(KINDS)


def test_positions_that_do_not_count_in_training_are_not_the_trivial_answer() -> None:
    y = np.array([[1, 2, 0, 0], [1, 1, 0, 0]])
    padded = PositionTargets(y, mask=y > 0)
    result = Comparison(
        "classification", padded, padded, np.eye(3)[y], ("pad", "a", "b"), positions=(4,)
    ).evaluate()
    assert "always 'a': 0.7500" in result.headline()


def test_what_is_known_of_logits_reaches_the_classifier() -> None:
    result = evaluate_predictions(
        "classification", [0, 1], [0, 1], np.array([[0.2], [0.4]]), from_logits=True
    )
    assert "accuracy 0.5000" in result.headline()
