"""Pairs in rounds: resumed, given up, ended by the time; and what rows are made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from tuneit.errors import WorkError
from tuneit.treatments.arm import Arm, Run
from tuneit.treatments.comparison import rows_of
from tuneit.treatments.loop import Pairs
from tuneit.treatments.outcome import TreatmentRow, Treatments

BASE, GOOD, BAD = Arm("baseline", {"x": 0}), Arm("l2", {"x": 1}, "up"), Arm("dropout", {"x": -1})


class World:
    """Trains in no time on a clock of its own: a training takes `seconds`."""

    def __init__(self, seconds: float = 1.0, fails: str = "") -> None:
        self.now, self.seconds, self.fails = 0.0, seconds, fails
        self.kept: list[Run] = []
        self.rounds: list[tuple[tuple[str, ...], tuple[int, ...]]] = []

    def train(self, arms: Sequence[Arm], pairs: Sequence[int]) -> Iterator[Run]:
        self.rounds.append((tuple(arm.action for arm in arms), tuple(pairs)))
        for arm in arms:
            for pair in pairs:
                self.now += self.seconds
                failed = arm.action == self.fails
                score = None if failed else 0.5 + 0.01 * pair + 0.1 * int(arm.params["x"])
                yield Run(arm.key, pair, score, self.seconds, "it broke" if failed else None)

    def runs(self) -> list[Run]:
        return list(self.kept)

    def add(self, run: Run) -> None:
        self.kept.append(run)

    def round(self, done: int, wanted: int, arms: int, seconds: float | None) -> None:
        pass

    def trained(self, run: Run) -> None:
        pass

    def pairs(self, deadline: float | None = None, each: float | None = None) -> Pairs:
        return Pairs(self.train, self, self, lambda: self.now, deadline, each)


@pytest.mark.parametrize(
    ("seconds", "estimate", "rounds"),
    [
        (60.0, None, [(0,), (1, 2), (3, 4), (5,)]),
        (60.0, 60.0, [(0, 1), (2, 3), (4, 5)]),
        (5.0, 60.0, [(0, 1), (2, 3, 4, 5)]),
        (5.0, 5.0, [(0, 1, 2, 3, 4, 5)]),
        (500.0, 500.0, [(0,), (1,), (2,), (3,), (4,), (5,)]),
    ],
)
def test_rounds_are_as_large_as_an_interruption_may_cost(
    seconds: float, estimate: float | None, rounds: list[tuple[int, ...]]
) -> None:
    world = World(seconds)
    assert world.pairs(each=estimate).run(BASE, [GOOD], 6) == 6
    assert [pairs for _, pairs in world.rounds] == rounds


def test_finished_pairs_are_not_trained_again() -> None:
    world = World()
    world.pairs().run(BASE, [GOOD], 3)
    world.rounds.clear()
    again = world.pairs()
    assert again.run(BASE, [GOOD, BAD], 3) == 3
    assert {arms for arms, _ in world.rounds} == {("dropout",)}
    assert [run.pair for run in again.of(BASE)] == [0, 1, 2]


def test_what_ended_before_an_interruption_is_kept() -> None:
    world = World()

    def interrupted(arms: Sequence[Arm], pairs: Sequence[int]) -> Iterator[Run]:
        for run in world.train(arms, pairs):
            yield run
            if len(world.kept) == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Pairs(interrupted, world, world, lambda: world.now).run(BASE, [GOOD], 3)
    assert [run.pair for run in world.kept] == [0, 0, 1]
    world.rounds.clear()
    assert world.pairs().run(BASE, [GOOD], 3) == 3
    # Pair 1 of the baseline is not trained again; its treatment's is.
    assert world.rounds == [(("l2",), (1,)), (("baseline", "l2"), (2,))]


def test_the_time_ends_the_pairs_and_says_so() -> None:
    world = World(seconds=10.0)
    pairs = world.pairs(deadline=70.0)
    assert pairs.run(BASE, [GOOD], 6) == 3
    assert pairs.notes == ["the time was enough for 3 of 6 pairs; one takes about 20 s"]


def test_the_first_pair_is_trained_though_the_estimate_says_there_is_no_time() -> None:
    assert World(seconds=1.0).pairs(deadline=6.0, each=10.0).run(BASE, [GOOD], 6) == 3


def test_a_treatment_that_fails_is_given_up_and_the_others_go_on() -> None:
    world = World(fails="dropout")
    pairs = world.pairs()
    pairs.run(BASE, [BAD, GOOD], 6)
    assert len(pairs.of(BAD)) == 1
    bad, good = rows(pairs, [BAD, GOOD])
    assert (bad.status, bad.reason) == ("not_applicable", "its training failed: it broke")
    assert (good.status, good.pairs, good.p_value) == ("verified", 6, pytest.approx(1 / 64))


def test_a_baseline_that_fails_ends_it() -> None:
    with pytest.raises(WorkError, match="nothing can be compared with it: it broke"):
        World(fails="baseline").pairs().run(BASE, [GOOD], 6)


def rows(pairs: Pairs, arms: Sequence[Arm], sign: float = 1.0) -> list[TreatmentRow]:
    return rows_of(
        arms, pairs.of(BASE), {arm.key: pairs.of(arm) for arm in arms}, sign=sign, worth=0.01
    )


def compared(sign: float = 1.0) -> list[TreatmentRow]:
    pairs = World().pairs()
    pairs.run(BASE, [GOOD, BAD], 6)
    return rows(pairs, [GOOD, BAD], sign)


def test_rows_say_gain_interval_p_and_status() -> None:
    good, bad = compared()
    assert (good.status, good.gain) == ("verified", pytest.approx(0.1))
    assert good.interval == pytest.approx((0.1, 0.1))
    assert good.p_value == pytest.approx(2 / 64)
    assert bad.status == "harmful"
    assert [row.status for row in compared(sign=-1.0)] == ["harmful", "verified"]


def small(action: str, loss: float, weights: int = 25) -> TreatmentRow:
    """The row of an arm that loses so much in each of six pairs."""
    arm = Arm(action, {"x": 2})
    before = [Run(BASE.key, pair, 0.9, 1.0, weights=100) for pair in range(6)]
    after = [Run(arm.key, pair, 0.9 - loss, 1.0, weights=weights) for pair in range(6)]
    [row] = rows_of([arm], before, {arm.key: after}, sign=1.0, worth=0.01)
    return row


def test_a_smaller_model_is_verified_by_its_score_and_says_its_size() -> None:
    kept, lost, other = small("pruning", 0.005), small("pruning", 0.02), small("l2", 0.005)
    assert [row.status for row in (kept, lost, other)] == ["verified", "harmful", "harmful"]
    assert (kept.p_value, kept.weights) == (pytest.approx(1 / 64), (100, 25))
    assert kept.reason == "the score falls by less than 0.01"
    found = Treatments("val_accuracy", 0.9, (), {}, (kept,))
    assert found.headline == (
        "Pruning makes the model smaller, with no loss of val_accuracy worth naming: "
        f"{kept.size} ({kept.change})."
    )
    assert "100 → 25 weights" in found.headline
    assert Treatments.from_dict(found.to_dict()).rows[0].weights == (100, 25)
    # What makes the score better comes before what makes the model smaller.
    assert replace(found, rows=(kept, *compared())).chosen.action == "l2"  # type: ignore[union-attr]


def outcome(**changes: object) -> Treatments:
    return Treatments("val_accuracy", 0.5, (0, 1), {"x": 0}, tuple(compared()), **changes)  # type: ignore[arg-type]


def test_the_file_has_the_contracts_keys_and_can_be_read_back() -> None:
    found = outcome()
    record = found.to_dict()
    assert {"baseline", "treatments", "data_probe", "combination", "applied"} <= record.keys()
    assert record["baseline"] == {"score": 0.5, "seeds": [0, 1], "parameters": {"x": 0}}
    assert list(record["treatments"][0]) == [
        *("action", "change", "status", "reason", "gain", "interval", "p_value", "pairs"),
        *("seconds", "parameters", "verdict_before", "verdict_after", "weights"),
    ]
    again = Treatments.from_dict(record)
    assert [row.gain for row in again.rows] == pytest.approx([0.1, -0.1])
    assert again.to_dict().keys() == record.keys()


def test_the_best_verified_treatment_is_chosen_or_the_combination() -> None:
    found = outcome()
    assert found.chosen is found.rows[0]
    both = TreatmentRow("a+b", "both", "verified", gains=(0.2,) * 6, p_value=0.01)
    helped = outcome(combination=both)
    assert helped.chosen is both
    assert helped.headline == "A + b verified: val_accuracy is better by 0.2000 (both)."
    nothing = Treatments("val_accuracy", 0.5, (), {}, found.rows[1:])
    assert nothing.chosen is None
    assert nothing.headline.startswith("No treatment helped")
    few = TreatmentRow("a", "", "not_shown", gains=(0.1, 0.2), p_value=0.25)
    told = Treatments("val_accuracy", 0.5, (), {}, (few,)).headline
    assert told == "2 pairs can verify nothing: train at least 5."
