"""Intervals of scores that are made from sums over the rows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tuneit.evaluation.counts import evaluate_counts
from tuneit.evaluation.forecast import evaluate_forecast
from tuneit.evaluation.positions import PositionTargets
from tuneit.evaluation.reconstruction import evaluate_reconstruction
from tuneit.evaluation.regression import evaluate_regression
from tuneit.evaluation.row_bootstrap import score_intervals
from tuneit.evaluation.segmentation import evaluate_segmentation
from tuneit.evaluation.tagging import evaluate_tagging

RNG = np.random.default_rng(0)


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution() -> None:
    values = RNG.normal(size=400)
    sums = np.column_stack([values, np.ones(400)])
    [interval] = score_intervals(sums, lambda s: {"mean": s[:, 0] / s[:, 1]}).values()
    normal = stats.norm.interval(0.95, values.mean(), values.std() / 20)
    assert interval == pytest.approx(normal, abs=0.02)


def test_one_row_has_no_interval() -> None:
    assert score_intervals(np.ones((1, 2)), lambda s: {"mean": s[:, 0]}) == {}


def evaluations():
    rows = 60
    numbers = 1 + RNG.random((rows, 2))
    yield evaluate_regression(numbers, numbers + RNG.normal(size=(rows, 2)) / 9)
    counts = RNG.poisson(3, rows)
    yield evaluate_counts(counts, 3 + RNG.random(rows))
    steps = RNG.random((rows, 4, 2))
    yield evaluate_forecast(steps, steps + RNG.normal(size=steps.shape) / 9)
    pixels = RNG.random((rows, 4, 4, 1))
    yield evaluate_reconstruction(pixels, pixels + RNG.normal(size=pixels.shape) / 9)
    tags = RNG.integers(0, 3, (rows, 5))
    guesses = np.eye(3)[np.where(RNG.random(tags.shape) < 0.8, tags, 0)]
    yield evaluate_tagging(PositionTargets(tags), guesses, "abc", positions=(5,))
    classes = RNG.integers(0, 2, (rows, 3, 3))
    masks = np.eye(2)[np.where(RNG.random(classes.shape) < 0.8, classes, 1 - classes)]
    yield evaluate_segmentation(PositionTargets(classes), masks, positions=(3, 3))


@pytest.mark.parametrize("evaluation", list(evaluations()), ids=lambda e: e.task)
def test_each_measure_lies_in_its_interval(evaluation) -> None:
    assert len(evaluation.measures) >= 2
    record = evaluation.to_dict()["metrics"]
    for measure in evaluation.measures:
        assert measure.interval is not None, measure.name
        low, high = measure.interval
        assert low < measure.value < high
        assert record[measure.name]["interval_95"] == [low, high]


def test_whole_rows_are_drawn() -> None:
    """All tokens of a sequence are right or wrong together: the interval is that of 40 rows."""
    tags = np.repeat(RNG.integers(0, 2, (40, 1)), 25, axis=1)
    right = RNG.random((40, 1)) < 0.7
    guesses = np.eye(2)[np.where(right, tags, 1 - tags)]
    result = evaluate_tagging(PositionTargets(tags), guesses, "ab", positions=(25,))
    tokens, sequences, _ = result.measures
    assert tokens.interval == pytest.approx(sequences.interval)
    assert tokens.interval is not None
    assert tokens.interval[1] - tokens.interval[0] > 0.2
