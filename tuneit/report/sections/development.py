"""The score of each trial during the search."""

from __future__ import annotations

from tuneit.report.charts.score_history import draw_score_history
from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section


def development(content: ReportContent) -> Section | None:
    """Build the section; None where no trial completed."""
    drawn = draw_score_history(content.trials, content.objective, content.study.report.theme)
    if drawn is None:
        return None
    goal = "higher" if content.objective.maximize else "lower"
    return Section("development", "How the score developed", {"picture": drawn, "goal": goal})
