"""An actor's own part, without Ray."""

from __future__ import annotations

import os

from tuneit.training.cluster.actor import TrainingActor
from tuneit.training.cluster.messages import Broken
from tuneit.training.cluster.outbox import Outbox
from tuneit.training.resident_memory import MemoryLimit, resident_bytes


def test_an_actor_says_that_it_takes_too_much_memory() -> None:
    class Watched(TrainingActor):
        def __init__(self) -> None:
            self._outbox = Outbox()

    actor = Watched()
    actor._watch(MemoryLimit((resident_bytes(os.getpid()) or 0) // 2))
    [said] = actor.fetch(0.0)
    assert isinstance(said, Broken)
    assert said.cause.startswith("it took ")
    assert said.cause.endswith(" of `max_memory`")
