"""The F-score of a chosen beta."""

from __future__ import annotations

import numpy as np
import pytest

from tuneit.evaluation.classification import evaluate_classification
from tuneit.evaluation.f_beta import f_beta_measure


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


def test_rows_of_different_weights_have_no_interval() -> None:
    """Samples are drawn from the confusion matrix, which counts rows."""
    rng = np.random.default_rng(0)
    true, shares = rng.integers(0, 2, 50), rng.random(50)
    result = evaluate_classification(true, shares, weight=rng.random(50))
    assert f_beta_measure(result, 2.0).interval is None
