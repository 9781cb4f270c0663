"""The evaluation of the best model on the test split."""

from __future__ import annotations

from tuneit.evaluation import TEST_FINDINGS
from tuneit.report.content import ReportContent
from tuneit.report.evaluations import views_of
from tuneit.report.evaluations.base import Part
from tuneit.report.sections.base import Section
from tuneit.report.words import score


def evaluation(content: ReportContent) -> Section | None:
    """Build the section; None without an evaluation or a reason why there is none."""
    result = content.evaluation
    title = "Evaluation on the test split"
    if result is None:
        if not content.untested:
            return None
        return Section("evaluation", title, {"untested": content.untested, "result": None})
    shown = content.study.report
    parts = [Part(name, view.result, view.values(shown)) for name, view in views_of(result)]
    findings = content.diagnosis.findings if content.diagnosis else ()
    told = {
        "tested": tested_model(content),
        "objective": _objective(content),
        "looks": looks(content.looks),
        "findings": [f for f in findings if f.name in TEST_FINDINGS],
    }
    return Section("evaluation", title, {"result": result, "parts": parts, **told})


def _objective(content: ReportContent) -> str:
    """Say what the objective's metric is on the test split; "" where that is unknown."""
    best, found = content.best, content.objective_on_test
    if best is None or found is None:
        return ""
    metric = content.named(content.objective.metric)
    return (
        f"The objective, {metric}, is {score(best.score)} on validation rows; the same metric is "
        f"{score(found)} on the test rows."
    )


def tested_model(content: ReportContent) -> str:
    """Say which of the trial's models was tested; "" if it has only one."""
    best, folds = content.best, int(content.data.get("folds") or 0)
    training = best.best_training(content.objective) if best is not None else None
    if best is None or training is None:
        return ""
    which = f"of fold {training % folds + 1} of {folds}" if folds else f"number {training + 1}"
    rows = "its own validation rows" if folds else "the validation rows"
    return (
        f"One of the trial's {len(best.scores)} models was tested, the one {which}, because it "
        f"scored best on {rows}. The trial's score is the mean of all."
    )


def looks(count: int) -> str:
    """Say how often the study was evaluated on its test split; "" for once."""
    if count < 2:
        return ""
    return (
        f"This study has been evaluated on its test split {count} times. Whoever changes the study "
        "after seeing these results also selects by the test split, so the results become too "
        "optimistic."
    )
