from __future__ import annotations

import random
from typing import Any

import pytest
from training_models import OwnFit, OwnLoop, a_dataset, a_network, build, build_model, keras_tuner

from tuneit.errors import BuilderError, SpaceError
from tuneit.space import SearchSpace
from tuneit.study import ParameterSpec
from tuneit.training.builders.builder import as_builder
from tuneit.training.builders.discovery import discover_space


def discover(target: Any, **specs: Any) -> SearchSpace:
    parameters = {name: ParameterSpec(**spec) for name, spec in specs.items()}
    return discover_space(as_builder(target).with_specs(parameters), a_dataset())


def nested(hp: Any) -> Any:
    kind = hp.Choice("kind", ["a", "b", "c"])
    with hp.conditional_scope("kind", ["b", "c"]):
        if kind in ("b", "c"):
            size = hp.Choice("size", ["small", "large"])
            with hp.conditional_scope("size", ["large"]):
                if size == "large":
                    hp.Float("scale", 0, 1)
    return a_network()


def branching(hp: Any) -> Any:
    for index in range(hp.Int("layers", 1, 3)):
        hp.Int(f"units_{index}", 8, 64)
    if hp.Boolean("dropout"):
        hp.Float("rate", 0.0, 0.5)
    return a_network()


def unreachable(hp: Any) -> Any:
    hp.Choice("kind", ["a", "b"])
    with hp.conditional_scope("kind", ["c"]):
        hp.Int("units", 1, 2)
    return a_network()


def contradictory(hp: Any) -> Any:
    hp.Choice("kind", ["a", "b"])
    with hp.conditional_scope("kind", ["a"]), hp.conditional_scope("kind", ["b"]):
        hp.Int("units", 1, 2)
    return a_network()


def test_nested_scopes() -> None:
    space = discover(nested)
    assert space.names == ("kind", "size", "scale")
    assert space.size is None
    assert [p.name for p in space.active({"kind": "a"})] == ["kind"]


def test_scopes_that_the_study_excludes_are_left_out() -> None:
    assert discover(nested, kind={"value": "a"}).names == ("kind",)
    assert discover(nested, size={"value": "small"}).names == ("kind", "size")


def test_branches_and_loops_are_explored() -> None:
    assert set(discover(branching).names) == {
        "layers", "units_0", "units_1", "units_2", "dropout", "rate",
    }  # fmt: skip


@pytest.mark.parametrize("builder", [unreachable, contradictory])
def test_a_scope_that_no_value_reaches(builder: Any) -> None:
    with pytest.raises(SpaceError, match=r"scope .* can never be active: 'kind' (is never|has no)"):
        discover(builder)


@pytest.mark.parametrize(
    ("ask", "values", "left"),
    [
        (lambda hp: hp.Fixed("kind", False), [True], ("kind",)),
        (lambda hp: hp.Choice("kind", ["a"]), ["b"], ("kind",)),
        (lambda hp: hp.Int("kind", 1, 2), [3, 4], ("kind",)),
        (lambda hp: hp.Int("kind", 1, 2), [2, 3], ("kind", "units", "deep", "depth")),
        (lambda hp: hp.Choice("kind", [8, 16]), [32], ("kind",)),
    ],
)
def test_a_scope_that_its_parent_switches_off_is_left_out(
    ask: Any, values: list[Any], left: tuple[str, ...]
) -> None:
    def build(hp: Any) -> Any:
        ask(hp)
        with hp.conditional_scope("kind", values):
            hp.Int("units", 1, 2)
            hp.Boolean("deep")
            with hp.conditional_scope("deep", [True]):
                hp.Int("depth", 1, 2)
        return a_network()

    assert discover(build).names == left


def test_hyperparameters_of_fit_are_met() -> None:
    assert discover(OwnFit).names == ("units", "batch_size")
    assert discover(OwnLoop()).names == ("rate",)


@pytest.mark.parametrize("inside", [True, False])
def test_scopes_of_fit(inside: bool) -> None:
    class Scoped(OwnFit):
        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
            own = hp.Boolean("own")
            if own or not inside:
                with hp.conditional_scope("own", [True]):
                    hp.Choice("rows", [8, 16])
            with hp.conditional_scope("own", [False]):
                hp.Choice("other", [1, 2])
            return super().fit(hp, model, *args, **kwargs)

    names = set(discover(Scoped).names)
    assert names == {"units", "own", "other", "batch_size"} | (set() if inside else {"rows"})


def test_declared_hyperparameters() -> None:
    class Declared(keras_tuner.HyperModel):  # type: ignore[misc]
        def declare_hyperparameters(self, hp: Any) -> None:
            hp.Int("units", 2, 4)

        def build(self, hp: Any) -> Any:
            return a_network(hp.get("units") + hp.Int("units", 2, 99) + hp.Int("more", 2, 3))

    assert [(p.name, p.high) for p in discover(Declared)] == [("units", 4), ("more", 3)]
    assert [(p.name, p.high) for p in discover(Declared(tunable=False))] == [("units", 4)]


def test_an_untunable_hypermodel_has_no_space_of_its_own() -> None:
    class Quiet(keras_tuner.HyperModel):  # type: ignore[misc]
        def build(self, hp: Any) -> Any:
            return a_network(hp.Int("units", 2, 8))

    assert discover(Quiet(tunable=False)).names == ()
    assert discover(Quiet(tunable=False), units={"value": 3}).names == ("units",)


def test_a_keyword_builders_space_is_the_studys() -> None:
    space = discover(build, units={"min": 2, "max": 4}, batch_size={"values": (16, 32)})
    assert space.names == ("units", "batch_size")


def test_reserved_names_join_a_builders_own() -> None:
    assert discover(build_model, epochs={"min": 2, "max": 4}).names == ("units", "rate", "epochs")


def test_names_that_nobody_asks_for() -> None:
    with pytest.raises(SpaceError, match="did you mean 'units'"):
        discover(build_model, unit={"value": 3})
    with pytest.raises(BuilderError, match="did you mean 'rate'"):
        discover(build, units={"value": 3}, rates={"value": 1})
    with pytest.raises(BuilderError, match="needs 'units'"):
        discover(build, rate={"value": 0.1})


def test_ranges_that_change_with_other_values() -> None:
    def shifting(hp: Any) -> Any:
        first = hp.Choice("first", [8, 16])
        hp.Int("second", 1, first)
        return a_network()

    with pytest.raises(SpaceError, match="'second' was"):
        discover(shifting)


@pytest.mark.parametrize("named", ["units_{}", "{}"])
def test_builders_that_ask_for_others_from_one_call_to_the_next(named: str) -> None:
    calls: list[int] = []

    def fickle(hp: Any) -> Any:
        calls.append(1)
        names = {"units_{}": f"units_{len(calls)}", "{}": ("rate", "units")[len(calls) % 2]}
        hp.Int(names[named], 1, 4)
        return a_network()

    with pytest.raises(SpaceError, match=r"asked for unit\w+, and .* same values for (unit|rate)"):
        discover(fickle)
    assert len(calls) == 2


def test_a_scope_whose_parent_comes_later() -> None:
    def early(hp: Any) -> Any:
        with hp.conditional_scope("kind", ["a"]):
            hp.Int("units", 1, 2)
        return a_network()

    with pytest.raises(SpaceError, match="'kind', which was not asked for before it; ask for the"):
        discover(early)


@pytest.mark.parametrize("what", ["name", "range"])
def test_a_builder_that_asks_at_random_is_noticed(what: str) -> None:
    def chancy(hp: Any) -> Any:
        if what == "name":
            hp.Int(f"units_{random.random()}", 1, 3)
        else:
            hp.Int("units", 1, random.randint(3, 10**6))
        return a_network()

    with pytest.raises(SpaceError, match="called again with the same" if what == "name" else "was"):
        discover(chancy)


def test_what_a_build_passes_over_is_loose() -> None:
    def loop(hp: Any) -> Any:
        for i in range(hp.Int("layers", 1, 2)):
            hp.Int(f"units_{i}", 1, 3)
        if hp.Boolean("drop"):
            hp.Float("rate", 0, 0.5)
        with hp.conditional_scope("drop", [True]):
            hp.Float("noise", 0, 0.5)
        return a_network()

    assert discover(loop).optional == {"units_1", "rate"}
    assert discover(nested).optional == set()
