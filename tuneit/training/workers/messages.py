"""What a worker and its parent tell each other, in order, over one connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneit.errors import TuneitError
from tuneit.space import Params, SearchSpace
from tuneit.trials import Proposal, Trial

if TYPE_CHECKING:  # they import TensorFlow, which a worker must do in its own way
    from tuneit.training.builders.build import Build
    from tuneit.training.builders.location import BuilderSource

# ---------------------------------------------------------------------- from the worker


@dataclass(frozen=True)
class Ready:
    """TensorFlow is loaded: the worker can train. `rss` is its size in bytes, if known."""

    rss: int | None


@dataclass(frozen=True)
class EpochEnded:
    """An epoch (from 1) of the trial ended; an `Answer` is owed."""

    number: int
    epoch: int
    logs: Mapping[str, float]


@dataclass(frozen=True)
class ExecutionEnded:
    """An execution of the trial ended, not its last; an `Answer` is owed, and waited for."""

    number: int
    scores: tuple[float, ...]


@dataclass(frozen=True)
class Pulse:
    """Training goes on, though there is nothing to tell; no answer."""


@dataclass(frozen=True)
class Asks:
    """Is a finished model with this score worth saving? An `Answer` is owed."""

    score: float


@dataclass(frozen=True)
class Done:
    """The trial ended, and the worker (now `rss` bytes large, if known) is free."""

    trial: Trial
    rss: int | None


@dataclass(frozen=True)
class Tried:
    """What a builder asked for; the worker is free."""

    build: Build


@dataclass(frozen=True)
class Refused:
    """What no other trial would mend; the worker is free."""

    error: TuneitError


# ---------------------------------------------------------------------- from the parent


@dataclass(frozen=True)
class Setup:
    """What the next trials share: a parcel, whose file is sent right after this message."""

    head: bytes
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Train:
    """Train a proposal in the space known so far."""

    proposal: Proposal
    space: SearchSpace


@dataclass(frozen=True)
class Try:
    """Build a model, without training it; a worker builds with the first `source` it is sent."""

    source: BuilderSource
    params: Params
    known: SearchSpace


@dataclass(frozen=True)
class Answer:
    """To EpochEnded and ExecutionEnded: a reason to prune, or None. To Asks: whether to keep."""

    value: str | bool | None


@dataclass(frozen=True)
class Stop:
    """There is nothing more to train."""
