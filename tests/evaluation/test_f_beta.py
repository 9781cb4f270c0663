"""The F-score of a chosen beta."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tuneit.evaluation.classification import ClassificationEvaluation, evaluate_classification
from tuneit.evaluation.f_beta import f_beta_measure
from tuneit.evaluation.record import dump_evaluation, load_evaluation


@pytest.mark.parametrize(("classes", "same"), [(2, "f1"), (3, "macro_f1")])
def test_with_beta_1_it_is_f1_with_its_interval_and_its_trivial_score(
    classes: int, same: str
) -> None:
    rng = np.random.default_rng(0)
    true = rng.integers(0, classes, 200)
    shares = rng.dirichlet(np.ones(classes), 200) + np.eye(classes)[true] / 4
    shares /= shares.sum(axis=1, keepdims=True)
    result = evaluate_classification(true, shares)
    measure, f1 = f_beta_measure(result, 1.0), result.measure(same)
    assert f1 is not None
    assert f1.interval is not None
    assert measure.interval == pytest.approx(f1.interval)
    assert (measure.value, measure.trivial) == pytest.approx((f1.value, f1.trivial))
    low, high = f_beta_measure(result, 2.0).interval or (1.0, 0.0)
    assert low < result.f_beta(2.0) < high
    assert measure.says.endswith("precision" if classes == 2 else "mean of the classes")


def test_the_interval_of_weighted_rows_draws_them_with_their_weights() -> None:
    rng = np.random.default_rng(0)
    true, shares = rng.integers(0, 2, 50), rng.random(50)
    result = evaluate_classification(true, shares, weight=rng.random(50))
    measure, f1 = f_beta_measure(result, 1.0), result.measure("f1")
    assert f1 is not None
    assert measure.interval == f1.interval
    kept = load_evaluation(json.loads(json.dumps(dump_evaluation(result))))
    assert isinstance(kept, ClassificationEvaluation)
    assert f_beta_measure(kept, 2.0) == f_beta_measure(result, 2.0)
    # Without the weights, the confusion matrix would give the interval of another score.
    assert f_beta_measure(replace(kept, weighted_rows=None), 2.0).interval is None
