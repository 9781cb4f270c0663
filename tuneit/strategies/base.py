"""The interface of a strategy: what it is given, and what it returns."""

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
    """Everything that a strategy may use to propose a trial.

    `trials` holds the study's trials in order of number, with the running ones. `number` is that of
    the trial to propose. `attempt` is 0, and one more each time that a proposal was trained
    already. `objective` is the primary one, whose value is `Trial.score`; if there are `others`,
    `Trial.values` has a number for each of `objectives`. `known` is the value of `tried`, if the
    caller keeps one up to date over many proposals.
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
        """A new generator, seeded with the study's seed, the number and the attempt."""
        return trial_rng(self.seed, self.number, self.attempt)


@dataclass(frozen=True)
class Suggestion:
    """Values for the active hyperparameters, and what the strategy stores with the trial."""

    params: Params
    memory: Memory = field(default_factory=Memory)

    @property
    def parent(self) -> int | None:
        """The number of the trial that this one continues; it does not count as a repetition."""
        return self.memory.parent


class Strategy(Protocol):
    """Proposes the next configuration, from the situation alone."""

    def propose(self, situation: Situation) -> Suggestion | None:
        """Return a configuration inside the space, or None if none is left."""
