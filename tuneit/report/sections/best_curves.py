"""The learning curves of the best trial, with the findings marked on them."""

from __future__ import annotations

from tuneit.curves.metric_words import called
from tuneit.findings.observations.of_trials import OF_TRIALS
from tuneit.report.charts.learning_curves import draw_learning_curves
from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section
from tuneit.trials import Trial


def best_curves(content: ReportContent) -> Section | None:
    """Build the section; None without a best trial."""
    best = content.best
    if best is None:
        return None
    theme = content.study.report.theme
    findings = content.diagnosis.findings if content.diagnosis else ()
    return Section(
        "best_curves",
        f"Learning curves of the best trial, number {best.number}",
        {
            "pictures": draw_learning_curves(best, content.objective, content.diagnosis, theme),
            "findings": [f for f in findings if f.name not in OF_TRIALS],
            "repeats": len(best.repeats),
            "of_positive": [called(n) for n in _series(best) if content.named(n) != n],
            "positive": content.data.get("positive_class"),
            "validated": best.curve is not None
            and any(name.startswith("val_") for name in best.curve.series),
        },
    )


def _series(best: Trial) -> list[str]:
    """The training series, or the validation series if there are no training ones."""
    names = list(best.curve.series) if best.curve is not None else []
    return [n for n in names if not n.startswith("val_") or n.removeprefix("val_") not in names]
