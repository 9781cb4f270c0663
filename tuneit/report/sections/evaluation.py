"""How good the best model is on the test split."""

from __future__ import annotations

from tuneit.evaluation.classification import ClassificationEvaluation
from tuneit.report.charts.confusion import draw_confusion
from tuneit.report.charts.residuals import draw_residuals
from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section

_PAIRS = 10


def evaluation(content: ReportContent) -> Section | None:
    """Build the section; None without an evaluation."""
    result = content.evaluation
    if result is None:
        return None
    theme = content.study.report.theme
    title = "Evaluation on the test split"
    if isinstance(result, ClassificationEvaluation):
        values = {
            "pictures": draw_confusion(result, theme),
            "confused": result.confused_pairs(_PAIRS),
        }
    else:
        values = {"pictures": draw_residuals(result, theme), "confused": ()}
    return Section("evaluation", title, {"result": result, **values})
