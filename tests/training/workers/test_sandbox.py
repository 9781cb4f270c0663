"""Builders that some values are fatal to: what it costs to try these, before and in a search."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from training_models import HERE, a_recipe, build_model
from worker_models import a_hazard_space

from tuneit.errors import BuilderError, SpaceError
from tuneit.space import Choice, Int, Params, SearchSpace
from tuneit.study import ParameterSpec
from tuneit.training.builders.build import Build, build_in_process
from tuneit.training.builders.builder import Builder, as_builder, load_builder
from tuneit.training.builders.discovery import discover_space
from tuneit.training.builders.unused_parameters import UnusedParameters
from tuneit.training.fitting.largest_model import largest_model_parameters
from tuneit.training.workers.pool import WorkerPool
from tuneit.training.workers.sandbox import Sandbox

NOTHING = SearchSpace(())


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(1) as shared:
        yield shared


class Mortal:
    """A sandbox for `build_mortal` that loses the builds which would end its process."""

    def __init__(self, builder: Builder) -> None:
        self._build = build_in_process(builder)
        self.lost: list[Params] = []

    def __call__(self, params: Params, known: SearchSpace) -> Build | None:
        if params.get("units", 1) > 32 or params.get("kind") == "crash":
            self.lost.append(params)
            return None
        return self._build(params, known)


def a_builder(name: str = "build_hazard") -> Builder:
    return load_builder(f"worker_models.py:{name}", HERE)


def test_builds_are_those_of_this_process(pool: WorkerPool) -> None:
    builder = as_builder(build_model)
    here = discover_space(builder)
    sandbox = Sandbox(builder, pool)
    assert discover_space(builder, sandbox=sandbox) == here
    largest = largest_model_parameters(a_recipe(builder, here), 16, sandbox)
    assert largest == 4 * 8 + 8 + 8 * 2 + 2


def test_builders_share_a_process(pool: WorkerPool) -> None:
    sandboxes = [Sandbox(a_builder(name), pool) for name in ("build_hazard", "build_mortal")]
    asked = []
    for sandbox in (*sandboxes, sandboxes[0]):
        build = sandbox({}, NOTHING)
        assert build is not None
        asked.append([parameter.name for parameter in build.requested])
    assert asked[0] == asked[2] != asked[1]
    assert len({worker.pid for worker in pool.workers}) == 1


def test_fatal_values_tell_nothing_and_the_rest_is_found(pool: WorkerPool) -> None:
    # Of its choices one kills the process, one hangs, one takes all memory, and several raise.
    sandbox = Sandbox(a_builder(), pool, limit=4.0, max_memory=15 * 10**8)
    assert discover_space(a_builder(), sandbox=sandbox) == a_hazard_space()
    [kind] = [p for p in a_hazard_space() if p.name == "what"]
    build = sandbox({"what": "raise"}, NOTHING)
    assert build is not None
    assert "no such layer" in str(build.error)
    with pytest.raises(SpaceError, match="a range may not change"):
        sandbox({}, SearchSpace((Choice(name=kind.name, values=(1, 2)),)))


def test_fatal_defaults_end_a_search_with_a_sentence() -> None:
    by_keywords = as_builder(lambda units: units)
    by_keywords = by_keywords.with_specs({"units": ParameterSpec(min=2, max=8)})
    tried: list[Params] = []

    def deadly(params: Params, known: SearchSpace) -> None:
        tried.append(params)

    for builder in (a_builder("build_mortal"), by_keywords):
        message = f"{builder.name} ended the process .* choose defaults that can be built"
        with pytest.raises(BuilderError, match=message):
            discover_space(builder, sandbox=deadly)
    assert tried == [{}, {"units": 2}]


def test_a_largest_model_that_is_fatal_is_not_counted() -> None:
    space = SearchSpace(
        (Int(name="units", low=1, high=64), Choice(name="kind", values=("ok", "crash")))
    )
    builder = a_builder("build_mortal")
    sandbox = Mortal(builder)
    assert largest_model_parameters(a_recipe(builder, space), 9, sandbox) is None
    assert sandbox.lost == [{"units": 64, "kind": "ok"}]


def test_a_builder_that_only_this_program_has_is_refused(pool: WorkerPool) -> None:
    with pytest.raises(BuilderError):
        Sandbox(as_builder(lambda hp: None), pool)({}, NOTHING)


def test_what_is_passed_over_is_found_out_where_it_harms_nobody() -> None:
    builder = a_builder("build_mortal")
    known = (Int(name="units", low=1, high=64), Choice(name="kind", values=("ok", "crash")))
    space = SearchSpace((*known, Int(name="more", low=1, high=9)), frozenset({"more"}))
    asked = UnusedParameters(builder, Mortal(builder))
    assert asked(space, {"units": 1, "kind": "ok"}) == {}
    assert asked(space, {"units": 1, "kind": "ok", "more": 3}) == {"more": 3}
    assert asked(space, {"units": 1, "kind": "crash", "more": 3}) is None
    assert asked(space, {"units": 2, "kind": "ok", "more": 3}) == {"more": 3}


def test_after_many_lost_builds_no_more_are_tried() -> None:
    space = SearchSpace((Int(name="units", low=1, high=64),), frozenset({"units"}))
    tried: list[Params] = []

    def deadly(params: Params, known: SearchSpace) -> None:
        tried.append(params)

    asked = UnusedParameters(a_builder("build_mortal"), deadly)
    for units in range(1, 9):
        assert asked(space, {"units": units}) is None
    assert [params["units"] for params in tried] == [1, 2, 3, 4, 5]
