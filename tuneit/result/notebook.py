"""The HTML that a notebook shows for a search's result."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tuneit.errors.html import html_table, marked
from tuneit.errors.wording import counted, score_text
from tuneit.screen.views import params_text
from tuneit.trials import ranked

if TYPE_CHECKING:
    from tuneit.result import SearchResult

_ROWS = 5
"""Trials shown, the best first."""


def html_of(result: SearchResult) -> str:
    """A table of the best trials, and below it the best trial's diagnosis."""
    others = result.study.objectives[1:]
    rows = (
        [
            t.number,
            *map(score_text, (t.score or 0.0, *t.values[1:])),
            t.verdict or "",
            params_text(t.params),
        ]
        for t in ranked(result.trials, result.objective)[:_ROWS]
    )
    metrics = (objective.metric for objective in (result.objective, *others))
    table = html_table(("trial", *metrics, "verdict", "hyperparameters"), rows)
    diagnosis = result.diagnose()._repr_html_() if result.best_or_none else ""
    return (
        f"<h4>{escape(result.study.name)}: {counted(len(result.trials), 'trial')}, "
        f"{marked(result.stopped)}</h4>{table}{diagnosis}"
    )
