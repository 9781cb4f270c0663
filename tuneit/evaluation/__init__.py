"""Predictions in, numbers out: how good a model is, beside a predictor that learned nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from tuneit.evaluation.classification import ClassificationEvaluation, evaluate_classification
from tuneit.evaluation.findings import TEST_FINDINGS, findings_on_test
from tuneit.evaluation.kinds import Comparison, OutputEvaluation
from tuneit.evaluation.multilabel import evaluate_multilabel
from tuneit.evaluation.positions import PositionTargets
from tuneit.evaluation.regression import RegressionEvaluation, evaluate_regression
from tuneit.evaluation.reported import ReportedEvaluation
from tuneit.evaluation.several import NamedEvaluation, SeveralEvaluation

Evaluation = OutputEvaluation | SeveralEvaluation | ReportedEvaluation

__all__ = [
    "TEST_FINDINGS",
    "ClassificationEvaluation",
    "Comparison",
    "Evaluation",
    "NamedEvaluation",
    "OutputEvaluation",
    "PositionTargets",
    "RegressionEvaluation",
    "ReportedEvaluation",
    "SeveralEvaluation",
    "evaluate_classification",
    "evaluate_multilabel",
    "evaluate_predictions",
    "evaluate_regression",
    "findings_on_test",
]


def evaluate_predictions(
    task: Literal["classification", "multilabel", "regression"],
    y_train: Any,
    y_true: Any,
    predictions: Any,
    class_names: Sequence[str] = (),
    **known: Any,
) -> OutputEvaluation:
    """Compare a model's outputs with the truth; the trivial predictor is fitted on `y_train`.

    Further arguments are fields of `Comparison`. Shapes and errors are those of the functions in
    `tuneit.evaluation.kinds.KINDS`.
    """
    train, test = (PositionTargets(np.asarray(y)) for y in (y_train, y_true))
    return Comparison(task, train, test, np.asarray(predictions), class_names, **known).evaluate()
