"""What an actor says to the trainer."""

from __future__ import annotations

import queue
from typing import Any


class Outbox:
    """Messages that the trainer fetches."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def put(self, message: Any) -> None:
        """Add a message."""
        self._queue.put(message)

    def fetch(self, patience: float) -> list[Any]:
        """Return all messages; wait up to `patience` seconds for the first one."""
        messages: list[Any] = []
        try:
            messages.append(self._queue.get(timeout=patience))
            while True:
                messages.append(self._queue.get_nowait())
        except queue.Empty:
            return messages
