"""What a search asks a trainer to train."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tuneit.space import Params, Scalar
from tuneit.trials.ended_execution import EndedExecution
from tuneit.trials.memory import Memory


@dataclass(frozen=True)
class Proposal:
    """A configuration to train: `params` may lack hyperparameters that nobody has met yet.

    `seed` starts the first execution, `repeat_seeds` the others: trials with the same seeds differ
    in nothing but their values. `memory` is what the strategy stores with the trial.
    After a proposal that `ends_round` the next may depend on results: a trainer that trains many
    at once asks for no more before these have ended. `unused` are those of `params` that the
    builder will not ask for; None where that is not known. `ended` are the first executions of an
    interrupted trial, which had ended before the interruption. `node` is the machine of a cluster
    that trains it; None on this one.
    """

    number: int
    params: Mapping[str, Scalar]
    seed: int
    memory: Memory = field(default_factory=Memory)
    ends_round: bool = False
    unused: Params | None = None
    repeat_seeds: tuple[int, ...] = ()
    ended: tuple[EndedExecution, ...] = ()
    node: str | None = None

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each execution, in order."""
        return (self.seed, *self.repeat_seeds)

    @property
    def epochs(self) -> int | None:
        """Epochs after which the training pauses, those of its parent included; None: no limit."""
        return self.memory.epochs

    @property
    def parent(self) -> int | None:
        """The number of the trial whose paused training this one continues."""
        return self.memory.parent
