"""All trials in one table, the best first."""

from __future__ import annotations

from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section

_ROWS = 2000
"""The most rows, to keep the page fast; `trials.csv` has them all."""


def trials(content: ReportContent) -> Section | None:
    """Build the section; None without trials."""
    if not content.trials:
        return None
    ordered = content.ordered
    met = dict.fromkeys(name for trial in ordered for name in trial.params)
    names = [*(n for n in content.space.names if n in met)]
    names += [n for n in met if n not in names]
    return Section(
        "trials",
        "All trials",
        {
            "trials": ordered[:_ROWS],
            "total": len(ordered),
            "names": names,
            "metric": content.named(content.objective.metric),
            "others": [content.named(objective.metric) for objective in content.others],
            "best": content.best.number if content.best else None,
            "any_spread": any(t.spread is not None for t in ordered[:_ROWS]),
            "any_error": any(t.error for t in ordered[:_ROWS]),
        },
    )
