"""Strategies that search for several objectives at once."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tuneit.ledger.trial_record import dump_trial, load_trial
from tuneit.space import Choice, Float, Int, SearchSpace, params_key
from tuneit.strategies.base import Situation
from tuneit.strategies.registry import make_strategy
from tuneit.strategies.scalarisation import scores_of
from tuneit.study import StrategySpec
from tuneit.trials import Objective, Trial, TrialState, pareto_front

OBJECTIVES = (Objective("val_accuracy", "maximize"), Objective("parameters", "minimize"))
SPACE = SearchSpace(
    (
        Float(name="x", low=0, high=1),
        Int(name="units", low=1, high=1000, sampling="log"),
        Choice(name="kind", values=("a", "b")),
    )
)
SAMPLERS = ("tpe", "random", "qmc", "nsga2", "nsga3", "brute_force")
NAMES = ("grid", "random", "bayesian", *(f"optuna:{name}" for name in SAMPLERS[:-1]))


def a_strategy(name: str):
    kind, _, sampler = name.partition(":")
    options = {"population_size": 6} if sampler.startswith("nsga") else {}
    return make_strategy(StrategySpec(name=kind, sampler=sampler or None, options=options))


def trained(number: int, params, memory) -> Trial:
    smallness = 1 - math.log(params["units"]) / math.log(1000)
    accuracy = 1 - (params["x"] - 0.3) ** 2 - 0.5 * smallness**2
    size = params["units"] * (5.0 if params["kind"] == "a" else 6.0)
    return Trial(
        number,
        params,
        TrialState.COMPLETE,
        score=accuracy,
        values=(accuracy, size),
        memory=memory,
    )


def sometimes_trained(number: int, params, memory) -> Trial:
    """Some trials fail, are cut off, or have no number for the second objective."""
    trial = trained(number, params, memory)
    if number % 9 == 5:
        return replace(trial, state=TrialState.FAILED, score=None, values=())
    if number % 9 == 6:
        return replace(trial, state=TrialState.PRUNED)
    if number % 9 == 7:
        return replace(trial, values=(trial.score, math.nan))
    return trial


def run(
    name: str, count: int, *, resumed_at=(), objectives=OBJECTIVES, seed=0, train=trained
) -> list[Trial]:
    strategy, done = a_strategy(name), []
    while len(done) < count:
        if len(done) in resumed_at:
            strategy = a_strategy(name)
            done = [load_trial(t.number, dump_trial(t)) for t in done]
        number = len(done)
        situation = Situation(
            SPACE, tuple(done), objectives[0], seed, number, others=objectives[1:]
        )
        found = strategy.propose(situation)
        done.append(train(number, found.params, found.memory))
    return done


@pytest.mark.parametrize("name", NAMES)
def test_it_stays_inside_the_space_and_resumes_where_it_was(name):
    straight = run(name, 22, train=sometimes_trained)
    for trial in straight:
        assert SPACE.contains(trial.params)
    resumed = run(name, 22, resumed_at=(3, 12, 19), train=sometimes_trained)
    assert [params_key(t.params) for t in resumed] == [params_key(t.params) for t in straight]


@pytest.mark.parametrize("name", ["bayesian", "optuna:tpe", "optuna:nsga2"])
def test_the_second_objective_matters(name):
    fewer = run(name, 40)[30:]
    more = run(name, 40, objectives=(OBJECTIVES[0], Objective("parameters", "maximize")))[30:]
    sizes = [np.mean([np.log(t.params["units"]) for t in part]) for part in (fewer, more)]
    assert sizes[0] < sizes[1]


def area(trials) -> float:
    """What the front covers of accuracy in [0, 1] by the logarithm of size in [5, 6000]."""
    front = sorted(pareto_front(trials, OBJECTIVES), key=lambda t: t.values[1])
    edges = [*(math.log(t.values[1]) for t in front), math.log(6000)]
    widths = np.diff(edges)
    return float(sum(w * t.values[0] for w, t in zip(widths, front, strict=True)))


def test_bayesian_finds_more_of_the_front_than_chance():
    gains = [area(run("bayesian", 30, seed=s)) - area(run("random", 30, seed=s)) for s in range(3)]
    assert all(gain > 0 for gain in gains)


def test_a_score_of_one_objective_is_its_value_upwards():
    trials = [Trial(0, {}, TrialState.COMPLETE, score=2.0), Trial(1, {}, TrialState.FAILED)]
    loss = Objective("val_loss", "minimize")
    np.testing.assert_array_equal(
        scores_of(trials, (loss,), np.random.default_rng(0)), [-2.0, np.nan]
    )


def test_what_is_beaten_scores_lower_under_every_weighting():
    rows = [(0.9, 10.0), (0.8, 100.0), (0.7, 1e6), (0.9, math.nan)]
    trials = [
        Trial(i, {}, TrialState.COMPLETE, score=row[0], values=row) for i, row in enumerate(rows)
    ]
    orders = set()
    for seed in range(20):
        scores = scores_of(trials, OBJECTIVES, np.random.default_rng(seed))
        assert scores[0] > scores[1] > scores[2]
        assert math.isnan(scores[3])
        crossed = [replace(trials[0], values=(0.5, 10.0)), replace(trials[1], values=(0.8, 20.0))]
        a, b = scores_of(crossed, OBJECTIVES, np.random.default_rng(seed))
        orders.add(bool(a > b))
    assert orders == {True, False}  # of two on the front, now one leads and now the other
