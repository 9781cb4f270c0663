"""The importance of hyperparameters, and the scores by their values."""

from __future__ import annotations

from tuneit.diagnosis.importance import FEWEST_TRIALS, Importances
from tuneit.evaluation import TEST_FINDINGS
from tuneit.findings.observations.of_trials import OF_TRIALS
from tuneit.report.charts.importance import draw_importance
from tuneit.report.charts.parallel_coordinates import draw_parallel_coordinates
from tuneit.report.charts.parameter_scatter import draw_parameter_scatter
from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section
from tuneit.report.words import plural
from tuneit.space import Parameter

_PANELS = 9
"""The most hyperparameters that are drawn against the score; the most important come first."""


def hyperparameters(content: ReportContent) -> Section | None:
    """Build the section; None where nothing varied or no trial has a score."""
    distinct: dict[str, Parameter] = {}
    for parameter in content.space.tunable:
        distinct.setdefault(parameter.name, parameter)
    if not distinct or not any(t.scored for t in content.trials):
        return None
    theme = content.study.report.theme
    findings = content.diagnosis.findings if content.diagnosis else ()
    importances = content.importances
    order = sorted(distinct.values(), key=lambda p: -importances.shares.get(p.name, 0.0))
    scatter = draw_parameter_scatter(
        order[:_PANELS], content.trials, content.best, content.objective, theme
    )
    return Section(
        "hyperparameters",
        "Importance of hyperparameters",
        {
            "importance": draw_importance(importances, theme),
            "rests_on": _rests_on(importances),
            "enough": importances.used >= FEWEST_TRIALS,
            "scatter": scatter,
            "parallel": draw_parallel_coordinates(
                order[:_PANELS], content.trials, content.objective, theme
            ),
            "findings": [
                f for f in findings if f.name in OF_TRIALS and f.name not in TEST_FINDINGS
            ],
            "metric": content.named(content.objective.metric),
            "left_out": [p.name for p in order[_PANELS:]],
        },
    )


def _rests_on(importances: Importances) -> str:
    """Say which trials the importances are computed from."""
    if importances.used == importances.trials:
        return f"all {plural(importances.used, 'trial')}"
    return f"the {importances.used} complete ones of {plural(importances.trials, 'trial')}"
