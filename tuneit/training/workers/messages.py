"""The messages between a worker process and its parent, over one connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneit.errors import TuneitError
from tuneit.space import Params, SearchSpace
from tuneit.trials import EndedExecution, Proposal, Trial

if TYPE_CHECKING:  # these import TensorFlow, which a worker loads with limits of its own
    from tuneit.training.builders.build import Build
    from tuneit.training.builders.location import BuilderLocation

# ---------------------------------------------------------------------- from the worker


@dataclass(frozen=True)
class Question:
    """A question of a trial; the trainer sends an `Answer` with the same number."""

    id: int
    content: EpochEnded | ExecutionEnded | SaveRequest


@dataclass(frozen=True)
class Ready:
    """TensorFlow is loaded: the worker can train. `rss` is its size in bytes, if known."""

    rss: int | None


@dataclass(frozen=True)
class EpochEnded:
    """An epoch (from 1) of the trial ended. Shall the trial be pruned, and why?"""

    number: int
    epoch: int
    logs: Mapping[str, float]


@dataclass(frozen=True)
class ExecutionEnded:
    """An execution of the trial ended, not its last. Shall no more be trained, and why?"""

    number: int
    scores: tuple[float, ...]


@dataclass(frozen=True)
class ExecutionKept:
    """What is kept of the execution `index` (from 0) of a trial that goes on; no answer."""

    number: int
    index: int
    execution: EndedExecution


@dataclass(frozen=True)
class Pulse:
    """Training goes on, with nothing to report; there is no answer."""


@dataclass(frozen=True)
class SaveRequest:
    """Shall a finished model with this score be saved?"""

    score: float


@dataclass(frozen=True)
class Done:
    """The trial ended, and the worker (now `rss` bytes large, if known) is free."""

    trial: Trial
    rss: int | None


@dataclass(frozen=True)
class BuildResult:
    """What a builder asked for; the worker is free."""

    build: Build


@dataclass(frozen=True)
class Refused:
    """An error that ends the search, since every other trial would meet it too."""

    error: TuneitError


# ---------------------------------------------------------------------- from the parent


@dataclass(frozen=True)
class Setup:
    """The recipe of the next trials, a SharedRecipe; its file is sent right after this message."""

    head: bytes
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Train:
    """Train a proposal in the space known so far."""

    proposal: Proposal
    space: SearchSpace


@dataclass(frozen=True)
class BuildRequest:
    """Build a model of `source`, without training it."""

    source: BuilderLocation
    params: Params
    known: SearchSpace


@dataclass(frozen=True)
class Answer:
    """To EpochEnded and ExecutionEnded a reason to prune, or None; to SaveRequest yes or no."""

    question: int
    value: str | bool | None


@dataclass(frozen=True)
class Stop:
    """There is nothing more to train."""
