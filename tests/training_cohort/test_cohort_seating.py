"""Members in several stacks, which a CPU computes at once."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any

import pytest
from cohort_zoo import Bench, Quiet, a_plan
from hypothesis import given
from hypothesis import strategies as st
from test_cohort_trainer import DATA, a_bench, a_proposal, build, same_curve, train

from tuneit.training.cohort import trainer
from tuneit.training.cohort.epoch import Epoch
from tuneit.training.cohort.program import Program
from tuneit.training.cohort.seating import Seating

COUNTS = st.integers(1, 300)


@given(COUNTS, st.integers(1, 64), st.one_of(COUNTS, st.just(math.inf)))
def test_all_members_sit_and_no_lane_has_more_to_do_than_it_must(
    members: int, lanes: int, stacked: float
) -> None:
    seating = Seating.spread(members, lanes, stacked)
    assert members <= seating.seats < members + seating.size
    assert 1 <= seating.size <= stacked
    turns = max(1, math.ceil(members / (lanes * stacked)))
    assert seating.length(lanes) < members / lanes + turns


@pytest.mark.parametrize(
    ("members", "lanes", "stacked", "expected"),
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
def test_examples(members: int, lanes: int, stacked: float, expected: tuple[int, int]) -> None:
    assert Seating.spread(members, lanes, stacked) == expected


@pytest.mark.parametrize(
    ("lanes", "stacked", "compiled"), [(2, math.inf, True), (3, 1, True), (2, 1, False)]
)
def test_curves_do_not_depend_on_who_sits_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lanes: int, stacked: float, compiled: bool
) -> None:
    monkeypatch.setattr(trainer, "compiling_pays", lambda *_: compiled)
    proposals = [a_proposal(i, dropout=0.1 * i, learning_rate=0.01 * (i + 1)) for i in range(5)]
    together = train(a_bench(tmp_path), proposals)
    monkeypatch.setattr(trainer, "lanes", lambda: lanes)
    monkeypatch.setattr(trainer, "most_stacked", lambda *_: stacked)
    bench = a_bench(tmp_path)
    apart = train(bench, proposals)
    [program] = bench.trainer._programs.values()
    assert list(program._graphs) == [Seating.spread(5, lanes, stacked).size]
    for one, other in zip(apart, together, strict=True):
        same_curve(one, other)


def test_stacks_that_nobody_sits_in_any_more_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "lanes", lambda: 2)
    monkeypatch.setattr(trainer, "most_stacked", lambda *_: 2)
    monkeypatch.setattr(Program, "_waits", lambda self, size: 0.0 if size == 2 else 1e9)
    seated: list[Seating] = []
    run = Program.run

    def watched(self: Program, *args: Any) -> Any:
        seated.append(args[-1])
        return run(self, *args)

    monkeypatch.setattr(Program, "run", watched)
    proposals = [a_proposal(i) for i in range(8)]
    trials = train(a_bench(tmp_path, epochs=4), proposals, Quiet(prune=dict.fromkeys(range(5), 1)))
    assert seated == [(4, 2), (2, 2), (2, 2), (2, 2)]
    whole = train(a_bench(tmp_path, epochs=4), proposals)
    for one, other in zip(trials[5:], whole[5:], strict=True):
        same_curve(one, other)


def test_what_is_interrupted_leaves_no_stack_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "lanes", lambda: 2)
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
