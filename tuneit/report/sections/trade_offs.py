"""The Pareto front of several objectives, drawn and listed."""

from __future__ import annotations

from tuneit.errors.wording import listing
from tuneit.report.charts.trade_offs import draw_trade_offs
from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section
from tuneit.report.sections.trials import names_met
from tuneit.trials import pareto_front

_ROWS = 200
"""The most trials of the front that are listed; `summary.json` has them all."""


def trade_offs(content: ReportContent) -> Section | None:
    """Build the section; None for one objective, or without a front."""
    objectives = (content.objective, *content.others)
    if len(objectives) < 2:
        return None
    front = pareto_front(content.trials, objectives)
    if not front:
        return None
    return Section(
        "trade_offs",
        "Trade-offs",
        {
            "picture": draw_trade_offs(
                content.trials, front, objectives, content.study.report.theme
            ),
            "front": front[:_ROWS],
            "total": len(front),
            "metrics": [content.named(objective.metric) for objective in objectives],
            "objectives": listing([objective.metric for objective in objectives]),
            "names": names_met(front, content.space),
        },
    )
