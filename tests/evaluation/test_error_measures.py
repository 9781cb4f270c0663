from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from tuneit.evaluation import evaluate_regression
from tuneit.evaluation.error_measures import by_quantile


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(1, 3), st.integers(0, 10_000), st.booleans())
def test_all_numbers_are_scikit_learns(rows: int, outputs: int, seed: int, weighted: bool) -> None:
    rng = np.random.default_rng(seed)
    true = rng.integers(-3, 6, size=(rows, outputs)) * 1.5
    predicted = true + rng.normal(size=(rows, outputs))
    weight = rng.choice([0.5, 1.0, 3.0], size=rows) if weighted else None
    result = evaluate_regression(true, predicted, weight=weight)
    known = {
        "mae": metrics.mean_absolute_error,
        "rmse": metrics.root_mean_squared_error,
        "median_ae": metrics.median_absolute_error,
    }
    if np.all(true != 0):
        known["mape"] = metrics.mean_absolute_percentage_error
    if rows > 1 and np.all(np.ptp(true, axis=0) > 0):
        known["r2"] = metrics.r2_score
    assert [measure.name for measure in result.measures] == list(known)
    for measure in result.measures:
        expected = known[measure.name](true, predicted, sample_weight=weight)
        assert measure.value == pytest.approx(expected)
    assert result.scores.rmse == pytest.approx(result.measures[1].value)
    trivial = np.broadcast_to(true.mean(axis=0), true.shape)
    assert result.measures[0].trivial == pytest.approx(
        metrics.mean_absolute_error(true, trivial, sample_weight=weight)
    )


def test_intervals_hold_the_true_error_as_often_as_they_say() -> None:
    rng = np.random.default_rng(0)
    held = {"mae": 0, "rmse": 0, "r2": 0}
    truth = {"mae": np.sqrt(2 / np.pi), "rmse": 1.0, "r2": 0.8}
    for _ in range(60):
        true = rng.normal(0, np.sqrt(5), size=150)
        result = evaluate_regression(true, true + rng.normal(size=150))
        for measure in result.measures:
            if measure.name in held:
                assert measure.interval is not None
                held[measure.name] += (
                    measure.interval[0] <= truth[measure.name] <= measure.interval[1]
                )
    assert all(count >= 51 for count in held.values()), held


def test_errors_are_told_by_true_value() -> None:
    true = np.arange(100.0)
    predicted = np.minimum(true, 80.0)  # large values are predicted too low
    groups = by_quantile(true, predicted, np.full(100, 49.5))
    assert [(g.low, g.high, g.rows) for g in groups] == [
        (0, 19, 20),
        (20, 39, 20),
        (40, 59, 20),
        (60, 79, 20),
        (80, 99, 20),
    ]
    assert [g.mae for g in groups] == pytest.approx([0, 0, 0, 0, 9.5])
    assert groups[-1].mean_residual == pytest.approx(9.5)
    assert groups[-1].baseline_mae == pytest.approx(40.0)
    assert by_quantile(true[:40], predicted[:40], np.zeros(40)) == ()
    assert len(by_quantile(np.repeat([1.0, 2.0], 40), np.ones(80), np.ones(80))) == 2


def test_rows_of_weight_zero_are_left_out() -> None:
    weighted = evaluate_regression([1.0, 2.0, 9.0], [1.5, 2.0, 0.0], weight=[1, 3, 0])
    alone = evaluate_regression([1.0, 2.0], [1.5, 2.0], [1.0, 2.0, 9.0], weight=[1, 3])
    assert weighted.to_dict() == alone.to_dict()
