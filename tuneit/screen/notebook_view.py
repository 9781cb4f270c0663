"""The live view of a search in a notebook: one output that is replaced, without widgets."""

from __future__ import annotations

import sys
import time
import warnings
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib import import_module
from typing import Any

from tuneit.errors.harmless import for_line
from tuneit.errors.wording import score_text
from tuneit.screen.views import PlainView, QuietView, clock, outcome_text, params_text, resumed_text
from tuneit.study import Study
from tuneit.trials import Proposal, Trial, best_trial

_LAST = 6
"""The most finished trials that are listed."""

_EVERY = 0.5
"""Seconds between two drawings while epochs end."""


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def view_of(study: Study, *, quiet: bool) -> QuietView:
    """The view for a search in Python: HTML in a notebook, else lines; nothing where `quiet`."""
    if quiet:
        return QuietView()
    if not in_notebook():
        return PlainView(study)
    with warnings.catch_warnings():
        # Optuna imports it, and it warns where there are no widgets, which nobody needs here.
        warnings.simplefilter("ignore")
        import_module("tqdm.auto")
    return NotebookView(study)


class NotebookView(QuietView):
    """Shows notes, progress, the best trial, the running ones and the last ones as HTML."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._objective = study.objectives[0]
        self._notes: list[str] = []
        self._done = 0
        self._best: Trial | None = None
        self._running: dict[int, tuple[Proposal, int, float | None]] = {}
        self._last: deque[tuple[Trial, bool]] = deque(maxlen=_LAST)
        self._began = time.monotonic()
        self._drawn = 0.0
        self._place: Any = None

    def preparing(self, what: str) -> None:
        """Show a step before the search begins."""
        self._draw(what)

    def note(self, what: str) -> None:
        """Add a note."""
        self._notes.append(f"note: {what}")
        self._draw()

    def begin(self, trials: Sequence[Trial]) -> None:
        """Count the trials of earlier runs."""
        self._done = sum(trial.finished for trial in trials)
        self._best = best_trial(trials, self._objective)
        if trials:
            self._notes.append(resumed_text(self._done))
        self._draw()

    def started(self, proposal: Proposal) -> None:
        """Add the trial to the running ones."""
        self._running[proposal.number] = (proposal, 0, None)
        self._draw()

    def epoch(self, number: int, epoch: int, logs: Mapping[str, float]) -> None:
        """Show the running trial's epoch and score."""
        if number in self._running:
            value = logs.get(self._objective.metric)
            self._running[number] = (self._running[number][0], epoch, value)
            if time.monotonic() - self._drawn >= _EVERY:
                self._draw()

    def finished(self, trial: Trial, is_best: bool) -> None:
        """Move the trial to the finished ones."""
        self._running.pop(trial.number, None)
        self._done += 1
        self._last.appendleft((trial, is_best))
        if is_best:
            self._best = trial
        self._draw()

    def end(self) -> None:
        """Show the final state."""
        self._running.clear()
        self._draw()

    def _draw(self, step: str = "") -> None:
        shown: Any = import_module("IPython.display")  # it has no types

        self._drawn = time.monotonic()
        page = shown.HTML("".join(self._lines(step)))
        if self._place is None:
            self._place = shown.display(page, display_id=True)
        else:
            self._place.update(page)

    def _lines(self, step: str) -> Iterator[str]:
        total = self._study.budget.trials
        spent = clock(time.monotonic() - self._began)
        bar = (
            f"<progress max='{total}' value='{min(self._done, total)}'></progress>" if total else ""
        )
        of = f"/{total}" if total else ""
        yield f"<b>{_safe(self._study.name)}</b> {bar} {self._done}{of} trials, {spent}"
        rows = [("", text) for text in (*self._notes, f"{step} …" if step else "") if text]
        if self._best is not None and self._best.score is not None:
            score = f"{self._objective.metric} {score_text(self._best.score)}"
            rows.append(
                ("best", f"{score}  #{self._best.number}  {params_text(self._best.params)}")
            )
        for number, (proposal, epoch, value) in self._running.items():
            now = "building" if value is None else score_text(value)
            of = f"epoch {epoch}/{self._study.budget.epochs}"
            rows.append(("now", f"#{number}  {of}  {now}  {params_text(proposal.params)}"))
        rows += [("", outcome_text(trial, is_best)) for trial, is_best in self._last]
        cells = (
            f"<tr><td style='text-align:left'>{word}</td>"
            f"<td style='text-align:left;white-space:normal'>{_safe(text)}</td></tr>"
            for word, text in rows
        )
        yield f"<table>{''.join(cells)}</table>"


def _safe(text: str) -> str:
    return escape(for_line(text))
