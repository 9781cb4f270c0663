"""The score of each trial during the search."""

from __future__ import annotations

from tuneit.report.charts.score_history import draw_score_history
from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section
from tuneit.report.words import duration, number, percent, plural
from tuneit.trials import TrialState


def development(content: ReportContent) -> Section | None:
    """Build the section; None where no trial completed."""
    drawn = draw_score_history(content.trials, content.objective, content.study.report.theme)
    if drawn is None:
        return None
    goal = "higher" if content.objective.maximize else "lower"
    values = {"picture": drawn, "goal": goal, "cost": _cost(content)}
    return Section("development", "How the score developed", values)


def _cost(content: ReportContent) -> str:
    """What training took, and how many epochs pruning saved: those that pruned trials had left."""
    trainings = [
        curve for t in content.trials for curve in (t.curve, *t.repeats) if curve is not None
    ]
    epochs = sum(map(len, trainings))
    said = (
        f"Training took {duration(content.duration_s)}: {plural(len(trainings), 'training')} with "
        f"{plural(epochs, 'epoch')}."
    )
    pruned = [t for t in content.trials if t.state is TrialState.PRUNED and not t.cut_short]
    most = content.study.budget.epochs
    left = sum(max(int(t.params.get("epochs") or most) - t.epochs, 0) for t in pruned)
    if not left:
        return said
    whole = epochs + left
    return (
        f"{said} Pruning ended {plural(len(pruned), 'trial')} early and saved at most "
        f"{plural(left, 'epoch')}, {percent(left / whole, 0)} of {number(whole)}."
    )
