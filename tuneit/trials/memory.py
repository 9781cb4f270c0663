"""What a strategy stores with a trial that it proposed, and reads from it later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """A trial's place in a schedule of successive halving, both counted from 0.

    Its rung has `size` trials, of which the best `promotes` go on to the next rung.
    """

    bracket: int
    rung: int
    size: int
    promotes: int


@dataclass(frozen=True, slots=True)
class Memory:
    """What a strategy keeps with a trial, for itself, for the trainer and for the search.

    For the trainer: `epochs` limits the training, which then pauses (the parent's epochs count;
    None: no limit); `parent` is the number of a paused trial with the same values, whose training
    goes on. For the search: after a trial that `ends_round` the strategy wants to see results
    before it is asked again. For itself: the trial's `place` in a schedule, its position `queued`
    among the configurations that were known beforehand, and anything JSON-ready of its `own`, under
    other names than `RESERVED`.
    """

    epochs: int | None = None
    parent: int | None = None
    ends_round: bool = False
    place: Place | None = None
    queued: int | None = None
    own: Mapping[str, Any] = field(default_factory=dict)


RESERVED = frozenset(
    {"epochs", "parent", "ends_round", "enqueued", "bracket", "rung", "size", "promotes"}
)
"""Names under which ledgers keep the other fields of a memory beside a strategy's own entries."""
