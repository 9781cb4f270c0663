"""The live view of a search on a terminal: a panel that redraws itself."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tuneit.errors.harmless import for_line
from tuneit.errors.wording import counted, score_text
from tuneit.findings import Verdict
from tuneit.findings.verdict import Tone
from tuneit.screen.views import QuietView, clock, outcome_text, params_text, resumed_text
from tuneit.study import Study
from tuneit.trials import Proposal, Trial, TrialState, best_trial

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text


_BARS = "▁▂▃▄▅▆▇█"
_LAST = 6
"""The most finished trials that the live panel lists."""

_LABEL = 6
"""Columns of the words at the left, such as `best`."""

_BAR, _LEAST_NAME = 16, 8
"""Columns of the bar, and the fewest of a name that is cut."""

_SPARE = 3
"""Lines of the terminal that the panel's lists leave free: for its head, and for the cursor."""

_COLOURS: Mapping[Tone, str] = {"good": "green", "warning": "yellow", "bad": "red", "neutral": ""}
_STYLES: Mapping[str, str] = {verdict: _COLOURS[verdict.row.tone] for verdict in Verdict}


def sparkline(values: list[float], width: int = 40) -> str:
    """Draw a series as a row of block characters, the last `width` values; NaN is a blank."""
    shown = values[-width:]
    finite = [v for v in shown if v == v and abs(v) != float("inf")]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    span = (high - low) or 1.0
    return "".join(
        _BARS[round((v - low) / span * (len(_BARS) - 1))] if low <= v <= high else " "
        for v in shown
    )


def mute_control_characters() -> Callable[[], None]:
    """Keep the terminal from writing ^C into the panel; return a function that undoes this."""
    try:
        import termios

        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
    except (ImportError, OSError, ValueError, termios.error):
        return lambda: None
    muted = termios.tcgetattr(descriptor)
    muted[3] &= ~termios.ECHOCTL
    termios.tcsetattr(descriptor, termios.TCSANOW, muted)
    return lambda: termios.tcsetattr(descriptor, termios.TCSANOW, before)


class LiveView(QuietView):
    """A panel that redraws itself: progress, time left, the best, running and last trials."""

    def __init__(self, study: Study) -> None:
        from rich.console import Console
        from rich.live import Live

        self.study = study
        self.objective = study.objectives[0]
        self.done = self.already = 0
        self.best: Trial | None = None
        self.began = time.monotonic()
        self.running: dict[int, tuple[Proposal, list[float]]] = {}
        self.last: deque[tuple[Trial, bool]] = deque(maxlen=_LAST)
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, get_renderable=self._draw, refresh_per_second=4)

    def preparing(self, what: str) -> None:
        """Print a line above the panel."""
        self._console.print(line_of((f"{what} …", "dim")))

    def note(self, what: str) -> None:
        """Print a line above the panel."""
        self._console.print(line_of(f"note: {what}"))

    def begin(self, trials: Sequence[Trial]) -> None:
        """Draw the panel, and count the trials of earlier runs."""
        self.done = self.already = sum(trial.finished for trial in trials)
        self.best = best_trial(trials, self.objective)
        if trials:
            self._console.print(line_of(resumed_text(self.done)))
        self.began = time.monotonic()
        self._unmute = mute_control_characters()
        self._live.start()

    def end(self) -> None:
        """Draw the panel for the last time and leave it on the screen."""
        self.running.clear()
        self._live.stop()
        self._unmute()

    def started(self, proposal: Proposal) -> None:
        """Add the trial to the running ones."""
        self.running[proposal.number] = (proposal, [])

    def epoch(self, number: int, epoch: int, logs: Mapping[str, float]) -> None:
        """Extend the running trial's curve."""
        if number in self.running:
            self.running[number][1].append(float(logs.get(self.objective.metric, float("nan"))))

    def finished(self, trial: Trial, is_best: bool) -> None:
        """Move the trial to the finished ones."""
        self.running.pop(trial.number, None)
        self.done += 1
        self.last.appendleft((trial, is_best))
        if is_best:
            self.best = trial

    def time_left(self) -> float | None:
        """Estimated seconds until the search ends; None if there is no estimate yet."""
        elapsed = time.monotonic() - self.began
        left = []
        if self.study.budget.trials is not None and self.done > self.already:
            pace = elapsed / (self.done - self.already)
            left.append(pace * max(self.study.budget.trials - self.done, 0))
        if self.study.budget.time is not None:
            left.append(max(self.study.budget.time - elapsed, 0))
        return min(left, default=None)

    def _draw(self) -> Group:
        from rich.console import Group
        from rich.table import Table

        elapsed = time.monotonic() - self.began
        left = self.time_left()
        total = self.study.budget.trials
        head = panel_head(
            self.study.name,
            (self.done, total),
            f"{self.done}/{total}" if total else counted(self.done, "trial"),
            f"elapsed {clock(elapsed)}",
            f"left about {clock(left)}" if left is not None else "",
        )
        lines = Table.grid(padding=(0, 1))
        lines.add_column(width=_LABEL, no_wrap=True)
        lines.add_column(overflow="fold")
        room = self._console.height - _SPARE
        for label, line in self._lines():
            # Long lines go on below, so that no hyperparameter and no reason is cut.
            room -= len(line.wrap(self._console, self._console.width - _LABEL - 1))
            if room < 0:
                break
            lines.add_row(label, line)
        return Group(head, lines)

    def _lines(self) -> Iterator[tuple[Text, Text]]:
        """The best trial, the running ones and the last ones, each with its label."""
        if self.best is not None and self.best.score is not None:
            yield (
                line_of(("best", "dim")),
                line_of(
                    (f"{self.objective.metric} {score_text(self.best.score)}", "bold green"),
                    f"  #{self.best.number}  {params_text(self.best.params)}",
                ),
            )
        for number, (proposal, values) in self.running.items():
            now = score_text(values[-1]) if values else "building"
            yield (
                line_of(("now", "dim")),
                line_of(
                    f"#{number}  epoch {len(values)}/{self.study.budget.epochs}  {now}  ",
                    (sparkline(values), "cyan"),
                    f"  {proposal.node}" if proposal.node else "",
                    f"  {params_text(proposal.params)}",
                ),
            )
        for trial, is_best in self.last:
            style = "red" if trial.state is TrialState.FAILED else _STYLES.get(trial.verdict or "")
            yield line_of(""), line_of((outcome_text(trial, is_best), style or ""))


def panel_head(name: str, progress: tuple[int, int | None], *said: str) -> Table:
    """A panel's first line: a name, a bar of the progress (done, total), and what is said beside.

    Only a long name is cut: the numbers stay on its line.
    """
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    head = Table.grid(padding=(0, 2))
    head.add_column(min_width=min(len(name), _LEAST_NAME))
    for _ in range(1 + len(said)):
        head.add_column(no_wrap=True)
    title = line_of((name, "bold"))
    title.no_wrap, title.overflow = True, "ellipsis"
    done, total = progress
    bar = ProgressBar(total=total, completed=done, width=_BAR) if total else ""
    head.add_row(title, bar, *said)
    return head


def line_of(*parts: str | tuple[str, str]) -> Text:
    """A line of texts, some with a style; control characters are escaped."""
    from rich.text import Text

    pairs = [(part, "") if isinstance(part, str) else part for part in parts]
    return Text.assemble(*((for_line(text), style) for text, style in pairs))
