"""All trials in one table, the best first; each row opens its learning curve."""

from __future__ import annotations

from collections.abc import Sequence

from tuneit.report.charts.sparkline import FEW, MANY, draw_sparkline
from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section
from tuneit.report.words import number
from tuneit.space import SearchSpace
from tuneit.trials import Trial

_ROWS = 2000
"""The most rows, to keep the page fast; `trials.csv` has them all."""

_MANY_TRIALS = 300
"""From so many trials on, their curves are drawn with fewer points."""


def trials(content: ReportContent) -> Section | None:
    """Build the section; None without trials."""
    if not content.trials:
        return None
    ordered = content.ordered
    shown = ordered[:_ROWS]
    points = MANY if len(shown) > _MANY_TRIALS else FEW
    metric = content.objective.metric
    return Section(
        "trials",
        "All trials",
        {
            "trials": shown,
            "total": len(ordered),
            "names": names_met(ordered, content.space),
            "curves": {
                t.number: draw_sparkline(t.curve, metric, t.best_epoch, points)
                for t in shown
                if t.curve is not None and len(t.curve)
            },
            "at_best": {t.number: _at_best(t, metric) for t in shown},
            "metric": content.named(metric),
            "others": [content.named(objective.metric) for objective in content.others],
            "best": content.best.number if content.best else None,
            "any_spread": any(t.spread is not None for t in shown),
        },
    )


def names_met(trials: Sequence[Trial], space: SearchSpace) -> list[str]:
    """The hyperparameters that trials had: those of the space in its order, then others."""
    met = dict.fromkeys(name for trial in trials for name in trial.params)
    return [*(n for n in space.names if n in met), *(n for n in met if n not in space.names)]


def _at_best(trial: Trial, metric: str) -> list[tuple[str, str]]:
    """The other series at the best epoch, by name."""
    epoch = trial.best_epoch
    if trial.curve is None or epoch is None or epoch not in trial.curve.epochs:
        return []
    others = (name for name in trial.curve.series if name != metric)
    return [(name, number(trial.curve.at(name, epoch))) for name in others]
