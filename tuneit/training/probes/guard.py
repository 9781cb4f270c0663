"""Calls probes so that a probe which fails does not stop the training."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tuneit.training.user_code.error_text import describe

T = TypeVar("T")


class Guard:
    """Calls probes, and turns off a probe that raises for the rest of the training.

    `say` prints a line when a probe is turned off. KeyboardInterrupt is not caught.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._off: set[str] = set()

    def call(self, name: str, probe: Callable[[], T], otherwise: T) -> T:
        """Return `probe()`; return `otherwise` where the probe `name` is off, or fails now."""
        if name in self._off:
            return otherwise
        try:
            return probe()
        except Exception as error:  # of any kind: the model and its layers are the user's own
            self._off.add(name)
            self._say(f"the probe of {name} is turned off, since it failed: {describe(error)}")
            return otherwise
