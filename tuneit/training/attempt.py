"""A try at a trial in another process, which may die under it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tuneit.curves import LearningCurve
from tuneit.search.protocols import Observer
from tuneit.training.workers.messages import EpochEnded, ExecutionEnded, ExecutionKept, SaveRequest
from tuneit.trials import Proposal, Trial, TrialState


@dataclass
class Attempt:
    """A proposal that another process trains; `causes` say how earlier attempts at it ended.

    `rows` are the epochs reported so far.
    """

    proposal: Proposal
    causes: tuple[str, ...] = ()
    rows: list[dict[str, float]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def keep(self, message: ExecutionKept) -> None:
        """Let a further attempt begin with this execution and those before it."""
        ended = (*self.proposal.ended[: message.index], message.execution)
        self.proposal = replace(self.proposal, ended=ended)

    def after(self, cause: str) -> Attempt:
        """Return the next attempt, where this one has ended with `cause`."""
        return Attempt(self.proposal, (*self.causes, cause))

    def ended(self, trial: Trial) -> Trial:
        """Return the trial with the causes of earlier attempts."""
        if not self.causes:
            return trial
        return replace(trial, facts=replace(trial.facts, retried="; ".join(self.causes)))

    def failed(self, cause: str, models: Path) -> Trial:
        """Return the trial that failed with this attempt, and delete what it left in `models`."""
        proposal = self.proposal
        with contextlib.suppress(OSError):
            for model in models.glob(f"{proposal.number:04d}.*"):
                model.unlink(missing_ok=True)
        return self.ended(
            Trial(
                number=proposal.number,
                params=proposal.params,
                state=TrialState.FAILED,
                seed=proposal.seed,
                curve=LearningCurve.from_epochs(self.rows) if self.rows else None,
                duration_s=time.monotonic() - self.began,
                error=cause,
                memory=proposal.memory,
            )
        )


def answered(
    question: EpochEnded | ExecutionEnded | SaveRequest,
    attempts: Mapping[int, Attempt],
    observer: Observer,
) -> Any:
    """Return the observer's answer to a question of one of these attempts; note its epochs."""
    if isinstance(question, EpochEnded):
        attempts[question.number].rows.append(dict(question.logs))
        return observer.epoch(question.number, question.epoch, question.logs)
    if isinstance(question, ExecutionEnded):
        return observer.execution(question.number, question.scores)
    return observer.keeps(question.score)


@dataclass(frozen=True)
class TrialTimeout:
    """The longest silence of a process that trains, in seconds; None has no limit."""

    seconds: float | None

    @property
    def cause(self) -> str:
        """Why an attempt ended, as a clause."""
        return f"no epoch ended for {self.seconds:g} s (trial_timeout)"

    def wait(self, last_messages: Iterable[float]) -> float | None:
        """Seconds until the first of these monotonic times lies too far back, or None."""
        if self.seconds is None:
            return None
        now = time.monotonic()
        waits = [last + self.seconds - now for last in last_messages]
        return max(min(waits), 0.0) if waits else None

    def is_over(self, last_message: float) -> bool:
        """Whether this monotonic time lies too far back."""
        return self.seconds is not None and time.monotonic() - last_message >= self.seconds
