from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from tuneit.errors import DataError
from tuneit.evaluation.forecast import evaluate_forecast


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.integers(1, 5), st.integers(1, 3))
def test_columns_and_steps_have_scikit_learns_errors(
    seed: int, rows: int, steps: int, columns: int
) -> None:
    rng = np.random.default_rng(seed)
    true = rng.normal(size=(rows, steps, columns))
    predicted = true + rng.normal(size=true.shape)
    train = rng.normal(size=(7, steps, columns))
    result = evaluate_forecast(true, predicted, train)

    trivial = np.broadcast_to(train.mean(axis=0), true.shape)
    for i, column in enumerate(result.outputs):
        for scores, answer in ((column.scores, predicted), (column.baseline, trivial)):
            known, found = true[..., i].ravel(), answer[..., i].ravel()
            assert scores.mae == pytest.approx(metrics.mean_absolute_error(known, found))
            assert scores.rmse == pytest.approx(metrics.root_mean_squared_error(known, found))
            assert scores.r2 == pytest.approx(metrics.r2_score(known, found))
    for i, step in enumerate(result.steps):
        known = true[:, i].ravel()
        for mae, rmse, answer in (
            (step.mae, step.rmse, predicted),
            (step.baseline_mae, step.baseline_rmse, trivial),
        ):
            found = answer[:, i].ravel()
            assert mae == pytest.approx(metrics.mean_absolute_error(known, found))
            assert rmse == pytest.approx(metrics.root_mean_squared_error(known, found))
    assert result.scores.mae == pytest.approx(np.abs(true - predicted).mean())


def test_the_first_rows_are_kept_and_shapes_that_do_not_fit_refused() -> None:
    true = np.arange(40.0).reshape(5, 4, 2)
    result = evaluate_forecast(true, true.reshape(5, 8), output_names=["<b>"])
    np.testing.assert_array_equal(result.y_pred, true[:3])
    record = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert (len(record["steps"]), record["outputs"][1]["name"]) == (4, "output 1")
    assert "&lt;b&gt;" in result._repr_html_()
    with pytest.raises(DataError, match=r"\(5, 4, 2\) and \(5, 4\)"):
        evaluate_forecast(true, true[..., 0])
    with pytest.raises(DataError, match="NaN or infinity for 5 of 5 rows"):
        evaluate_forecast(true, np.full(true.shape, np.inf))
