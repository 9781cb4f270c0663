"""Model, strategy, seeds, versions and study file: what is needed to repeat the search."""

from __future__ import annotations

from tuneit.errors.wording import listing
from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section
from tuneit.report.words import duration, number


def provenance(content: ReportContent) -> Section:
    """Build the section."""
    best = content.best
    study = content.study
    objectives = (content.objective, *content.others)
    rows = {
        "model": study.model,
        "strategy": " ".join(filter(None, (study.strategy.name, study.strategy.sampler))),
        "pruning": study.pruner.name,
        "objective": listing([f"{o.goal} {o.metric}" for o in objectives]),
        "weights of the best model": number(best.facts.parameters)
        if best and best.facts.parameters
        else "",
        "seed of the study": str(study.seed),
        "seed of the best trial": str(best.seed) if best else "",
        "time spent training": duration(content.duration_s),
        "ended because": content.stopped,
        "changes during the search": "; ".join(content.changes),
    }
    return Section(
        "provenance",
        "How to repeat it",
        {
            "rows": [(name, value) for name, value in rows.items() if value],
            "versions": content.versions,
            "study_text": content.study_text,
            "code": content.code,
            "file": f"{study.name}.yaml",
            "builder": study.model.rpartition(":")[0],
        },
    )
