"""Successive halving with promotion: schedules, and what follows from trials alone."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tuneit.curves import LearningCurve
from tuneit.errors import InputError
from tuneit.space import Float, Int, SearchSpace
from tuneit.strategies.base import Situation, Strategy
from tuneit.strategies.promotion import Rung, awaited, hyperband
from tuneit.strategies.registry import make_strategy
from tuneit.study import Budget, StrategySpec
from tuneit.trials import Objective, Trial, TrialState

LOSS = Objective("val_loss", "minimize")
SPACE = SearchSpace((Float(name="x", low=0, high=1),))


def a_strategy(name: str, trials: int | None, epochs: int = 9, **options: Any) -> Strategy:
    budget = Budget(trials=trials, epochs=epochs, time=None if trials else 60.0)
    return make_strategy(StrategySpec(name=name, options=options), budget)  # type: ignore[arg-type]


def place(trial: Trial) -> tuple[int, int]:
    """A trial's bracket and rung."""
    found = trial.memory.place
    assert found is not None
    return found.bracket, found.rung


def trained(trial: Trial, epochs: int | None = None) -> Trial:
    epochs = epochs or trial.memory.epochs
    assert epochs is not None
    score = float(trial.params["x"]) + 1 / epochs  # type: ignore[arg-type]
    curve = LearningCurve.from_history({"val_loss": [score] * epochs})
    return Trial(
        trial.number, trial.params, TrialState.COMPLETE, score=score, curve=curve,
        memory=trial.memory,
    )  # fmt: skip


def propose(strategy: Strategy, trials: list[Trial], space: SearchSpace = SPACE) -> Trial | None:
    found = strategy.propose(Situation(space, trials, LOSS, 1, len(trials)))
    return None if found is None else Trial(len(trials), found.params, memory=found.memory)


def walk(strategy: Strategy, until: int, trials: list[Trial] | None = None) -> list[Trial]:
    trials = trials or []
    while len(trials) < until:
        trial = propose(strategy, trials)
        assert trial is not None
        trials = [*trials, trained(trial)]
    return trials


def test_hyperbands_brackets_are_those_of_the_paper() -> None:
    first, *_, last = hyperband(81)
    assert [(r.size, r.epochs) for r in first] == [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)]
    assert [(r.size, r.epochs) for r in last] == [(5, 81)]
    assert hyperband(1) == ((Rung(1, 1, 0),),)
    # Epochs that the factor does not divide are rounded: 8 / 3 to 3, 8 / 9 to 1.
    assert [rung.epochs for rung in hyperband(8, min_epochs=1)[0]] == [3, 8]
    assert [rung.epochs for rung in hyperband(11)[0]] == [1, 4, 11]


def test_a_small_budget_still_finishes_something() -> None:
    for trials in range(1, 60):
        strategy = a_strategy("hyperband", trials, epochs=27)
        assert any(t.epochs == 27 for t in walk(strategy, trials)), trials


def test_the_best_are_promoted_best_first_and_once() -> None:
    trials = walk(a_strategy("hyperband", 13), 13)
    rungs = Counter(place(t) for t in trials)
    assert rungs == {(0, 0): 9, (0, 1): 3, (0, 2): 1}
    by_score = sorted(trials[:9], key=lambda t: t.score or 0)
    assert [t.parent for t in trials[9:12]] == [t.number for t in by_score[:3]]
    assert trials[12].parent == trials[9].number
    assert all(t.params == trials[t.parent].params for t in trials if t.parent is not None)
    assert [t.epochs for t in trials] == [1] * 9 + [3] * 3 + [9]


@pytest.mark.parametrize("name", ["hyperband", "one_epoch"])
@pytest.mark.parametrize("cut", [0, 5, 9, 11])
def test_a_resumed_schedule_goes_on_alike(name: str, cut: int) -> None:
    whole = walk(a_strategy(name, 13), 13)
    again = walk(a_strategy(name, 13), 13, whole[:cut])
    assert [(t.params, t.memory) for t in again] == [(t.params, t.memory) for t in whole]


def test_one_epoch_spends_exactly_its_budget() -> None:
    trials = walk(a_strategy("one_epoch", 10, best=3), 10)
    assert [t.epochs for t in trials] == [1] * 7 + [9] * 3
    scores = sorted(t.score or 0 for t in trials[:7])
    assert [trials[t.parent].score for t in trials[7:]] == scores[:3]  # type: ignore[index]


def test_while_a_rung_runs_the_next_bracket_begins() -> None:
    strategy = a_strategy("hyperband", 13)
    trials = walk(strategy, 9)
    running = Trial(4, trials[4].params, memory=trials[4].memory)
    waiting = [*trials[:4], running, *trials[5:]]
    other = propose(strategy, waiting)
    assert other is not None
    assert place(other) == (1, 0)


def test_failed_and_stopped_trials_are_not_continued() -> None:
    options = {"epochs": 3, "best": 2}
    spec = StrategySpec(name="one_epoch", options=options)
    strategy = make_strategy(spec, Budget(trials=6, epochs=9))
    trials = walk(strategy, 4)
    order = sorted(range(4), key=lambda n: trials[n].score or 0)
    best, second = order[:2]
    trials[best] = trained(trials[best], epochs=2)  # early stopping
    ranking = sorted(range(4), key=lambda n: trials[n].score or 0)[:2]
    due = propose(strategy, trials)
    assert due is not None
    assert due.parent == next(n for n in ranking if n != best)
    trials[second] = Trial(second, {"x": 0.5}, TrialState.FAILED, memory=trials[second].memory)
    due = propose(strategy, trials)
    assert due is not None
    assert due.parent not in (best, second)


def test_a_finite_space_is_promoted_from_when_it_is_exhausted() -> None:
    space = SearchSpace((Int(name="x", low=1, high=4),))
    strategy, trials = a_strategy("hyperband", 40), []
    while (trial := propose(strategy, trials, space)) is not None:
        trials.append(trained(trial))
    assert sum(t.parent is None for t in trials) == 4
    assert max(t.epochs for t in trials) == 9


def test_paused_models_are_kept_no_longer_than_needed() -> None:
    strategy = a_strategy("one_epoch", 5, best=2)
    trials = walk(strategy, 2)
    assert awaited(trials, LOSS) == {0, 1}
    trials = walk(strategy, 3, trials)
    winners = {t.number for t in sorted(trials, key=lambda t: t.score or 0)[:2]}
    assert awaited(trials, LOSS) == winners
    child = propose(strategy, trials)
    assert child is not None
    assert awaited([*trials, child], LOSS) == winners
    assert awaited(walk(strategy, 4, trials), LOSS) == winners - {child.parent}
    assert awaited(walk(strategy, 5, trials), LOSS) == set()
    assert awaited([Trial(0, {}, TrialState.COMPLETE, score=1.0)], LOSS) == set()


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("hyperband", {"reduction_factor": 1}, "reduction_factor must be at least 2, but is 1"),
        ("hyperband", {"min_epochs": 99}, r"at most budget.epochs \(9\), but is 99"),
        ("hyperband", {"budget": 3}, "has no option 'budget'"),
        ("one_epoch", {"epochs": 10}, r"at most budget.epochs \(9\), but is 10"),
        ("one_epoch", {"best": 0}, "best must be at least 1, but is 0"),
        ("one_epoch", {"bset": 2}, "did you mean 'best'"),
    ],
)
def test_wrong_options_are_told(name: str, options: dict[str, Any], reason: str) -> None:
    spec = StrategySpec(name=name, options=options)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=reason):
        make_strategy(spec, Budget(trials=20, epochs=9))
