from __future__ import annotations

import numpy as np
import pytest

from tuneit.evaluation.baseline import baseline

TRAIN = np.array([0, 0, 0, 1])
EVAL = np.array([0, 1, 1])


@pytest.mark.parametrize("metric", ["accuracy", "val_accuracy", "sparse_categorical_accuracy"])
def test_accuracy_is_the_majority_classs(metric: str) -> None:
    assert baseline("classification", TRAIN, EVAL, metric) == pytest.approx(1 / 3)
    assert baseline("classification", np.eye(2)[TRAIN], np.eye(2)[EVAL], metric) == pytest.approx(
        1 / 3
    )


def test_loss_is_the_cross_entropy_of_the_class_shares() -> None:
    expected = -(np.log(0.75) + 2 * np.log(0.25)) / 3
    assert baseline("classification", TRAIN, EVAL, "val_loss") == pytest.approx(expected)
    assert baseline("classification", [0, 0], [0], "loss") == 0.0


def test_auc_of_no_ranking_is_one_half() -> None:
    assert baseline("classification", TRAIN, EVAL, "auc") == 0.5


def test_regression_answers_the_mean() -> None:
    train, true = np.array([1.0, 3.0]), np.array([2.0, 4.0, 6.0])
    assert baseline("regression", train, true, "val_loss") == pytest.approx(20 / 3)
    assert baseline("regression", train, true, "mae") == pytest.approx(2.0)
    assert baseline("regression", train, true, "rmse") == pytest.approx(np.sqrt(20 / 3))
    assert baseline("regression", train, true, "r2") == pytest.approx(-1.5)
    two = np.column_stack([train, train])
    assert baseline("regression", two, two, "mae") == pytest.approx(1.0)
    assert baseline("regression", train[:, None], true[:, None], "mae") == pytest.approx(2.0)


def test_an_unknown_metric_has_no_baseline() -> None:
    assert baseline("classification", TRAIN, EVAL, "my_metric") is None
    assert baseline("regression", TRAIN, EVAL, "accuracy") is None
