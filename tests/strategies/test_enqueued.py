"""Configurations known beforehand."""

from __future__ import annotations

import pytest
from builders import a_space, a_trial

from tuneit.space import Int, SearchSpace, params_key
from tuneit.strategies.base import Situation
from tuneit.strategies.enqueued import Enqueued, fitted
from tuneit.strategies.random import Random
from tuneit.trials import Objective, Trial

OBJECTIVE = Objective("val_accuracy", "maximize")
SPACE = SearchSpace((Int(name="n", low=1, high=99),))


def walk(strategy: Enqueued, trials: list[Trial], until: int) -> list[Trial]:
    """Propose and finish trials up to a number."""
    for number in range(len(trials), until):
        suggestion = strategy.propose(Situation(SPACE, trials, OBJECTIVE, 1, number))
        assert suggestion is not None
        trials = [*trials, a_trial(number, suggestion.params, memory=suggestion.memory)]
    return trials


def test_the_queue_comes_first_and_then_the_strategy() -> None:
    queue = [{"n": 7}, {"n": 7}, {"n": 3}]
    trials = walk(Enqueued(Random(), queue), [], 5)
    assert [t.params["n"] for t in trials[:2]] == [7, 3]
    assert [t.memory.queued for t in trials] == [0, 2, None, None, None]
    alone = Random().propose(Situation(SPACE, trials[:4], OBJECTIVE, 1, 4))
    assert alone is not None
    assert trials[4].params == alone.params


@pytest.mark.parametrize("cut", range(5))
def test_a_search_goes_on_where_the_queue_stood(cut: int) -> None:
    queue = [{"n": n} for n in (7, 3, 5)]
    whole = walk(Enqueued(Random(), queue), [], 5)
    assert walk(Enqueued(Random(), queue), whole[:cut], 5) == whole


def test_what_was_tried_is_passed_over() -> None:
    trials = walk(Enqueued(Random(), [{"n": 7}, {"n": 3}]), [a_trial(0, {"n": 7})], 2)
    assert trials[1].params == {"n": 3}


def test_configurations_are_fitted_to_the_space() -> None:
    space = a_space()
    own = {
        "learning_rate": 1.0,
        "units": 39,
        "norm": True,
        "optimizer": "sgd",
        "momentum": 0.31,
        "batch_size": 8,
        "stranger": 1,
    }
    [found] = fitted(space, [own, dict(own), {**own, "optimizer": "lion"}, {**own, "norm": 1}])
    assert found == {
        "learning_rate": 0.1,
        "units": 32,
        "norm": True,
        "optimizer": "sgd",
        "momentum": 0.3,
        "batch_size": 32,
    }
    assert fitted(space, [{}]) == [space.defaults()]
    assert fitted(space, [{"units": "many"}, {"units": float("nan")}, {"units": None}]) == []
    assert len({params_key(p) for p in fitted(space, [{"units": u} for u in range(200)])}) == 4
