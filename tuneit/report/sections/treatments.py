"""Which treatments of the best model were shown to help."""

from __future__ import annotations

from tuneit.report.charts.forest import draw_forest
from tuneit.report.charts.treatment_curves import (
    draw_before_after,
    draw_data_probe,
    draw_rate_sweep,
)
from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section


def treatments(content: ReportContent) -> Section | None:
    """Build the section; None where nothing was treated."""
    found, theme = content.treatments, content.study.report.theme
    if found is None:
        return None
    probe, sweep = found.data_probe, found.rate_sweep
    return Section(
        "treatments",
        "Treatments",
        {
            "found": found,
            "rows": found.all_rows,
            "forest": draw_forest(found, theme),
            "curves": draw_before_after(found, theme),
            "probe": None if probe is None else draw_data_probe(probe, found.metric, theme),
            "sweep": None if sweep is None else draw_rate_sweep(sweep, theme),
        },
    )
