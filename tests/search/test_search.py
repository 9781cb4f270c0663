"""The loop: budgets, duplicates, interruption, late hyperparameters."""

from __future__ import annotations

import itertools
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tuneit
from tuneit.curves import LearningCurve
from tuneit.search import PILOTS, Limits, SearchConfig, run_search
from tuneit.space import Choice, Float, Int, SearchSpace
from tuneit.strategies.base import Situation, Suggestion
from tuneit.strategies.grid import Grid
from tuneit.trials import Facts, Memory, Objective, Proposal, Trial, TrialState, execution_seeds

OBJECTIVE = Objective("val_loss", "minimize")
SPACE = SearchSpace((Float(name="x", low=0, high=1),))


class Uniform:
    def propose(self, situation: Situation) -> Suggestion:
        return Suggestion(situation.space.sample(situation.rng))


class Stubborn:
    """Proposes the same point for ever."""

    def propose(self, situation: Situation) -> Suggestion:
        return Suggestion(situation.space.defaults())


class Kept:
    def __init__(self) -> None:
        self.kept: dict[int, Trial] = {}

    def trials(self) -> tuple[Trial, ...]:
        return tuple(self.kept[n] for n in sorted(self.kept))

    def propose(self, proposal: Proposal, space: SearchSpace) -> None:
        self.kept[proposal.number] = Trial(
            proposal.number, proposal.params, seed=proposal.seed, memory=proposal.memory
        )

    def start(self, proposal: Proposal, space: SearchSpace) -> None:
        assert proposal.number in self.kept

    def record(self, trial: Trial, space: SearchSpace) -> None:
        self.kept[trial.number] = trial


class Function:
    """Trains by calling `score(params)`, three epochs long."""

    def __init__(self, score: Any) -> None:
        self.score = score

    def train(self, proposals: Any, observer: Any) -> Any:
        for proposal in proposals:
            observer.started(proposal)
            trial = Trial(
                proposal.number, proposal.params, seed=proposal.seed, memory=proposal.memory
            )
            try:
                value = float(self.score(proposal.params))
            except ValueError as error:
                yield replace(trial, state=TrialState.FAILED, error=str(error))
                continue
            state, logs, facts = TrialState.COMPLETE, [], Facts()
            for epoch in (1, 2, 3):
                logs.append({"val_loss": value + 3 - epoch})
                if reason := observer.epoch(proposal.number, epoch, logs[-1]):
                    state, facts = TrialState.PRUNED, Facts(pruned=reason)
                    break
            curve = LearningCurve.from_epochs(logs)
            score = float(curve["val_loss"][-1])
            yield replace(trial, state=state, score=score, curve=curve, facts=facts)


class NeverPrune:
    def reason(self, number: int, epoch: int, value: float, trials: Any) -> str | None:
        return None


class Silent:
    def begin(self, trials: Any) -> None: ...
    def started(self, proposal: Any) -> None: ...
    def epoch(self, number: int, epoch: int, logs: Any) -> None: ...
    def finished(self, trial: Any, is_best: bool) -> None: ...
    def end(self) -> None: ...


def a_search(store: Kept, score: Any = lambda p: (p["x"] - 0.3) ** 2, **changes: Any) -> Any:
    arguments: dict[str, Any] = {
        "space": SPACE,
        "objective": OBJECTIVE,
        "strategy": Uniform(),
        "trainer": Function(score),
        "store": store,
        "seed": 1,
        "limits": Limits(trials=8),
        "pruner": NeverPrune(),
        "view": Silent(),
        "judge": lambda trial: "healthy",
        "keep": lambda trial, is_best: None,
    }
    return run_search(SearchConfig(**arguments | changes))


def test_the_budget_of_trials_is_exact_and_said() -> None:
    store = Kept()
    outcome = a_search(store)
    assert [t.number for t in store.trials()] == list(range(8))
    assert outcome.stopped == "the budget of 8 trials is used up"


def test_a_clock_that_jumps_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    real, jumps = time.time, itertools.cycle([86_400.0, 0.0, -86_400.0])
    monkeypatch.setattr(time, "time", lambda: real() + next(jumps))
    quiet, store = Kept(), Kept()
    monkeypatch.setattr("time.time_ns", lambda: int(1e9 * time.time()))
    outcome = a_search(store, limits=Limits(trials=8, seconds=600))
    assert outcome.stopped == "the budget of 8 trials is used up"
    monkeypatch.undo()
    a_search(quiet)
    assert [t.params for t in store.trials()] == [t.params for t in quiet.trials()]
    # Nothing measures by the clock that people and programs set.
    sources = Path(tuneit.__file__).parent.rglob("*.py")
    assert not [path for path in sources if re.search(r"\btime\.time(_ns)?\(", path.read_text())]


def test_what_time_cut_short_is_tried_again_when_there_is_more() -> None:
    space = SearchSpace((Choice(name="x", values=(0.1, 0.2, 0.3)),))
    store, ticks = Kept(), itertools.count()
    more = {"space": space, "strategy": Grid(), "clock": lambda: float(next(ticks))}
    a_search(store, limits=Limits(seconds=7), **more)
    cut = [t.number for t in store.trials() if t.cut_short]
    assert cut == [len(store.kept) - 1]
    again = {**more, "strategy": Grid()}
    outcome = a_search(store, limits=Limits(seconds=1_000), **again)
    assert outcome.stopped == "every configuration of the search space has been tried"
    whole = [t for t in store.trials() if t.state is TrialState.COMPLETE]
    assert sorted(t.params["x"] for t in whole) == [0.1, 0.2, 0.3]


def test_a_strategy_that_proposes_no_more_is_told_from_a_space_without_more() -> None:
    class Silenced:
        def propose(self, situation: Situation) -> None:
            return None

    outcome = a_search(Kept(), strategy=Silenced())
    assert (
        outcome.stopped
        == "the strategy proposed no more configurations, although others are untried"
    )


def test_a_larger_budget_goes_on_as_if_it_had_never_stopped() -> None:
    whole, parts = Kept(), Kept()
    a_search(whole)
    a_search(parts, limits=Limits(trials=3))
    a_search(parts)
    assert [t.params for t in whole.trials()] == [t.params for t in parts.trials()]
    assert [t.score for t in whole.trials()] == [t.score for t in parts.trials()]


def test_an_interrupted_trial_runs_again_under_its_own_number() -> None:
    whole, cut = Kept(), Kept()
    a_search(whole)
    calls = iter(range(100))

    def score(params: Any) -> float:
        if next(calls) == 4:
            raise KeyboardInterrupt
        return float((params["x"] - 0.3) ** 2)

    outcome = a_search(cut, score)
    assert outcome.interrupted
    assert [t.finished for t in cut.trials()] == [True] * 4 + [False]
    a_search(cut)
    assert [(t.params, t.score, t.seed) for t in cut.trials()] == [
        (t.params, t.score, t.seed) for t in whole.trials()
    ]


class NotingSeeds(Function):
    def __init__(self, *interrupted_at: int) -> None:
        super().__init__(lambda params: params["x"])
        self.seeds: dict[int, tuple[int, ...]] = {}
        self.interrupted_at = interrupted_at

    def train(self, proposals: Any, observer: Any) -> Any:
        for proposal in proposals:
            if proposal.number in self.interrupted_at:
                raise KeyboardInterrupt
            self.seeds[proposal.number] = proposal.seeds
            yield from super().train([proposal], observer)


def test_every_execution_has_its_seed_also_after_an_interruption() -> None:
    whole, before, after = NotingSeeds(), NotingSeeds(2), NotingSeeds()
    a_search(Kept(), trainer=whole, executions=3)
    store = Kept()
    a_search(store, trainer=before, executions=3)
    a_search(store, trainer=after, executions=3)
    assert before.seeds | after.seeds == whole.seeds
    assert whole.seeds == {number: execution_seeds(1, number, 3) for number in range(8)}


@pytest.mark.parametrize("swallowed_as", [None, "failure"])
def test_an_interrupt_that_training_swallowed_ends_the_search(swallowed_as: str | None) -> None:
    whole, cut = Kept(), Kept()
    a_search(whole)
    calls = iter(range(100))
    seen: list[bool] = []

    def score(params: Any) -> float:
        if next(calls) == 4:
            seen.append(True)
            if swallowed_as is not None:
                raise ValueError("None values not supported")
        return float((params["x"] - 0.3) ** 2)

    outcome = a_search(cut, score, interrupted=lambda: bool(seen))
    assert outcome.interrupted
    assert [t.finished for t in cut.trials()] == [True] * 4 + [False]
    a_search(cut)
    assert [(t.params, t.score) for t in cut.trials()] == [
        (t.params, t.score) for t in whole.trials()
    ]


def test_failures_are_trials_and_the_search_goes_on() -> None:
    def score(params: Any) -> float:
        raise ValueError("no luck")

    store = Kept()
    a_search(store, score)
    assert [t.state for t in store.trials()] == [TrialState.FAILED] * 8


def test_what_was_tried_is_not_trained_again_and_exhaustion_is_said() -> None:
    space = SearchSpace((Int(name="n", low=1, high=3), Choice(name="c", values=("a", "b"))))
    store = Kept()
    outcome = a_search(store, lambda p: p["n"], space=space, strategy=Stubborn())
    assert len({tuple(t.params.items()) for t in store.trials()}) == len(store.trials()) == 6
    assert outcome.stopped == "every configuration of the search space has been tried"


@pytest.mark.parametrize(
    ("space", "words"),
    [
        (SearchSpace((Int(name="n", low=3, high=3),)), "one configuration.*hp.Int, hp.Float"),
        (SearchSpace((Float(name="x", low=0, high=1),)), "10 values each of x: set a `step`"),
    ],
)
def test_what_would_give_more_to_try_is_said(space: SearchSpace, words: str) -> None:
    outcome = a_search(
        Kept(), lambda p: 0.5, space=space, strategy=Grid(), limits=Limits(trials=99)
    )
    assert re.search(words, outcome.stopped), outcome.stopped


def test_time_ends_the_search_and_counts_earlier_runs() -> None:
    ticks = iter(np.arange(0.0, 1000.0, 1.0))
    store = Kept()
    outcome = a_search(store, limits=Limits(seconds=30), clock=lambda: float(next(ticks)))
    assert outcome.stopped == "the budget of 30 s is used up"
    trained = len(store.trials())
    assert 0 < trained < 30
    a_search(store, limits=Limits(seconds=30), clock=lambda: float(next(ticks)))
    assert len(store.trials()) == trained


def test_the_pruner_is_asked_and_its_trials_cannot_win() -> None:
    class Strict:
        def reason(self, number: int, epoch: int, value: float, trials: Any) -> str | None:
            return "poor" if number == 2 else None

    store, bests = Kept(), []
    a_search(
        store,
        lambda p: -p["x"],
        pruner=Strict(),
        keep=lambda trial, is_best: bests.append(trial.number) if is_best else None,
    )
    assert store.kept[2].state is TrialState.PRUNED
    assert store.kept[2].epochs == 1
    assert 2 not in bests


def test_pruned_and_failed_trials_count_against_the_budget() -> None:
    class Strict(NeverPrune):
        def reason(self, number: int, epoch: int, value: float, trials: Any) -> str | None:
            return "poor" if number % 3 == 1 else None

    def score(params: Any) -> float:
        if store.trials()[-1].number % 3 == 2:
            raise ValueError("no such size")
        return float(params["x"])

    store = Kept()
    outcome = a_search(store, score, pruner=Strict(), limits=Limits(trials=6))
    assert [str(t.state) for t in store.trials()] == ["complete", "pruned", "failed"] * 2
    assert outcome.stopped == "the budget of 6 trials is used up"


def test_only_improvements_are_kept_as_best() -> None:
    store, bests = Kept(), []
    a_search(store, keep=lambda t, is_best: bests.append(t.score) if is_best else None)
    assert bests == sorted(bests, reverse=True)
    assert min(t.score or 0 for t in store.trials()) == bests[-1]


def test_hyperparameters_met_late_join_the_space() -> None:
    late = Int(name="batch_size", low=8, high=64)

    class Late(Function):
        def train(self, proposals: Any, observer: Any) -> Any:
            for trial in super().train(proposals, observer):
                facts = Facts(late=(late,))
                params = {"batch_size": 8, **trial.params}
                yield replace(trial, params=params, facts=facts)

    store = Kept()
    outcome = a_search(store, trainer=Late(lambda p: p["x"]))
    assert outcome.space.names == ("x", "batch_size")
    assert all("batch_size" in t.params for t in store.trials()[1:])


@pytest.mark.parametrize("score", [float("nan"), float("inf"), float("-inf")])
def test_a_useless_score_never_becomes_best(score: float) -> None:
    store, bests = Kept(), []
    a_search(store, lambda p: score, keep=lambda t, is_best: bests.append(is_best))
    assert not any(bests)


def test_a_rule_ends_the_study_and_a_second_run_trains_nothing_more() -> None:
    class Enough:
        def reason(self, trials: Any, space: SearchSpace) -> str | None:
            return "good enough" if len(trials) >= 3 else None

    store = Kept()
    for _ in range(2):
        outcome = a_search(store, stopping=Enough())
        assert outcome.stopped == "good enough"
        assert len(store.trials()) == 3


def test_a_promoted_trial_is_no_repetition_even_when_the_space_is_exhausted() -> None:
    class Promote:
        def propose(self, situation: Situation) -> Suggestion | None:
            number = situation.number
            if number == 4:
                return None
            params = {"n": number % 2}
            return Suggestion(params, Memory(parent=number - 2 if number > 1 else None))

    store = Kept()
    space = SearchSpace((Int(name="n", low=0, high=1),))
    a_search(store, lambda p: p["n"], space=space, strategy=Promote())
    assert [t.params["n"] for t in store.trials()] == [0, 1, 0, 1]
    assert [t.parent for t in store.trials()] == [None, None, 0, 1]


class Pairs(Function):
    """Trains two at a time: asks for another proposal whenever one of them has ended."""

    def train(self, proposals: Any, observer: Any) -> Any:
        running: list[Proposal] = []
        while True:
            while len(running) < 2 and (proposal := next(proposals, None)) is not None:
                running.append(proposal)
            if not running:
                return
            yield from super().train(iter([running.pop(0)]), observer)


def test_a_promotion_that_waits_for_a_running_trial_is_made_when_that_has_ended() -> None:
    class Promote:
        """The last point, and when it has ended its continuation."""

        def propose(self, situation: Situation) -> Suggestion | None:
            trials = situation.trials
            if len(trials) < 3:
                return Suggestion({"n": len(trials)})
            if len(trials) == 3 and all(t.finished for t in trials):
                return Suggestion({"n": 2}, Memory(parent=2))
            return None

    store = Kept()
    space = SearchSpace((Int(name="n", low=0, high=2),))
    outcome = a_search(
        store,
        space=space,
        strategy=Promote(),
        trainer=Pairs(lambda p: p["n"]),
        limits=Limits(trials=9),
    )
    assert [t.params["n"] for t in store.trials()] == [0, 1, 2, 2]
    assert all(t.finished for t in store.trials())
    assert outcome.stopped == "every configuration of the search space has been tried"


def test_of_equals_the_first_in_number_is_kept_whichever_ends_first() -> None:
    class Backwards(Function):
        def train(self, proposals: Any, observer: Any) -> Any:
            pulled = list(proposals)
            for trial in [*super().train(iter(pulled), observer)][::-1]:
                kept[trial.number] = observer.keeps(float(trial.score or 0.0))
                yield trial

    kept: dict[int, bool] = {}
    bests: list[int] = []
    a_search(
        Kept(),
        trainer=Backwards(lambda p: 0.5),
        limits=Limits(trials=3),
        keep=lambda t, is_best: bests.append(t.number) if is_best else None,
    )
    assert bests == [2, 1, 0]
    assert kept == {0: True, 1: True, 2: True}


class Rounds:
    """Wants to see three results at a time."""

    def propose(self, situation: Situation) -> Suggestion:
        memory = Memory(ends_round=situation.number % 3 == 2)
        return Suggestion(situation.space.sample(situation.rng), memory)


class Together(Function):
    """Pulls a round, then trains it."""

    def __init__(self, score: Any) -> None:
        super().__init__(score)
        self.rounds: list[list[int]] = []

    def train(self, proposals: Any, observer: Any) -> Any:
        while pulled := list(self._pulled(proposals)):
            self.rounds.append([p.number for p in pulled])
            yield from super().train(iter(pulled), observer)

    def _pulled(self, proposals: Any) -> Any:
        for proposal in proposals:
            yield proposal
            if proposal.ends_round:
                return


def test_rounds_end_where_the_strategy_says_after_an_interruption_too() -> None:
    store, trainer = Kept(), Together(lambda p: p["x"])
    a_search(store, strategy=Rounds(), trainer=trainer, limits=Limits(trials=7))
    assert trainer.rounds == [[0, 1, 2], [3, 4, 5], [6]]
    # The search was killed when of the second round only its last trial had ended.
    for number in (3, 4):
        store.kept[number] = replace(store.kept[number], state=TrialState.RUNNING)
    del store.kept[6]
    again = Together(lambda p: p["x"])
    a_search(store, strategy=Rounds(), trainer=again, limits=Limits(trials=7))
    assert again.rounds == [[3, 4], [6]]


def test_no_more_is_begun_at_once_than_there_is_time_for() -> None:
    now = 0.0

    def takes_a_second(params: Any) -> float:
        nonlocal now
        now += 1.0
        return float(params["x"])

    search = {"limits": Limits(seconds=20), "clock": lambda: now}
    store, trainer = Kept(), Together(takes_a_second)
    a_search(store, trainer=trainer, **search)
    # So many until it is known what one takes, then what is left, and nothing is cut short.
    assert [len(pulled) for pulled in trainer.rounds] == [PILOTS, 20 - PILOTS]
    assert all(trial.state is TrialState.COMPLETE for trial in store.trials()[:-1])
