"""The search loop: propose → train → record → stop.

The outside world (trainer, ledger, clock, screen) comes in as arguments; what goes wrong in a
trial is a failed trial, and only what no later trial could mend is raised.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from tuneit.errors.wording import counted
from tuneit.search.protocols import Pruner, Stopping, Trainer, TrialStore, View
from tuneit.space import GRID_POINTS, Params, SearchSpace, params_key
from tuneit.strategies.base import Situation, Strategy, Suggestion
from tuneit.strategies.tried import Tried
from tuneit.trials import (
    TIME_IS_UP,
    Objective,
    Proposal,
    Trial,
    TrialState,
    best_trial,
    objective_values,
    training_seed,
    trial_rng,
)

MAX_ATTEMPTS = 20
"""Times that a strategy is asked again after proposing what was trained already."""

PILOTS = 8
"""Trials under way at most in a study with a budget of time, until one has shown what it takes."""


@dataclass(frozen=True)
class Limits:
    """When a search ends: `trials` counts all of the study's, `seconds` all its runs together."""

    trials: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Outcome:
    """How a search ended: `stopped` is a sentence; `space` has the hyperparameters met late."""

    space: SearchSpace
    stopped: str
    interrupted: bool = False


@dataclass
class _Search:
    """One run of the loop; also the trainer's proposals and its observer."""

    space: SearchSpace
    objective: Objective
    strategy: Strategy
    store: TrialStore
    seed: int
    limits: Limits
    stopping: Stopping | None
    pruner: Pruner
    view: View
    judge: Callable[[Trial], str | None]
    keep: Callable[[Trial, bool], None]
    clock: Callable[[], float]
    others: tuple[Objective, ...] = ()
    interrupted: Callable[[], bool] = lambda: False
    unasked: Callable[[SearchSpace, Params], Params | None] = lambda space, params: None
    stopped: str = ""
    _began: float = field(init=False)
    _best: Trial | None = field(init=False)
    _unfinished: deque[Trial] = field(init=False)
    _tried: Tried = field(default_factory=Tried, init=False)

    def __post_init__(self) -> None:
        trials = self.store.trials()
        for trial in trials:
            self._meet(trial)
        self._best = best_trial(trials, self.objective)
        self._unfinished = deque(t for t in trials if not t.finished)
        spent = max((t.facts.clock or 0.0 for t in trials), default=0.0)
        self._began = self.clock() - spent

    # ------------------------------------------------------------------ proposing

    def __iter__(self) -> Iterator[Proposal]:
        return self

    def __next__(self) -> Proposal:
        """An interrupted trial under its own number; when there are no more, a new one.

        Raises StopIteration at a limit, and where the strategy has nothing to propose; this may
        change while trials are running.
        """
        if self._unfinished:
            trial = self._unfinished.popleft()
            # A round that was interrupted ends where it would have ended.
            newest = self.store.trials()[-1]
            ends = not self._unfinished and newest.memory.ends_round
            proposal = replace(trial.proposal, ends_round=ends)
        else:
            number = len(self.store.trials())
            if self._limit_reached() or not self._time_for_another():
                raise StopIteration
            new = self._propose(number)
            if new is None:
                raise StopIteration
            proposal = new
        self.store.start(proposal, self.space)
        return proposal

    def _limit_reached(self) -> bool:
        trials = self.store.trials()
        limit: str | None = None
        if self.limits.trials is not None and len(trials) >= self.limits.trials:
            limit = f"the budget of {counted(self.limits.trials, 'trial')} is used up"
        elif self._out_of_time():
            limit = f"the budget of {self.limits.seconds:g} s is used up"
        elif self.stopping is not None:
            limit = self.stopping.reason(trials, self.space)
        self.stopped = limit or ""
        return limit is not None

    def nothing_left(self) -> str:
        """Say why no more was proposed, where no limit was reached."""
        self._tried.follow(self.space, self.store.trials())
        if next(self._tried.left(), None) is None:
            return _all_tried(self.space)
        return "the strategy proposed no more, although more could be tried"

    def _out_of_time(self) -> bool:
        return self.limits.seconds is not None and self.elapsed() >= self.limits.seconds

    def _time_for_another(self) -> bool:
        """Whether those under way leave time for one more, at the pace of those that have ended.

        A trainer that takes many at once is thus given as many as it can end.
        """
        if self.limits.seconds is None:
            return True
        trials = self.store.trials()
        ended = sum(trial.facts.clock is not None for trial in trials)
        under_way = sum(not trial.finished for trial in trials) - len(self._unfinished)
        if not under_way or not ended:
            return under_way < PILOTS
        elapsed = self.elapsed()
        return under_way * elapsed / ended < self.limits.seconds - elapsed

    def _propose(self, number: int) -> Proposal | None:
        """Ask the strategy until it names what was not trained yet, then help it out."""
        trials = self.store.trials()
        self._tried.follow(self.space, trials)
        for attempt in range(MAX_ATTEMPTS):
            situation = Situation(
                *(self.space, trials, self.objective, self.seed, number, attempt, self.others),
                known=self._tried,
            )
            suggestion = self.strategy.propose(situation)
            if suggestion is None:
                return None
            if suggestion.parent is None and self._tried.is_everything:
                return None
            proposal = self._proposal(number, suggestion)
            if suggestion.parent is not None or self._is_new(proposal):
                return proposal
        return self._untried(number)

    def _proposal(self, number: int, suggestion: Suggestion) -> Proposal:
        return Proposal(
            number,
            suggestion.params,
            training_seed(self.seed, number),
            suggestion.memory,
            suggestion.memory.ends_round,
            self.unasked(self.space, suggestion.params),
        )

    def _is_new(self, proposal: Proposal) -> bool:
        return (
            params_key(proposal.params) not in self._tried
            and params_key(Trial.begun(proposal).params) not in self._tried
        )

    def _untried(self, number: int) -> Proposal | None:
        """A configuration that nobody tried: a random one, else the first of the grid."""
        rng = trial_rng(self.seed, number, MAX_ATTEMPTS)
        draws: Iterator[Params] = (self.space.sample(rng) for _ in range(10 * MAX_ATTEMPTS))
        for params in chain(draws, self._tried.left()):
            proposal = self._proposal(number, Suggestion(params))
            if self._is_new(proposal):
                return proposal
        return None

    # ------------------------------------------------------------------ recording

    def finish(self, trial: Trial) -> None:
        """Judge, record and keep a trial that has ended."""
        self._meet(trial)
        known = [trial] if self._best is None else [trial, self._best]
        self._best = best_trial(known, self.objective)
        is_best = self._best is trial
        facts = replace(trial.facts, clock=round(self.elapsed(), 3))
        values = objective_values(trial, (self.objective, *self.others))
        trial = replace(trial, verdict=self.judge(trial), facts=facts, values=values)
        self.store.record(trial, self.space)
        self.keep(trial, is_best)
        self.view.finished(trial, is_best)

    def _meet(self, trial: Trial) -> None:
        """Let hyperparameters that a builder asked for only in this trial join the space."""
        self.space = self.space.with_parameters(trial.facts.late)

    def elapsed(self) -> float:
        """Seconds that the study has taken, in all its runs together."""
        return self.clock() - self._began

    # ------------------------------------------------------------------ observing

    def started(self, proposal: Proposal) -> None:
        self.view.started(proposal)

    def epoch(self, number: int, epoch: int, logs: Mapping[str, float]) -> str | None:
        self.view.epoch(number, epoch, logs)
        if self.interrupted():
            raise KeyboardInterrupt
        if self._out_of_time():
            return TIME_IS_UP
        value = logs.get(self.objective.metric)
        if value is None:
            return None
        return self.pruner.reason(number, epoch, float(value), self.store.trials())

    def execution(self, number: int, scores: Sequence[float]) -> str | None:
        if self.interrupted():
            raise KeyboardInterrupt
        if self._out_of_time():
            return TIME_IS_UP
        return self.pruner.reason_after_execution(number, scores, self.store.trials())

    def keeps(self, score: float) -> bool:
        best = self._best
        if best is None or score != best.score:
            return self.objective.better(score, best.score if best else None)
        # Of equals the first in number is the best, but need not be the first that ends.
        return any(not trial.finished for trial in self.store.trials()[: best.number])


def _all_tried(space: SearchSpace) -> str:
    """Say that a strategy has nothing more to propose, and what would give it more."""
    if space.size == 1:
        return (
            "the search space has one configuration, which has been tried: let the builder ask "
            "for ranges or choices (hp.Int, hp.Float, hp.Choice), or define some in `parameters:`"
        )
    if space.coarse:
        return (
            f"every point of the grid has been tried, with {GRID_POINTS} values each of "
            f"{', '.join(space.coarse)}: a `step` sets others"
        )
    return "every configuration of the search space has been tried"


def run_search(
    *,
    space: SearchSpace,
    objective: Objective,
    strategy: Strategy,
    trainer: Trainer,
    store: TrialStore,
    seed: int,
    limits: Limits,
    pruner: Pruner,
    view: View,
    judge: Callable[[Trial], str | None],
    keep: Callable[[Trial, bool], None],
    stopping: Stopping | None = None,
    clock: Callable[[], float] = time.monotonic,
    others: Sequence[Objective] = (),
    interrupted: Callable[[], bool] = lambda: False,
    unasked: Callable[[SearchSpace, Params], Params | None] = lambda space, params: None,
) -> Outcome:
    """Search until a limit or `stopping` says so, the space is exhausted, or Ctrl-C.

    `judge` gives a finished trial its verdict; `keep(trial, is_best)` is called after a trial is
    recorded. A trial that Ctrl-C cuts off stays unfinished in the store, and is the first to be
    trained, under the same number, when the search goes on. `others` are the objectives beside
    the primary one: strategies see them, and each trial's `values` has a number for every one.
    `interrupted` tells of a Ctrl-C that training swallowed: what failed after it is no failed
    trial. `unasked` tells which proposed hyperparameters a builder will pass over, None where that
    is not known: configurations that differ only in these are not trained twice.
    """
    search = _Search(
        space,
        objective,
        strategy,
        store,
        seed,
        limits,
        stopping,
        pruner,
        view,
        judge,
        keep,
        clock,
        tuple(others),
        interrupted,
        unasked,
    )
    was_interrupted = False
    view.begin(store.trials())
    try:
        for trial in trainer.train(search, search):
            if not interrupted() or trial.state is TrialState.COMPLETE:
                search.finish(trial)
            if interrupted():
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        was_interrupted = True
    finally:
        view.end()
    if was_interrupted:
        return Outcome(search.space, "interrupted; the same command resumes", True)
    return Outcome(search.space, search.stopped or search.nothing_left())
