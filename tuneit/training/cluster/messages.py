"""The messages between an actor and the trainer, beside those that worker processes have too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tuneit.space import SearchSpace
from tuneit.trials import Proposal


@dataclass(frozen=True)
class Joined:
    """TensorFlow is loaded: the actor can train. `node` is the id that Ray gave its node."""

    node: str


@dataclass(frozen=True)
class Files:
    """Files that a trial has written, by their path in the study's folder."""

    contents: Mapping[str, bytes]


@dataclass(frozen=True)
class Free:
    """All trials that were sent have ended; the actor is now `rss` bytes large, if known."""

    rss: int | None


@dataclass(frozen=True)
class Broken:
    """The actor's code failed, which is no matter of the trial; it is of no more use."""

    cause: str


@dataclass(frozen=True)
class Work:
    """Proposals to train in the space known so far, with the `files` that they go on from."""

    proposals: tuple[Proposal, ...]
    space: SearchSpace
    files: Mapping[str, bytes]
