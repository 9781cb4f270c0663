from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from tuneit.evaluation import evaluate_classification
from tuneit.evaluation.cost_threshold import cost_threshold
from tuneit.evaluation.threshold_curve import threshold_curve
from tuneit.evaluation.weighing import weighed_record
from tuneit.study import ErrorCosts, ReportSpec


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 40), st.integers(0, 10_000), st.booleans())
def test_the_points_are_scikit_learns(rows: int, seed: int, weighted: bool) -> None:
    rng = np.random.default_rng(seed)
    true = np.append(rng.random(rows) < 0.4, [True, False])
    scores = rng.integers(6, size=rows + 2) / 5  # with ties
    weight = rng.choice([0.5, 1.0, 2.0], size=rows + 2) if weighted else None
    curve = threshold_curve("yes", true, scores, weight)
    assert curve is not None
    _, fps, fns, tps, thresholds = metrics.confusion_matrix_at_thresholds(
        true, scores, sample_weight=weight
    )
    np.testing.assert_allclose(curve.thresholds, thresholds)
    np.testing.assert_allclose(curve.true_positives, tps, atol=1e-9)
    np.testing.assert_allclose(curve.false_positives, fps, atol=1e-9)
    np.testing.assert_allclose(curve.positives - curve.true_positives, fns, atol=1e-9)
    area = metrics.auc(np.r_[0, curve.false_positive_rate], np.r_[0, curve.recall])
    assert area == pytest.approx(metrics.roc_auc_score(true, scores, sample_weight=weight))
    steps = np.diff(np.r_[0, curve.recall])
    precision = metrics.average_precision_score(true, scores, sample_weight=weight)
    assert steps @ curve.precision == pytest.approx(precision)


def test_a_curve_of_many_scores_keeps_a_few_and_those_that_are_asked_for() -> None:
    rng = np.random.default_rng(0)
    scores, true = rng.random(5000), rng.random(5000) < 0.3
    curve = threshold_curve("yes", true, scores, also=np.array([0.123]), most=50)
    assert curve is not None
    assert len(curve.thresholds) == 51
    cells = curve.at(0.123, "yes", "no")
    assert cells.true_positives == (true & (scores >= 0.123)).sum()
    assert cells.false_positives == (~true & (scores >= 0.123)).sum()
    assert curve.at(2.0, "yes", "no").recall == 0
    assert curve.at(-1.0, "yes", "no").recall == 1
    assert threshold_curve("yes", np.ones(3, dtype=bool), np.arange(3.0)) is None


def some_rows(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and probabilities that are exact."""
    shares = rng.beta(0.7, 2, size=rows)
    return (rng.random(rows) < shares).astype(int), shares


def test_the_threshold_that_costs_least_on_validation_rows_is_shown_on_test_rows() -> None:
    rng = np.random.default_rng(0)
    (true, shares), (known, seen) = some_rows(rng, 900), some_rows(rng, 700)
    result = evaluate_classification(true, shares, ["no", "yes"], validation=(known, seen))
    found = cost_threshold(result, 1, 20)
    assert found is not None
    costs = {
        t: (((seen >= t) & (known == 0)).sum() + 20 * ((seen < t) & (known == 1)).sum())
        for t in result.validation_curve.thresholds  # type: ignore[union-attr]
    }
    assert found.chosen.threshold is not None
    assert costs[found.chosen.threshold] == min(costs.values())
    assert found.calibrated == pytest.approx(1 / 21)
    assert abs(found.chosen.threshold - 1 / 21) < 0.05
    answers = shares >= found.chosen.threshold
    ((tn, fp), (fn, tp)) = metrics.confusion_matrix(true, answers)
    cells = found.chosen.cells
    assert (cells.true_negatives, cells.false_positives) == (tn, fp)
    assert (cells.false_negatives, cells.true_positives) == (fn, tp)
    assert found.chosen.cost == pytest.approx((fp + 20 * fn) / 900)
    assert found.usual.cost == pytest.approx(
        (((shares > 0.5) & (true == 0)).sum() + 20 * ((shares <= 0.5) & (true == 1)).sum()) / 900
    )
    assert found.trivial.name == "always yes"
    assert found.trivial.cost == pytest.approx((true == 0).mean())
    assert found.chosen.cost < found.usual.cost
    assert found.to_dict()["decisions"][0]["cost"] == found.chosen.cost

    wanted = ReportSpec(beta=2.0, costs=ErrorCosts(false_positive=1, false_negative=20))
    record = weighed_record(result, wanted)
    assert record["cost_threshold"] == found.to_dict()
    assert record["f_beta"] == pytest.approx(metrics.fbeta_score(true, shares > 0.5, beta=2))
    assert record["metrics"]["f_beta"]["value"] == record["f_beta"]
    assert weighed_record(result, ReportSpec()) == result.to_dict()


def test_without_validation_rows_or_with_more_classes_no_threshold_is_chosen() -> None:
    assert cost_threshold(evaluate_classification([0, 1], [0.1, 0.9]), 1, 2) is None
    three = np.eye(3) * 0.7 + 0.1
    more = evaluate_classification([0, 1, 2], three, validation=([0, 1, 2], three))
    assert cost_threshold(more, 1, 2) is None
    assert [curve.name for curve in more.curves] == ["0", "1", "2"]
