"""Guided search moves the best trial as its verdict says, inside the space."""

from __future__ import annotations

import pytest
from builders import a_trial

from tuneit.errors import StrategyError
from tuneit.space import Float, Int, SearchSpace
from tuneit.strategies.base import Situation
from tuneit.strategies.guided import SHIFTS, Guided
from tuneit.strategies.random import Random
from tuneit.strategies.registry import make_strategy
from tuneit.study import StrategySpec
from tuneit.trials import Objective

SPACE = SearchSpace(
    (
        Float(name="learning_rate", low=1e-5, high=1.0, sampling="log"),
        Int(name="units", low=8, high=128),
        Float(name="dropout", low=0.0, high=0.5),
    )
)
BEST = {"learning_rate": 1e-2, "units": 64, "dropout": 0.2}


def situation(verdict: str | None, number: int = 1, seed: int = 0) -> Situation:
    trials = [
        a_trial(0, BEST, 0.9, verdict=verdict),
        a_trial(1, {**BEST, "units": 8}, 0.1, verdict="diverged"),
    ]
    return Situation(SPACE, trials, Objective("val_accuracy", "maximize"), seed, number)


@pytest.mark.parametrize(
    ("verdict", "moved"),
    [
        ("overfitting", {"units": -1, "dropout": 1}),
        ("underfitting", {"units": 1, "dropout": -1}),
        ("diverged", {"learning_rate": -1}),
        ("not_converged", {"learning_rate": 1}),
    ],
)
def test_the_verdict_says_what_moves_and_which_way(verdict: str, moved: dict[str, int]) -> None:
    seen = set()
    for seed in range(12):
        suggestion = Guided().propose(situation(verdict, seed=seed))
        assert suggestion is not None
        assert SPACE.contains(suggestion.params)
        [name] = [n for n, value in suggestion.params.items() if value != BEST[n]]
        assert (suggestion.params[name] > BEST[name]) == (moved[name] > 0)
        seen.add(name)
    assert seen == set(moved)


@pytest.mark.parametrize(("verdict", "number"), [("healthy", 1), ("overfitting", 2)])
def test_else_the_base_strategy_proposes(verdict: str | None, number: int) -> None:
    now = situation(verdict, number)
    expected = Random().propose(now)
    assert Guided(base="random").propose(now) == expected


def test_only_strategies_without_a_sampler_are_a_base() -> None:
    with pytest.raises(StrategyError, match="base must be one of grid, random, bayesian"):
        make_strategy(StrategySpec(name="guided", options={"base": "optuna"}))
    assert make_strategy(StrategySpec(name="guided", options={"base": "random", "every": 3}))


def test_faults_of_training_ask_for_shifts_and_sound_runs_for_none() -> None:
    assert SHIFTS["overfitting"][0] == ("dropout", 1)
    assert SHIFTS["healthy"] == SHIFTS["noisy_validation"] == ()
