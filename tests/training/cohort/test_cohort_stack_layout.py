"""Splitting members into stacks, which threads of a CPU compute at the same time."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any, cast

import pytest
from cohort_zoo import Bench, Quiet, a_plan
from hypothesis import given
from hypothesis import strategies as st
from test_cohort_trainer import (
    DATA,
    SIX,
    a_bench,
    a_proposal,
    build,
    same_curve,
    six_trials,
    train,
)

from tuneit.training.cohort import programs
from tuneit.training.cohort.epoch import Epoch
from tuneit.training.cohort.program import Program
from tuneit.training.cohort.stack_layout import StackLayout

COUNTS = st.integers(1, 300)


@given(COUNTS, st.integers(1, 64), st.one_of(COUNTS, st.just(math.inf)))
def test_all_members_have_a_position_and_threads_have_equal_work(
    members: int, threads: int, stacked: float
) -> None:
    layout = StackLayout.spread(members, threads, stacked)
    assert members <= layout.positions < members + layout.size
    assert 1 <= layout.size <= stacked
    turns = max(1, math.ceil(members / (threads * stacked)))
    assert layout.length(threads) < members / threads + turns


@pytest.mark.parametrize(
    ("members", "threads", "stacked", "expected"),
    [
        (64, 1, math.inf, (1, 64)),
        (64, 2, 200, (2, 32)),
        (64, 16, 200, (16, 4)),
        (30, 2, 1, (30, 1)),
        (20, 2, 8, (4, 5)),
        (5, 2, 8, (2, 3)),
        (1, 16, 8, (1, 1)),
    ],
)
def test_examples(members: int, threads: int, stacked: float, expected: tuple[int, int]) -> None:
    assert StackLayout.spread(members, threads, stacked) == expected


def a_program(sizes: tuple[int, ...], threads: int, stacked: float = math.inf) -> Program:
    """One that has graphs for stacks of these sizes."""
    program = Program(cast(Epoch, None), threads, stacked)
    program._graphs = dict.fromkeys(sizes, cast(Any, None))
    return program


@pytest.mark.parametrize(
    ("sizes", "threads", "members", "expected"),
    [
        ((64, 20, 5, 1), 1, 36, (1, 36)),  # not 36 calls for one member each
        ((16, 1), 1, 64, (1, 64)),
        ((40,), 1, 36, (1, 40)),
        ((64,), 1, 36, (1, 36)),  # not 28 positions of padding
        ((32, 8, 1), 2, 36, (2, 18)),
        ((1,), 2, 64, (2, 32)),
        ((32,), 2, 60, (2, 32)),
        ((32,), 2, 30, (2, 15)),  # not one core for all
    ],
)
def test_graphs_are_used_again_where_that_takes_hardly_longer(
    sizes: tuple[int, ...], threads: int, members: int, expected: tuple[int, int]
) -> None:
    assert a_program(sizes, threads).layout(members) == expected


@pytest.mark.parametrize(
    ("threads", "stacked", "compiled"), [(2, math.inf, True), (3, 1, True), (2, 1, False)]
)
def test_curves_do_not_depend_on_the_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int, stacked: float, compiled: bool
) -> None:
    together = six_trials()[:5]
    monkeypatch.setattr(programs, "compiling_saves_time", lambda *_: compiled)
    monkeypatch.setattr(programs, "threads", lambda: threads)
    monkeypatch.setattr(programs, "max_stack_size", lambda *_: stacked)
    bench = a_bench(tmp_path)
    apart = train(bench, SIX[:5])
    [program] = bench.trainer._programs._kept.values()
    assert list(program._graphs) == [StackLayout.spread(5, threads, stacked).size]
    for one, other in zip(apart, together, strict=True):
        same_curve(one, other)


def test_empty_stacks_are_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "threads", lambda: 2)
    monkeypatch.setattr(programs, "max_stack_size", lambda *_: 2)
    used: list[StackLayout] = []
    run = Program.run

    def watched(self: Program, *args: Any) -> Any:
        used.append(args[-1])
        return run(self, *args)

    monkeypatch.setattr(Program, "run", watched)
    proposals = [a_proposal(i) for i in range(8)]
    bench = a_bench(tmp_path, epochs=4)
    trials = train(bench, proposals, Quiet(prune=dict.fromkeys(range(5), 1)))
    assert used == [(4, 2), (2, 2), (2, 2), (2, 2)]
    whole = train(bench, proposals)
    for one, other in zip(trials[5:], whole[5:], strict=True):
        same_curve(one, other)


def test_what_is_interrupted_leaves_no_stack_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "threads", lambda: 2)
    monkeypatch.setattr(Epoch, "pieces", lambda self, _: [(0, 10)] * 10_000)
    threads = threading.active_count()
    bench = Bench(build, DATA, a_plan(), tmp_path)
    called: list[int] = []
    make = Program._make

    def made(self: Program, size: int) -> Any:
        graphs = make(self, size)

        def begin(*args: Any) -> Any:
            called.append(threading.get_ident())
            # One stack is interrupted while the other one trains.
            if called[-1] == called[0] and len(set(called)) == 2:
                raise KeyboardInterrupt
            return graphs.begin(*args)

        return graphs._replace(begin=begin)

    monkeypatch.setattr(Program, "_make", made)
    with pytest.raises(KeyboardInterrupt):
        train(bench, [a_proposal(i) for i in range(4)])
    assert threading.active_count() == threads
    assert len(called) < 10_000
