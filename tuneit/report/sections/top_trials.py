"""The learning curves of the best trials side by side."""

from __future__ import annotations

from tuneit.report.charts.top_curves import draw_top_curves
from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section

_TRIALS = 8


def top_trials(content: ReportContent) -> Section | None:
    """Build the section; None for fewer than two complete trials."""
    top = content.ranked[:_TRIALS]
    if len(top) < 2:
        return None
    drawn = draw_top_curves(top, content.objective, content.study.report.theme)
    return (
        Section("top_trials", "The best trials side by side", {"picture": drawn}) if drawn else None
    )
