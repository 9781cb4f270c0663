"""What to do next, and why."""

from __future__ import annotations

from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section
from tuneit.report.sections.concerns import concerns


def recommendations(content: ReportContent) -> Section | None:
    """Build the section; None without a diagnosis."""
    if content.diagnosis is None:
        return None
    advice = sorted(content.diagnosis.recommendations, key=lambda r: r.priority)
    values = {"advice": advice, "concerns": [] if advice else concerns(content)}
    return Section("recommendations", "Recommendations", values)
