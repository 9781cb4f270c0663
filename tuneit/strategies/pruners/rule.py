"""The interface of pruning rules, and what they are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tuneit.strategies.pruners.scores import Scores


@dataclass(frozen=True)
class Standing:
    """What a rule sees of a trial: `best` so far at each epoch, higher better, from epoch 1.

    `value` is the objective as reported at this epoch, `longest` a full training in epochs (0 where
    that is not known).
    """

    number: int
    epoch: int
    value: float
    best: Sequence[float]
    scores: Scores
    longest: int

    def __str__(self) -> str:
        """The best so far, in the objective's own numbers."""
        return f"{self.scores.objective.metric} {self.shown(self.best[-1])} at epoch {self.epoch}"

    def shown(self, best: float) -> str:
        """A best so far, its own or another's, in the objective's own numbers."""
        return f"{self.scores.objective.sign * best:.4g}"


class Rule(Protocol):
    """Says in half a sentence why a trial should stop, or None."""

    def judge(self, standing: Standing) -> str | None:
        """Return the reason, worded with the objective's own numbers, or None."""


def at_least(name: str, value: int, least: int) -> None:
    """Raise ValueError for an option below its least value."""
    if value < least:
        raise ValueError(f"{name} must be at least {least}, but is {value}")
