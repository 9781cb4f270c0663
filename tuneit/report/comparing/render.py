"""Render several studies as one HTML page."""

from __future__ import annotations

from tuneit.report.charts.canvas import chart_style
from tuneit.report.comparing.charts import draw_curves, draw_progress
from tuneit.report.comparing.content import ComparedStudies
from tuneit.report.comparing.differences import best_hyperparameters, data, settings, spaces
from tuneit.report.render import render_page
from tuneit.report.sections.base import Section


def render_comparison(compared: ComparedStudies) -> str:
    """Return the page. Equal contents give equal pages."""
    with chart_style():
        curves = draw_curves(compared.studies, compared.theme)
        progress = draw_progress(compared.studies, compared.theme)
    contents = compared.contents
    sections = [
        Section("comparing/scores", "Scores", {"compared": compared}),
        Section("comparing/curves", "Curves", {"curves": curves, "progress": progress}),
        Section(
            "comparing/differences",
            "What differs",
            {
                "names": list(compared.studies),
                "tables": [
                    ("Best hyperparameters", best_hyperparameters(contents)),
                    ("Search space", spaces(contents)),
                    ("Data", data(contents)),
                    ("Settings", settings(contents)),
                ],
            },
        ),
    ]
    title = " · ".join(compared.studies)
    return render_page(title, sections, compared.theme)
