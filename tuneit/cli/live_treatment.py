"""The live view of treatments on a terminal: a panel that redraws itself."""

from __future__ import annotations

import time
from statistics import fmean
from typing import TYPE_CHECKING

from tuneit.cli.live_view import line_of, mute_control_characters, panel_head
from tuneit.errors.wording import score_text
from tuneit.screen.treatment_view import TreatmentView
from tuneit.screen.views import clock
from tuneit.treatments.arm import Run

if TYPE_CHECKING:
    from rich.console import Group


class LiveTreatmentView(TreatmentView):
    """A panel with the progress, the time left, and a line for each treatment and the baseline."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console
        from rich.live import Live

        self._runs: dict[str, list[Run]] = {}
        self._trained = self._total = 0
        self._began: float | None = None
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, get_renderable=self._draw, refresh_per_second=4)

    def note(self, what: str) -> None:
        """Print a line above the panel."""
        self._console.print(line_of((f"{what} …", "dim")))

    def round(self, done: int, wanted: int, arms: int, seconds: float | None) -> None:
        """Draw the panel; from the second round on, count what is left anew."""
        self._total = self._trained + (wanted - done) * (arms + 1)
        if self._began is None:
            self._began = time.monotonic()
            self._unmute = mute_control_characters()
            self._live.start()

    def trained(self, run: Run) -> None:
        """Count a training, and show its score."""
        self._trained += 1
        self._total = max(self._total, self._trained)
        self._runs.setdefault(run.action or "failed", []).append(run)

    def end(self) -> None:
        """Draw the panel for the last time and leave it on the screen."""
        if self._began is not None:
            self._live.stop()
            self._unmute()
            self._began = None

    def _draw(self) -> Group:
        from rich.console import Group
        from rich.table import Table

        elapsed = time.monotonic() - (self._began or time.monotonic())
        left = elapsed / self._trained * (self._total - self._trained) if self._trained else None
        head = panel_head(
            "treating",
            (self._trained, self._total),
            f"{self._trained}/{self._total} trainings",
            f"elapsed {clock(elapsed)}",
            f"left about {clock(left)}" if left else "",
        )
        lines = Table.grid(padding=(0, 2))
        for action, runs in self._runs.items():
            scores = [run.score for run in runs if run.score is not None]
            mean = f"mean score {score_text(fmean(scores))}" if scores else runs[-1].error or ""
            lines.add_row(line_of(f"  {action}"), f"{len(runs)} trained", line_of(mean))
        return Group(head, lines)
