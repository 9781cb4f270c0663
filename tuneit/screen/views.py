"""Views of a running search: one that prints lines, and one that prints nothing."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from tuneit.errors.harmless import for_line
from tuneit.errors.wording import counted, figures, score_text
from tuneit.screen.terminal import say
from tuneit.study import Study
from tuneit.trials import Proposal, Trial, TrialState


def clock(seconds: float) -> str:
    """Write a duration as `8 s`, `3 min 05 s` or `2 h 07 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def params_text(params: Mapping[str, object]) -> str:
    """Write parameters on one line, fractions with four digits."""
    return ", ".join(
        f"{name}={figures(value, grouped=False)}"
        if isinstance(value, float) and math.isfinite(value)
        else f"{name}={value}"
        for name, value in params.items()
    )


class QuietView:
    """Shows nothing; other views override the methods of what they show."""

    def preparing(self, what: str) -> None:
        """Show a step before the search begins."""

    def note(self, what: str) -> None:
        """Show a note on what the study's author may not expect."""

    def begin(self, trials: Sequence[Trial]) -> None:
        """Start, with what earlier runs have done."""

    def started(self, proposal: Proposal) -> None:
        """Start a trial."""

    def epoch(self, number: int, epoch: int, logs: Mapping[str, float]) -> None:
        """Extend a running trial's curve."""

    def finished(self, trial: Trial, is_best: bool) -> None:
        """Count a finished trial."""

    def end(self) -> None:
        """Show the final state."""


class PlainView(QuietView):
    """Prints a line for each finished trial, for logs and pipes."""

    def __init__(self, study: Study, stream: TextIO | None = None) -> None:
        self.total = study.budget.trials
        self.done = 0
        self.stream = stream or sys.stderr

    def note(self, what: str) -> None:
        """Print a line."""
        self._say(f"note: {what}")

    def begin(self, trials: Sequence[Trial]) -> None:
        """Print how many trials are finished when a search is resumed."""
        self.done = sum(trial.finished for trial in trials)
        if trials:
            self._say(resumed_text(self.done))

    def finished(self, trial: Trial, is_best: bool) -> None:
        """Print the trial's line."""
        self.done += 1
        total = f"/{self.total}" if self.total else ""
        self._say(f"trial {self.done}{total} {outcome_text(trial, is_best)}")

    def _say(self, line: str) -> None:
        say(for_line(line), self.stream)


def resumed_text(finished: int) -> str:
    """Say that a search goes on with the trials of earlier runs."""
    return f"resuming after {counted(finished, 'finished trial')}"


def outcome_text(trial: Trial, is_best: bool) -> str:
    """A finished trial on one line: number, score or error, epochs, time, verdict, parameters."""
    if trial.state is TrialState.FAILED:
        return f"#{trial.number} failed: {trial.error} | {params_text(trial.params)}"
    score = "-" if trial.score is None else score_text(trial.score)
    words = [
        f"#{trial.number}",
        score,
        counted(trial.epochs, "epoch"),
        clock(trial.duration_s),
    ]
    if trial.facts.node:
        words.append(f"on {trial.facts.node}")
    if trial.state is TrialState.PRUNED:
        words.append(trial.remark or "pruned")
    if trial.verdict:
        words.append(trial.verdict)
    if is_best:
        words.append("best so far")
    return f"{' | '.join(words)} | {params_text(trial.params)}"
