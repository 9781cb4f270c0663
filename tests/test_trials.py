from __future__ import annotations

import math

import pytest
from builders import a_curve, a_trial

from tuneit.errors import ObjectiveError
from tuneit.trials import (
    Facts,
    Objective,
    TrialState,
    best_trial,
    execution_seeds,
    infer_goal,
    ranked,
    trial_rng,
)

MAXIMIZE = Objective("val_accuracy", "maximize")
MINIMIZE = Objective("val_loss", "minimize")


@pytest.mark.parametrize(
    ("metric", "goal"),
    [
        ("val_accuracy", "maximize"),
        ("sparse_categorical_accuracy", "maximize"),
        ("val_auc", "maximize"),
        ("f1_score", "maximize"),
        ("val_r2_score", "maximize"),
        ("top_k_categorical_accuracy", "maximize"),
        ("val_loss", "minimize"),
        ("loss", "minimize"),
        ("val_mean_absolute_error", "minimize"),
        ("root_mean_squared_error", "minimize"),
        ("kl_divergence", "minimize"),
        ("binary_crossentropy", "minimize"),
        ("my_metric", None),
    ],
)
def test_goals_of_metrics_that_keras_knows(metric: str, goal: str | None) -> None:
    assert infer_goal(metric) == goal


def test_an_unknown_metric_needs_a_goal() -> None:
    with pytest.raises(ObjectiveError, match="add `goal: maximize` or `goal: minimize`"):
        Objective.named("my_metric")
    assert Objective.named("my_metric", "minimize").maximize is False


def test_nan_beats_nothing_and_everything_beats_none() -> None:
    assert MAXIMIZE.better(0.9, 0.8)
    assert MINIMIZE.better(0.8, 0.9)
    assert MAXIMIZE.better(0.1, None)
    assert MAXIMIZE.better(0.1, math.nan)
    assert not MAXIMIZE.better(math.nan, None)
    assert not MAXIMIZE.better(0.9, 0.9)


def test_only_complete_trials_with_a_score_are_ranked() -> None:
    trials = [
        a_trial(0, score=0.7),
        a_trial(1, score=0.9, state=TrialState.PRUNED),
        a_trial(2, score=None, state=TrialState.FAILED),
        a_trial(3, score=math.nan),
        a_trial(4, score=0.8),
        a_trial(5, score=0.8),
        a_trial(6, score=0.95, state=TrialState.RUNNING),
    ]
    assert [t.number for t in ranked(trials, MAXIMIZE)] == [4, 5, 0]
    assert [t.number for t in ranked(trials, MINIMIZE)] == [0, 4, 5]
    best = best_trial(trials, MAXIMIZE)
    assert best is not None
    assert best.number == 4
    assert best_trial([], MAXIMIZE) is None


def test_epochs_are_those_of_the_curve() -> None:
    assert a_trial().epochs == 0
    assert a_trial(curve=a_curve()).epochs == 5


def test_the_remark_says_why_a_trial_was_pruned_and_that_it_was_retried() -> None:
    assert a_trial().remark is None
    pruned = a_trial(state=TrialState.PRUNED, facts=Facts(pruned="worse than the median"))
    assert pruned.remark == "pruned: worse than the median"
    both = a_trial(facts=Facts(pruned="poor", retried="its process was killed"))
    assert both.remark == ("pruned: poor; trained again, as it ended with: its process was killed")


def test_states() -> None:
    assert not a_trial(state=TrialState.RUNNING).finished
    assert a_trial(state=TrialState.PRUNED).scored
    assert not a_trial(score=math.inf).scored


def test_randomness_is_a_function_of_seed_and_number_alone() -> None:
    draws = {
        key: trial_rng(*key).random() for key in [(0, 0), (0, 1), (1, 0), (0, 0, 1), (0, 0, 2)]
    }
    assert len(set(draws.values())) == len(draws)
    assert trial_rng(0, 1).random() == draws[0, 1]
    seeds = {s for seed in (0, 1) for number in (0, 1) for s in execution_seeds(seed, number, 2)}
    assert len(seeds) == 8
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_seeds_are_those_that_ledgers_were_written_with() -> None:
    assert execution_seeds(42, 7, 3) == (1955881634, 891417746, 2119990040)
    assert execution_seeds(42, 7) == (1955881634,)
