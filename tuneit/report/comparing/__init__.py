"""Several studies beside one another, on one HTML page."""

from tuneit.report.comparing.content import ComparedStudies, PairedScores
from tuneit.report.comparing.render import render_comparison

__all__ = ["ComparedStudies", "PairedScores", "render_comparison"]
