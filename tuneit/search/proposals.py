"""Propose the configurations to train, one after another, until a limit is reached."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from tuneit.errors.wording import counted
from tuneit.search.config import SearchConfig
from tuneit.search.progress import Progress
from tuneit.space import GRID_POINTS, Params, SearchSpace, params_key
from tuneit.strategies.base import Situation, Suggestion
from tuneit.strategies.tried import Tried
from tuneit.trials import Proposal, Trial, execution_seeds, trial_rng

MAX_ATTEMPTS = 20
"""How often a strategy is asked again if it proposes a configuration that was trained already."""

PILOTS = 8
"""With a budget of time, the most trials that run at once until the first one has ended: before,
nobody knows how long a trial takes."""


class Proposals(Iterator[Proposal]):
    """The iterator from which a trainer takes proposals; each is in the store when it is returned.

    `stopped` says which limit ended the search; it is empty until one did.
    """

    def __init__(self, config: SearchConfig, progress: Progress) -> None:
        self._config, self._progress = config, progress
        self._unfinished = deque(t for t in progress.trials if not t.finished)
        self._tried = Tried()
        self.stopped = ""

    def __next__(self) -> Proposal:
        """Return an interrupted trial's proposal; when there are no more, a new one.

        Raises StopIteration at a limit, or when the strategy has nothing to propose. It may have
        something to propose again after a running trial has ended.
        """
        proposal = self._interrupted() or self._new()
        if proposal is None:
            raise StopIteration
        self._config.store.propose(proposal, self._progress.space)
        return proposal

    def _interrupted(self) -> Proposal | None:
        if not self._unfinished:
            return None
        trial = self._unfinished.popleft()
        # A round that was interrupted ends with the same trial as it would have without.
        newest = self._progress.trials[-1]
        ends_round = not self._unfinished and newest.memory.ends_round
        seeds = self._seeds(trial.number)[1:]
        return replace(trial.proposal, ends_round=ends_round, repeat_seeds=seeds)

    def _new(self) -> Proposal | None:
        if self._limit_reached() or not self._time_for_another():
            return None
        return self._propose(len(self._progress.trials))

    def _limit_reached(self) -> bool:
        trials = self._progress.trials
        limit: str | None = None
        if self._config.limits.trials is not None and len(trials) >= self._config.limits.trials:
            limit = f"the budget of {counted(self._config.limits.trials, 'trial')} is used up"
        elif self._progress.out_of_time():
            limit = f"the budget of {self._config.limits.seconds:g} s is used up"
        elif self._config.stopping is not None:
            limit = self._config.stopping.reason(trials, self._progress.space)
        self.stopped = limit or ""
        return limit is not None

    def nothing_left(self) -> str:
        """Say why no more was proposed although no limit was reached."""
        self._tried.follow(self._progress.space, self._progress.trials)
        if next(self._tried.left(), None) is None:
            return _all_tried(self._progress.space)
        return "the strategy proposed no more configurations, although others are untried"

    def _time_for_another(self) -> bool:
        """Whether one more trial can end in time, if it takes as long as those that have ended.

        A trainer that trains many trials at once gets only as many as it can finish.
        """
        if self._config.limits.seconds is None:
            return True
        trials = self._progress.trials
        ended = sum(trial.facts.clock is not None for trial in trials)
        under_way = sum(not trial.finished for trial in trials) - len(self._unfinished)
        if not under_way or not ended:
            return under_way < PILOTS
        elapsed = self._progress.elapsed()
        return under_way * elapsed / ended < self._config.limits.seconds - elapsed

    def _propose(self, number: int) -> Proposal | None:
        """Ask the strategy for an untrained configuration; if it has none, find one."""
        trials = self._progress.trials
        self._tried.follow(self._progress.space, trials)
        for attempt in range(MAX_ATTEMPTS):
            situation = Situation(
                space=self._progress.space,
                trials=trials,
                objective=self._config.objective,
                seed=self._config.seed,
                number=number,
                attempt=attempt,
                others=self._config.others,
                known=self._tried,
            )
            suggestion = self._config.strategy.propose(situation)
            if suggestion is None:
                return None
            if suggestion.parent is None and self._tried.is_everything:
                return None
            proposal = self._proposal(number, suggestion)
            if suggestion.parent is not None or self._is_new(proposal):
                return proposal
        return self._untried(number)

    def _proposal(self, number: int, suggestion: Suggestion) -> Proposal:
        first, *others = self._seeds(number)
        return Proposal(
            number,
            suggestion.params,
            first,
            suggestion.memory,
            suggestion.memory.ends_round,
            self._config.unused(self._progress.space, suggestion.params),
            tuple(others),
        )

    def _seeds(self, number: int) -> tuple[int, ...]:
        return execution_seeds(self._config.seed, number, self._config.executions)

    def _is_new(self, proposal: Proposal) -> bool:
        return (
            params_key(proposal.params) not in self._tried
            and params_key(Trial.begun(proposal).params) not in self._tried
        )

    def _untried(self, number: int) -> Proposal | None:
        """An untrained configuration: a random one, or the first one of the grid."""
        rng = trial_rng(self._config.seed, number, MAX_ATTEMPTS)
        draws: Iterator[Params] = (
            self._progress.space.sample(rng) for _ in range(10 * MAX_ATTEMPTS)
        )
        for params in chain(draws, self._tried.left()):
            proposal = self._proposal(number, Suggestion(params))
            if self._is_new(proposal):
                return proposal
        return None


def _all_tried(space: SearchSpace) -> str:
    """Say that all configurations have been tried, and how to get more of them."""
    if space.size == 1:
        return (
            "the search space has one configuration, which has been tried: let the builder ask "
            "for ranges or choices (hp.Int, hp.Float, hp.Choice), or define some in `parameters:`"
        )
    if space.coarse:
        return (
            f"every point of the grid has been tried, with {GRID_POINTS} values each of "
            f"{', '.join(space.coarse)}: set a `step` to get others"
        )
    return "every configuration of the search space has been tried"
