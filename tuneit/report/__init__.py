"""The report: one self-contained HTML page made from the values of a search."""

from __future__ import annotations

from tuneit.report.content import ReportContent
from tuneit.report.render import render_report

__all__ = ["ReportContent", "render_report"]
