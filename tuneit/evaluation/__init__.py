"""Predictions in, numbers out: how good a model is, beside a predictor that learned nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from tuneit.evaluation.classification import ClassificationEvaluation, evaluate_classification
from tuneit.evaluation.findings import TEST_FINDINGS, findings_on_test
from tuneit.evaluation.regression import RegressionEvaluation, evaluate_regression

Evaluation = ClassificationEvaluation | RegressionEvaluation

__all__ = [
    "TEST_FINDINGS",
    "ClassificationEvaluation",
    "Evaluation",
    "RegressionEvaluation",
    "evaluate_classification",
    "evaluate_predictions",
    "evaluate_regression",
    "findings_on_test",
]


def evaluate_predictions(
    task: Literal["classification", "regression"],
    y_train: Any,
    y_true: Any,
    predictions: Any,
    class_names: Sequence[str] = (),
    *,
    codes: Sequence[float] = (),
    threshold: float | None = None,
) -> Evaluation:
    """Compare a model's outputs with the truth; the trivial predictor is fitted on `y_train`.

    Shapes and errors are those of `evaluate_classification` and `evaluate_regression`.
    """
    if task == "classification":
        return evaluate_classification(
            y_true, predictions, class_names, y_train, codes=codes, threshold=threshold
        )
    return evaluate_regression(y_true, predictions, y_train)
