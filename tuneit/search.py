"""The search loop: propose → train → record → stop.

The outside world (trainer, ledger, clock, screen) comes in as arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from tuneit.trials import Proposal, Trial


class Observer(Protocol):
    """What a trainer tells, and asks, while it trains."""

    def started(self, proposal: Proposal) -> None:
        """Training of a proposal begins."""

    def epoch(self, number: int, epoch: int, logs: Mapping[str, float]) -> str | None:
        """An epoch (from 1) of a trial ended; return a reason to prune the trial, or None."""

    def keeps(self, score: float) -> bool:
        """Tell whether a finished model with that score is worth saving."""


class Trainer(Protocol):
    """Turns proposals into trials; pulls the next proposal only when it can train it."""

    def train(self, proposals: Iterator[Proposal], observer: Observer) -> Iterator[Trial]:
        """Yield each trial as it ends; a trial that fails is yielded as such, not raised."""
