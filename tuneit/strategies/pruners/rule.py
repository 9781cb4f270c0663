"""The interface of pruning rules, and the values that they get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tuneit.errors.wording import figures
from tuneit.strategies.pruners.scores import Scores


@dataclass(frozen=True)
class Standing:
    """What a rule knows of a trial.

    `best` is the best value so far at each epoch from 1, signed so that higher is better. `value`
    is the objective as reported at this epoch. `longest` is the epochs of a full training, 0 if
    that is not known.
    """

    number: int
    epoch: int
    value: float
    best: Sequence[float]
    scores: Scores
    longest: int

    def __str__(self) -> str:
        """The best value so far, with the objective's own sign."""
        return f"{self.scores.objective.metric} {self.shown(self.best[-1])} at epoch {self.epoch}"

    def shown(self, best: float) -> str:
        """A best value of this or another trial, with the objective's own sign."""
        return figures(self.scores.objective.sign * best)


class Rule(Protocol):
    """Decides whether a trial should stop."""

    def judge(self, standing: Standing) -> str | None:
        """Return a reason to stop, as part of a sentence, or None."""


def at_least(name: str, value: int, least: int) -> None:
    """Raise ValueError if an option is below its least value."""
    if value < least:
        raise ValueError(f"{name} must be at least {least}, but is {value}")
