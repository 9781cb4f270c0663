"""What treating shows while it trains: a line for each round, or nothing."""

from __future__ import annotations

import sys

from tuneit.errors.harmless import for_line
from tuneit.errors.wording import counted
from tuneit.screen.terminal import say
from tuneit.screen.views import clock
from tuneit.treatments.arm import Run


class TreatmentView:
    """Prints lines on stderr; nothing where it is `quiet`."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet

    def note(self, what: str) -> None:
        """Say what is done now."""
        if not self._quiet:
            say(f"{for_line(what)} …", sys.stderr)

    def round(self, done: int, wanted: int, arms: int, seconds: float | None) -> None:
        """Say how many pairs are done, and how long the rest takes."""
        left = "" if seconds is None else f", about {clock(seconds * (wanted - done))} left"
        self.note(f"pair {done + 1} of {wanted}, {counted(arms, 'treatment')}{left}")

    def trained(self, run: Run) -> None:
        """Show that a training has ended."""

    def end(self) -> None:
        """Show the final state."""
