"""What holds for every strategy: one suite, run over all of them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tuneit.ledger.trial_record import dump_trial, load_trial
from tuneit.space import Boolean, Choice, Condition, Fixed, Float, Int, SearchSpace, params_key
from tuneit.strategies.base import Situation, Strategy
from tuneit.strategies.registry import make_strategy
from tuneit.study import STRATEGIES, StrategySpec
from tuneit.trials import Facts, Objective, Trial, TrialState

ALL = (
    "grid",
    "random",
    "bayesian",
    "guided",
    "hyperband",
    "one_epoch",
    "optuna:tpe",
    "optuna:random",
    "optuna:cmaes",
    "optuna:qmc",
    "optuna:nsga2",
    "optuna:nsga3",
    "optuna:brute_force",
    "optuna:optuna.samplers:TPESampler",
)
assert {name.partition(":")[0] for name in ALL} == set(STRATEGIES)
OPEN_ENDED = tuple(name for name in ALL if name != "optuna:brute_force")
SMALL_POPULATIONS = {"nsga2": {"population_size": 4}, "nsga3": {"population_size": 4}}
LOSS = Objective("val_loss", "minimize")

sgd = (Condition("optimizer", ("sgd",)),)
MIXED = SearchSpace(
    (
        Float(name="rate", low=1e-4, high=1e-1, sampling="log"),
        Int(name="units", low=16, high=128, step=16),
        Choice(name="optimizer", values=("adam", "sgd", "rmsprop")),
        Float(name="momentum", low=0, high=0.99, when=sgd),
        Boolean(name="nesterov", when=(*sgd,)),
        Float(name="decay", low=0.1, high=1.0, sampling="reverse_log"),
        Int(name="depth", low=1, high=9, sampling="log"),
        # The same name twice, with other ranges under conditions that exclude each other.
        Int(name="width", low=1, high=4, when=(Condition("nesterov", (True,)),)),
        Choice(name="width", values=("s", "m"), when=(Condition("nesterov", (False,)),)),
        Choice(name="batch", values=(16, 32, 64), ordered=True),
        Float(name="dropout", low=0, high=0.5, step=0.1),
        Float(name="l2", low=1e-6, high=1e-2, step=10, sampling="log"),
        Fixed(name="version", value=3),
    )
)
FINITE = SearchSpace(
    (
        Choice(name="kind", values=("a", "b")),
        Int(name="n", low=1, high=3, when=(Condition("kind", ("b",)),)),
        Float(name="x", low=0, high=1, step=0.5),
    )
)
# A space whose parents have parents, and one that a builder walks in a loop: it asks for the
# units of as many layers as there are, and declares no condition.
NESTED = SearchSpace(
    (
        Choice(name="kind", values=("dense", "conv")),
        Boolean(name="pool", when=(Condition("kind", ("conv",)),)),
        Int(
            name="size",
            low=2,
            high=4,
            when=(Condition("kind", ("conv",)), Condition("pool", (True,))),
        ),
        Float(name="rate", low=1e-4, high=1e-1, sampling="log"),
        Int(name="units", low=8, high=64, step=8, when=(Condition("kind", ("dense",)),)),
    )
)
LOOP = SearchSpace(
    (
        Int(name="layers", low=1, high=3),
        *(Choice(name=f"units_{i}", values=(8, 64)) for i in range(3)),
    )
)
SPACES = {"mixed": MIXED, "finite": FINITE, "nested": NESTED, "loop": LOOP}
every_space = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)


def asked(params) -> dict:
    """What LOOP's builder asks for; of other spaces all."""
    layers = params.get("layers", 9)
    return {n: v for n, v in params.items() if not ("_" in n and int(n[-1]) >= layers)}


def a_strategy(name: str) -> Strategy:
    kind, _, sampler = name.partition(":")
    return make_strategy(
        StrategySpec(name=kind, sampler=sampler or None, options=SMALL_POPULATIONS.get(sampler, {}))
    )


def loss(params) -> float:
    return (
        (math.log10(params.get("rate", 1e-2)) + 2) ** 2
        + abs(params.get("units", 64) - 64) / 64
        + params.get("momentum", 0.5)
        + params.get("x", 0.0)
    )


def outcome(number: int, params, memory) -> Trial:
    """A toy training: most trials complete, some are pruned, some fail."""
    used = asked(params)
    facts = Facts(unused={n: v for n, v in params.items() if n not in used})
    trial = Trial(number, used, TrialState.COMPLETE, score=loss(params), memory=memory, facts=facts)
    if number % 7 == 5:
        return replace(trial, state=TrialState.FAILED, score=None, error="diverged")
    if number % 7 == 6:
        return replace(trial, state=TrialState.PRUNED)
    return trial


def situation(trials, space=MIXED, seed=0, attempt=0) -> Situation:
    return Situation(space, tuple(trials), LOSS, seed, len(trials), attempt)


def run(name: str, n: int, space=MIXED, *, seed=0, resumed_at=(), trials=()) -> list[Trial]:
    """Search for n trials; at some of them with a fresh strategy and trials read back."""
    strategy = a_strategy(name)
    done = list(trials)
    while len(done) < n:
        if len(done) in resumed_at:
            strategy = a_strategy(name)
            done = [load_trial(trial.number, dump_trial(trial)) for trial in done]
        suggestion = strategy.propose(situation(done, space, seed))
        if suggestion is None:
            break
        done.append(outcome(len(done), suggestion.params, suggestion.memory))
    return done


def keys(trials) -> list:
    return [params_key(trial.params) for trial in trials]


@pytest.mark.parametrize("name", OPEN_ENDED)
@every_space
def test_stays_inside_the_space(name, space):
    for trial in run(name, 25, space):
        # A continued trial has what its parent was found to ask for.
        proposed = {**trial.facts.unused, **trial.params}
        assert space.contains(proposed) or trial.parent is not None, proposed


@pytest.mark.parametrize("name", OPEN_ENDED)
@every_space
def test_resumed_equals_uninterrupted(name, space):
    straight = run(name, 25, space)
    resumed = run(name, 25, space, resumed_at=(3, 11, 12, 24))
    assert keys(resumed) == keys(straight)


@pytest.mark.parametrize("name", OPEN_ENDED)
def test_same_seed_and_history_give_the_same_proposal_and_0_is_a_seed(name):
    history = run(name, 14)
    strategy = a_strategy(name)
    one = strategy.propose(situation(history))
    again = strategy.propose(situation(history))
    assert one == again
    # Also after it looked at something else meanwhile.
    strategy.propose(situation(history[:4]))
    strategy.propose(situation(history, FINITE))
    assert strategy.propose(situation(history)) == one
    if name != "grid":
        assert strategy.propose(situation(history, seed=1)).params != one.params


@pytest.mark.parametrize("name", OPEN_ENDED)
@pytest.mark.parametrize("score", [None, math.nan, math.inf], ids=["none", "nan", "inf"])
def test_survives_a_history_without_scores(name, score):
    state = TrialState.FAILED if score is None else TrialState.COMPLETE
    strategy, trials = a_strategy(name), []
    for number in range(16):
        suggestion = strategy.propose(situation(trials))
        assert MIXED.contains(suggestion.params)
        trials.append(
            Trial(number, suggestion.params, state, score=score, memory=suggestion.memory)
        )


@pytest.mark.parametrize("name", OPEN_ENDED)
def test_survives_equal_scores(name):
    trials = [replace(t, state=TrialState.COMPLETE, score=0.5) for t in run("random", 20)]
    assert MIXED.contains(a_strategy(name).propose(situation(trials)).params)


@pytest.mark.parametrize("name", ALL)
def test_says_when_the_space_is_exhausted(name):
    history = run("grid", 100, FINITE)
    assert len(history) == FINITE.size
    assert a_strategy(name).propose(situation(history, FINITE)) is None


@pytest.mark.parametrize("name", ["grid", "random", "bayesian", "optuna:brute_force"])
def test_walks_a_finite_space_without_repetition(name):
    tried = keys(run(name, 100, FINITE))
    assert len(tried) == len(set(tried)) == FINITE.size


@pytest.mark.parametrize("name", ["grid", "random", "bayesian"])
def test_walks_a_loop_without_training_the_same_network_twice(name):
    tried = keys(run(name, 100, LOOP))
    assert len(tried) == len(set(tried)) == 2 + 4 + 8 < LOOP.size


@pytest.mark.parametrize("name", ["grid", "random", "bayesian", "optuna:brute_force"])
def test_running_trials_count_as_tried(name):
    running = [replace(t, state=TrialState.RUNNING, score=None) for t in run("grid", 5, FINITE)]
    for seed in range(5):
        proposed = a_strategy(name).propose(situation(running, FINITE, seed))
        assert params_key(proposed.params) not in keys(running)


@pytest.mark.parametrize("name", OPEN_ENDED)
def test_running_trials_do_not_stop_it(name):
    history = run(name, 15)
    pending = [replace(t, state=TrialState.RUNNING, score=None) for t in history[-3:]]
    proposed = a_strategy(name).propose(situation([*history[:-3], *pending]))
    assert MIXED.contains(proposed.params)
    assert params_key(proposed.params) not in keys(pending)


@pytest.mark.parametrize("name", [n for n in OPEN_ENDED if n != "grid"])
def test_another_attempt_gives_another_proposal(name):
    history = run(name, 12)
    strategy = a_strategy(name)
    proposals = {
        params_key(strategy.propose(situation(history, attempt=attempt)).params)
        for attempt in range(4)
    }
    assert len(proposals) > 1


@pytest.mark.parametrize("name", OPEN_ENDED)
def test_hyperparameters_that_join_the_space_late(name):
    early = SearchSpace(MIXED.parameters[:3])
    history = run(name, 10, early)
    grown = run(name, 16, MIXED, trials=history)
    for trial in grown[10:]:
        assert MIXED.contains(trial.params)
    # And trials that know more than the space does.
    assert early.contains(a_strategy(name).propose(situation(grown, early)).params)


@pytest.mark.parametrize("name", OPEN_ENDED)
@pytest.mark.parametrize("space", [SearchSpace(), SearchSpace((Fixed(name="a", value=None),))])
def test_a_space_of_one_point(name, space):
    trials = run(name, 5, space)
    assert [t.params for t in trials] == [space.defaults()]
