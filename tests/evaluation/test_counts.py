from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from tuneit.evaluation.counts import evaluate_counts


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_the_deviance_is_scikit_learns_beside_that_of_the_training_mean(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    true, train = rng.poisson(3, n), rng.poisson(3, 50) + 1
    predicted = rng.gamma(3, size=(n, 1)) + 1e-3
    result = evaluate_counts(true, predicted, train)
    assert result.deviance == pytest.approx(metrics.mean_poisson_deviance(true, predicted[:, 0]))
    mean = np.full(n, train.mean())
    assert result.baseline_deviance == pytest.approx(metrics.mean_poisson_deviance(true, mean))
    assert result.scores.mae == pytest.approx(metrics.mean_absolute_error(true, predicted))


def test_the_deviance_of_predictions_that_are_not_positive_is_undefined() -> None:
    result = evaluate_counts([1, 2], [0.0, 2.0])
    assert result.deviance is None
    assert result.headline().startswith("Poisson deviance undefined (always the mean: 0.")


def test_it_goes_to_json_with_a_regressions_keys_and_to_a_notebook() -> None:
    result = evaluate_counts([1, 2], [1.0, 2.0], output_names=["<b>"])
    record = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert (record["task"], record["deviance"], record["mae"]) == ("counts", 0.0, 0.0)
    assert record["baseline"]["deviance"] > 0
    assert record["outputs"][0]["scores"]["mae"] == 0.0
    assert "&lt;b&gt;" in result._repr_html_()
