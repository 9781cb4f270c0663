from __future__ import annotations

import logging
from importlib.util import find_spec

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneit.errors import InputError, MissingExtraError, SpaceError
from tuneit.space import Boolean, Choice, Condition, Float, Int, SearchSpace
from tuneit.space.distributions import axes, coordinates, real_axes, shown
from tuneit.strategies.base import Situation
from tuneit.strategies.registry import make_strategy
from tuneit.study import StrategySpec
from tuneit.trials import Memory, Objective, Trial, TrialState

ACCURACY = Objective("val_accuracy", "maximize")
REAL = SearchSpace((Float(name="x", low=-5, high=5), Float(name="y", low=-5, high=5)))


def a_strategy(sampler=None, **options):
    return make_strategy(StrategySpec(name="optuna", sampler=sampler, options=options))


def run(strategy, n, space=REAL, score=lambda p: -(p["x"] ** 2) - (p["y"] - 1) ** 2):
    trials = []
    for number in range(n):
        found = strategy.propose(Situation(space, trials, ACCURACY, 0, number))
        if found is None:
            break
        trials.append(
            Trial(number, found.params, TrialState.COMPLETE, score=score(found.params),
                  memory=found.memory)
        )  # fmt: skip
    return trials


def test_the_default_is_tpe_made_for_conditions_and_workers():
    strategy = a_strategy()
    assert strategy.sampler is optuna.samplers.TPESampler
    for option in ("multivariate", "group", "constant_liar"):
        assert strategy.options[option] is True


@pytest.mark.parametrize("sampler", ["tpe", "cmaes"])
def test_it_finds_better_points_in_the_direction_of_the_objective(sampler):
    scores = [trial.score for trial in run(a_strategy(sampler), 60)]
    assert sum(scores[-20:]) > sum(scores[:20])


def test_options_reach_the_sampler():
    random = run(a_strategy("tpe", n_startup_trials=100), 30)
    tpe = run(a_strategy("tpe", n_startup_trials=5), 30)
    assert [t.params for t in random[:5]] == [t.params for t in tpe[:5]]
    assert [t.params for t in random] != [t.params for t in tpe]


@pytest.mark.parametrize(
    ("sampler", "options", "words"),
    [
        ("tpe", {"n_startup": 3}, "did you mean 'n_startup_trials'"),
        ("tpe", {"seed": 3}, "the study's `seed`"),
        ("nsga2", {"population_size": 1}, "does not accept its options"),
        ("tpe", {"n_startup_trials": "many"}, "'n_startup_trials' must be a whole number"),
        ("tpe", {"multivariate": 1}, "'multivariate' must be true or false"),
        ("tpe", {"gamma": 3}, "'gamma' must be a function or null, but is 3"),
        ("cmaes", {"popsize": -3}, "does not accept its options"),
        ("cmaes", {"popsize": -3, "n_startup_trials": 50}, "does not accept its options"),
        ("nosuchmodule:Sampler", {}, "cannot be imported"),
        ("optuna.samplers:TPESample", {}, "did you mean 'TPESampler'"),
        ("optuna.samplers:nsgaii", {}, "not a subclass"),
    ],
)
def test_what_does_not_exist_is_said(sampler, options, words):
    with pytest.raises(InputError, match=words):
        a_strategy(sampler, **options)


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed")
def test_gp_says_that_it_needs_torch():
    with pytest.raises(MissingExtraError, match="needs the package torch"):
        a_strategy("gp")


@pytest.mark.parametrize("name", ["grid", "random", "bayesian"])
def test_options_of_other_strategies_are_checked(name):
    with pytest.raises(InputError, match="no option 'initail'"):
        make_strategy(StrategySpec(name=name, options={"initail": 3}))
    with pytest.raises(InputError, match="at least 1"):
        make_strategy(StrategySpec(name="bayesian", options={"initial": 0}))
    with pytest.raises(InputError, match="a whole number or null, but is 'few'"):
        make_strategy(StrategySpec(name="bayesian", options={"initial": "few"}))


def test_brute_force_tries_everything_once_and_ends():
    space = SearchSpace((Boolean(name="x"), Choice(name="y", values=(1, 2, 3))))
    trials = run(a_strategy("brute_force"), 99, space)
    assert len({tuple(t.params.items()) for t in trials}) == len(trials) == 6


def test_brute_force_of_a_continuous_range_is_refused():
    with pytest.raises(SpaceError, match="give hyperparameter 'x' a step"):
        run(a_strategy("brute_force"), 1)


def test_a_samplers_stop_ends_the_search():
    strategy = a_strategy(f"{__name__}:Stopping")
    assert len(run(strategy, 20)) == 4


class Stopping(optuna.samplers.RandomSampler):
    """Stops the study after the fourth trial."""

    def after_trial(self, study, trial, state, values):
        if trial.number == 3:
            study.stop()


def test_a_sampler_of_ones_own_keeps_state_in_the_studys_attributes():
    trials = run(a_strategy(f"{__name__}:Counting"), 5)
    assert [t.params["x"] for t in trials] == [0, 1, 2, 3, 4]
    assert trials[2].memory.own == {"study": {"count": 3}}


class Counting(optuna.samplers.RandomSampler):
    """Proposes x = 0, 1, 2, …"""

    def infer_relative_search_space(self, study, trial):
        return {"x": optuna.distributions.FloatDistribution(-5, 5)}

    def sample_relative(self, study, trial, search_space):
        count = study._storage.get_study_system_attrs(study._study_id).get("count", 0)
        study._storage.set_study_system_attr(study._study_id, "count", count + 1)
        return {"x": float(count)}


def test_the_memory_of_tpe_is_empty_and_that_of_cmaes_small():
    assert all(t.memory == Memory() for t in run(a_strategy("tpe"), 20))
    sizes = [len(str(t.memory.own)) for t in run(a_strategy("cmaes"), 40)]
    assert sum(sizes) / len(sizes) < 2000


def test_optuna_says_nothing_and_its_logging_is_left_as_it_was(capfd):
    level = optuna.logging.get_verbosity()
    space = SearchSpace(
        (
            Choice(name="kind", values=("a", "b")),
            Int(name="n", low=1, high=100, when=(Condition("kind", ("b",)),)),
        )
    )
    for sampler in ("tpe", "cmaes", "qmc", "nsga2"):
        run(a_strategy(sampler), 20, space, lambda p: p.get("n", 0))
    assert optuna.logging.get_verbosity() == level
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("optuna").level == level


def test_qmc_spreads_and_starts_in_no_corner():
    xs = [t.params["x"] for t in run(a_strategy("qmc"), 17)][1:]
    assert len({round((x + 5) / 10 * 16 - 0.5) for x in xs}) >= 14


def test_every_kind_of_hyperparameter_survives_the_way_there_and_back():
    space = SearchSpace(
        (
            Float(name="a", low=0, high=1),
            Float(name="b", low=1e-4, high=1, sampling="log"),
            Float(name="c", low=0.1, high=1, sampling="reverse_log"),
            Float(name="d", low=0, high=1, step=0.2),
            Float(name="e", low=1e-4, high=1, step=10, sampling="log"),
            Int(name="f", low=-3, high=9),
            Int(name="g", low=1, high=512, sampling="log"),
            Int(name="h", low=16, high=256, step=48),
            Choice(name="i", values=(1, True, "1", None, 1.5)),
            Choice(name="j", values=(16, 32, 64), ordered=True),
            Boolean(name="k"),
        )
    )
    for axis in axes(space):
        for value in axis.parameter.points():
            back = axis.decode(axis.encode(value))
            assert back == pytest.approx(value, rel=1e-9) if type(value) is float else back is value
            assert type(back) is type(value)
            assert axis.distribution._contains(axis.distribution.to_internal_repr(
                axis.encode(value)))  # fmt: skip


def test_one_name_with_two_ranges_is_two_axes_and_two_columns_if_need_be():
    first, second = Condition("kind", ("a",)), Condition("kind", ("b",))
    space = SearchSpace(
        (
            Choice(name="kind", values=("a", "b")),
            Int(name="n", low=1, high=9, when=(first,)),
            Int(name="n", low=100, high=900, when=(second,)),
            Float(name="m", low=1, high=9, when=(first,)),
            Choice(name="m", values=("x", "y"), when=(second,)),
        )
    )
    values, _ = coordinates(axes(space), {"kind": "b", "n": 300, "m": "y"})
    assert values == {"kind": 1, "n#1": 300, "m#1": 1}
    values, _ = shown(space, {"kind": "b", "n": 300, "m": "y"})
    assert values == {"kind": "b", "n": 300, "m [kind=b]": "y"}
    values, _ = coordinates(axes(space), {"kind": "b", "n": 5, "stranger": 1})
    assert values == {"kind": 1}, "what has left its range is not told"


class Fixed(optuna.samplers.RandomSampler):
    """A user's own: it names values as the builder gets them, and looks at those tried before."""

    def __init__(self, values, seed=None):
        super().__init__(seed)
        self.values = values

    def sample_independent(self, study, trial, name, distribution):
        for earlier in study.trials[:-1]:
            assert set(earlier.params.values()) == set(self.values.values())
        if name == "rate":
            assert (distribution.low, distribution.high, distribution.step) == (0.1, 0.5, 0.2)
        return self.values[name]


OWN = SearchSpace(
    (
        Int(name="units", low=4, high=17, step=4),
        Float(name="rate", low=0.1, high=0.6, step=0.2),
        Choice(name="optimizer", values=("adam", "sgd", None)),
        Boolean(name="norm"),
        Int(name="width", low=1, high=64, step=2, sampling="log"),
        Float(name="decay", low=0.1, high=1.0, sampling="reverse_log"),
    )
)


def test_a_sampler_of_ones_own_sees_and_names_the_builders_own_values():
    values = {
        "units": 12, "rate": 0.3, "optimizer": "sgd", "norm": True, "width": 16, "decay": 0.5
    }  # fmt: skip
    spec = StrategySpec(name="optuna", sampler="mine:Fixed", options={"values": values})
    found = run(make_strategy(spec, own=Fixed), 2, OWN, score=lambda p: 1.0)
    assert [trial.params for trial in found] == [values] * 2


@given(st.integers(0, 2**32 - 1))
def test_real_axes_lead_from_legal_values_to_the_same(seed):
    params = OWN.sample(np.random.default_rng(seed))
    values, distributions = coordinates(real_axes(OWN), params)
    assert values == params
    assert all(distributions[name]._contains(distributions[name].to_internal_repr(value))
               for name, value in values.items())  # fmt: skip
    assert {axis.key: axis.decode(values[axis.key]) for axis in real_axes(OWN)} == params


@given(
    low=st.one_of(st.floats(-2, 2), st.sampled_from([0.0, 0.1 * 3, 1 - 0.9])),
    width=st.one_of(st.floats(0.01, 2), st.sampled_from([1 - 0.9, 0.3, 0.6])),
    step=st.sampled_from([0.1, 0.25, 1 / 3, 0.7]),
    unit=st.floats(0, 1),
)
def test_a_stepped_range_holds_all_its_values_in_optunas_terms(low, width, step, unit):
    parameter = Float(name="x", low=low, high=low + width, step=step)
    # What a hand has typed or computed is legal with some slack.
    value = float(parameter.from_unit(unit)) * (1 + 1e-10)
    if parameter.contains(value):
        values, distributions = shown(SearchSpace((parameter,)), {"x": value})
        assert values["x"] == pytest.approx(value, rel=1e-9, abs=1e-9)
        assert distributions["x"]._contains(values["x"])
        optuna.trial.create_trial(params=values, distributions=distributions, value=1.0)


class Broken(optuna.samplers.RandomSampler):
    """One that fails at work."""

    def sample_independent(self, study, trial, name, distribution):
        raise RuntimeError("boom")


def test_a_sampler_of_ones_own_that_raises_is_named_with_the_place():
    spec = StrategySpec(name="optuna", sampler="mine.py:Broken")
    said = r"sampler 'mine\.py:Broken' raised RuntimeError: boom \(test_optuna_sampler\.py:\d+\)"
    with pytest.raises(InputError, match=said):
        run(make_strategy(spec, own=Broken), 1)


def test_cmaes_with_margin_cannot_walk_conditions():
    space = SearchSpace(
        (
            Choice(name="kind", values=("a", "b")),
            Float(name="x", low=0, high=1, when=(Condition("kind", ("a",)),)),
        )
    )
    with pytest.raises(SpaceError, match="'x' depends on another: remove with_margin"):
        run(a_strategy("cmaes", with_margin=True), 1, space, score=lambda p: 0.0)


def test_what_optunas_own_samplers_raise_is_a_sentence(monkeypatch):
    def fail(*_: object) -> None:
        raise ValueError("no such shape")

    monkeypatch.setattr(optuna.samplers.CmaEsSampler, "sample_relative", fail)
    with pytest.raises(InputError, match="sampler 'CmaEsSampler' raised ValueError: no such shape"):
        run(a_strategy("cmaes"), 3)
