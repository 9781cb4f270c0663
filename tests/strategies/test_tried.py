"""What counts as tried already."""

from __future__ import annotations

from dataclasses import replace

from tuneit.space import Choice, Condition, Float, Int, SearchSpace, params_key
from tuneit.strategies.tried import Tried, with_defaults
from tuneit.trials import Trial, TrialState

# A builder asks for units_1 only with two layers, and says so in no scope.
LAYERS = SearchSpace(
    (
        Int(name="layers", low=1, high=2),
        Choice(name="units_0", values=("s", "l")),
        Choice(name="units_1", values=("s", "l")),
    )
)


def a_trial(number: int, state: TrialState = TrialState.COMPLETE, **params) -> Trial:
    return Trial(number, params, state)


def test_a_trial_stands_for_all_that_agrees_on_what_its_builder_asked_for():
    tried = Tried(LAYERS, [a_trial(0, layers=1, units_0="s")])
    assert params_key({"layers": 1, "units_0": "s", "units_1": "l"}) in tried
    assert params_key({"layers": 1, "units_0": "l", "units_1": "l"}) not in tried
    assert params_key({"layers": 2, "units_0": "s", "units_1": "l"}) not in tried
    assert params_key({"layers": True, "units_0": "s", "units_1": "l"}) not in tried


def test_the_space_is_exhausted_when_every_configuration_is_stood_for():
    trials = [
        a_trial(0, layers=1, units_0="s"),
        a_trial(1, layers=1, units_0="l"),
        a_trial(2, layers=2, units_0="s", units_1="s"),
        a_trial(3, layers=2, units_0="s", units_1="l"),
        a_trial(4, layers=2, units_0="l", units_1="s"),
        a_trial(5, layers=2, units_0="l", units_1="l"),
    ]
    for count in range(len(trials)):
        assert not Tried(LAYERS, trials[:count]).is_everything
    assert Tried(LAYERS, trials).is_everything
    # A running trial that another one stands for adds nothing to what is covered.
    running = a_trial(6, TrialState.RUNNING, layers=1, units_0="s", units_1="l")
    assert not Tried(LAYERS, [*trials[:5], running]).is_everything


def test_running_trials_count_with_all_that_was_proposed():
    running = a_trial(0, TrialState.RUNNING, layers=1, units_0="s", units_1="s")
    tried = Tried(LAYERS, [running])
    assert params_key({"layers": 1, "units_0": "s", "units_1": "l"}) not in tried
    ended = replace(running, state=TrialState.COMPLETE, params={"layers": 1, "units_0": "s"})
    assert tried.follow(LAYERS, [ended])
    assert params_key({"layers": 1, "units_0": "s", "units_1": "l"}) in tried


def test_follows_trials_and_says_when_something_is_tried_no_longer():
    trials = [a_trial(n, layers=1, units_0=u, units_1="s") for n, u in enumerate("sl")]
    tried = Tried()
    assert not tried.follow(LAYERS, [])
    assert tried.follow(LAYERS, trials)
    assert tried.follow(LAYERS, [replace(t) for t in trials])
    assert not tried.follow(LAYERS, trials[:1])
    assert params_key(trials[1].params) not in tried
    assert not tried.follow(LAYERS, [a_trial(0, layers=2, units_0="s", units_1="s")])
    wider = SearchSpace((*LAYERS, Float(name="rate", low=0, high=1)))
    assert not tried.follow(wider, trials)
    assert not tried.is_everything


def test_completions_walk_conditions():
    when = (Condition("kind", ("b",)),)
    space = SearchSpace(
        (
            Choice(name="kind", values=("a", "b", "c")),
            Int(name="n", low=1, high=4, when=when),
            Choice(name="m", values=(1, 2)),
        )
    )
    assert space.completions({}) == space.size == 12
    assert space.completions({"kind": "a"}) == 2
    assert space.completions({"kind": "b"}) == 8
    assert space.completions({"kind": "b", "m": 1}) == 4
    assert space.completions({"n": 2}) == 2 * (1 + 1 + 1)
    assert space.completions({"kind": "b", "n": 2, "m": 1}) == 1


def test_what_is_left_of_the_grid_leaves_out_whole_branches():
    deep = SearchSpace(
        (
            Int(name="layers", low=1, high=9),
            *(Int(name=f"units_{i}", low=1, high=64) for i in range(9)),
        )
    )
    tried = Tried(deep, [a_trial(n, layers=1, units_0=n + 1) for n in range(64)])
    assert next(tried.left()) == {"layers": 2, **{f"units_{i}": 1 for i in range(9)}}
    assert len(list(Tried(LAYERS).left())) == 8
    assert len(list(Tried(LAYERS, [a_trial(0, layers=1, units_0="s")]).left())) == 6


def test_settled_fills_what_is_missing_and_drops_what_is_unknown():
    assert with_defaults(LAYERS, {"layers": 2, "other": 1}) == {
        "layers": 2,
        "units_0": "s",
        "units_1": "s",
    }
