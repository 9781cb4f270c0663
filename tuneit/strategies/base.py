"""What every strategy is given, and what it returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from tuneit.space import Params, SearchSpace
from tuneit.strategies.tried import Tried
from tuneit.trials import Memory, Objective, Trial, trial_rng


@dataclass(frozen=True)
class Situation:
    """All that a strategy may look at.

    `trials` holds the study's trials in order of number, running ones included; `number` is the
    number of the trial to propose; `attempt` counts up when a proposal turned out to have been
    trained already. `objective` is the primary one, which `Trial.score` speaks of; where there
    are `others`, `Trial.values` has a number for each of `objectives`. `known` is `tried`, where
    the caller keeps it up to date over many proposals.
    """

    space: SearchSpace
    trials: Sequence[Trial]
    objective: Objective
    seed: int
    number: int
    attempt: int = 0
    others: tuple[Objective, ...] = ()
    known: Tried | None = field(default=None, repr=False, compare=False)

    @cached_property
    def tried(self) -> Tried:
        """The configurations of `trials`, as keys (`params_key`)."""
        return Tried(self.space, self.trials) if self.known is None else self.known

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """All objectives, the primary one first."""
        return (self.objective, *self.others)

    @property
    def rng(self) -> np.random.Generator:
        """A fresh generator, a function of seed, number and attempt alone."""
        return trial_rng(self.seed, self.number, self.attempt)


@dataclass(frozen=True)
class Suggestion:
    """Values for the active hyperparameters, and what the strategy keeps with the trial."""

    params: Params
    memory: Memory = field(default_factory=Memory)

    @property
    def parent(self) -> int | None:
        """The trial that this one continues; such a suggestion is no repetition."""
        return self.memory.parent


class Strategy(Protocol):
    """Proposes the next configuration; all that it knows is in the situation."""

    def propose(self, situation: Situation) -> Suggestion | None:
        """Return a configuration inside the space, or None where none is left."""
