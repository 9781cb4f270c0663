"""The HTML that a notebook shows for a search's result."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tuneit.errors.wording import counted, score_text
from tuneit.screen.views import params_text
from tuneit.trials import ranked

if TYPE_CHECKING:
    from tuneit.result import SearchResult

_ROWS = 5
"""Trials shown, the best first."""


def html_of(result: SearchResult) -> str:
    """A table of the best trials, and below it the best trial's diagnosis."""
    rows = "".join(
        f"<tr><td>{t.number}</td><td>{score_text(t.score or 0.0)}</td>"
        f"<td>{escape(t.verdict or '')}</td>"
        f"<td>{escape(params_text(t.params))}</td></tr>"
        for t in ranked(result.trials, result.objective)[:_ROWS]
    )
    diagnosis = result.diagnose()._repr_html_() if result.best_or_none else ""
    return (
        f"<h4>{escape(result.study.name)}: {counted(len(result.trials), 'trial')}, "
        f"{escape(result.stopped)}</h4><table><tr><th>trial</th>"
        f"<th>{escape(result.objective.metric)}</th><th>verdict</th><th>hyperparameters</th></tr>"
        f"{rows}</table>{diagnosis}"
    )
