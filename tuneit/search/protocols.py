"""Protocols of the objects that a search works with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from tuneit.space import SearchSpace
from tuneit.trials import EndedExecution, Proposal, Trial


class Observer(Protocol):
    """Receives a trainer's reports, and decides whether a trial goes on."""

    def started(self, proposal: Proposal) -> None:
        """Training of a proposal begins."""

    def epoch(self, number: int, epoch: int, logs: Mapping[str, float]) -> str | None:
        """An epoch (from 1) of a trial ended; return a reason to prune the trial, or None."""

    def execution(self, number: int, scores: Sequence[float]) -> str | None:
        """An execution of a trial ended, and more are to come; `scores` has one for each so far.

        Return a reason to skip the remaining executions, or None.
        """

    def keep_execution(self, number: int, index: int, execution: EndedExecution) -> None:
        """Keep the execution `index` (from 0) of a trial that goes on, for the case of a crash."""

    def keeps(self, score: float) -> bool:
        """Return whether a model with this score must be saved, because it may be the best one."""


class Trainer(Protocol):
    """Turns proposals into trials; takes the next proposal only when it can train it."""

    def train(self, proposals: Iterator[Proposal], observer: Observer) -> Iterator[Trial]:
        """Yield each trial as it ends; a trial that fails is yielded too, with its error.

        `proposals` may raise StopIteration and yield again later: what a strategy proposes may
        depend on the result of a trial that is still running.
        """


class TrialStore(Protocol):
    """Stores trials."""

    def trials(self) -> Sequence[Trial]:
        """All trials in order of number, running ones included."""

    def propose(self, proposal: Proposal, space: SearchSpace) -> None:
        """Store a proposal; the number may be that of an interrupted trial."""

    def start(self, proposal: Proposal, space: SearchSpace) -> None:
        """Note that the training of a stored proposal begins."""

    def keep_execution(self, number: int, index: int, execution: EndedExecution) -> None:
        """Store the execution `index` (from 0) of a trial that goes on."""

    def record(self, trial: Trial, space: SearchSpace) -> None:
        """Store a trial that has ended."""


class Pruner(Protocol):
    """Decides whether a running trial should stop."""

    def reason(self, number: int, epoch: int, value: float, trials: Sequence[Trial]) -> str | None:
        """Return why the trial should stop, or None; `value` is the objective's metric."""

    def reason_after_execution(
        self, number: int, scores: Sequence[float], trials: Sequence[Trial]
    ) -> str | None:
        """Return why the trial should skip its remaining executions, or None.

        `scores` are those of the executions that have ended, in order.
        """


class Stopping(Protocol):
    """Decides whether a search should end."""

    def reason(self, trials: Sequence[Trial], space: SearchSpace) -> str | None:
        """Return a sentence that says why the study should end, or None."""


class View(Protocol):
    """Shows a search while it runs."""

    def preparing(self, what: str) -> None:
        """A step before the search that takes seconds."""

    def note(self, what: str) -> None:
        """A note on the study, about what its author may not expect."""

    def begin(self, trials: Sequence[Trial]) -> None:
        """The search begins, with what earlier runs have done."""

    def started(self, proposal: Proposal) -> None:
        """A trial begins."""

    def epoch(self, number: int, epoch: int, logs: Mapping[str, float]) -> None:
        """An epoch (from 1) of a trial ended."""

    def finished(self, trial: Trial, is_best: bool) -> None:
        """A trial ended and is recorded."""

    def end(self) -> None:
        """The search ended, for whatever reason."""
