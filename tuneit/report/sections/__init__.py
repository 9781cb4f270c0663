"""The sections of a report, in their order on the page. Each has a file and a line below."""

from __future__ import annotations

from tuneit.report.sections.base import SectionBuilder
from tuneit.report.sections.best_curves import best_curves
from tuneit.report.sections.data import data
from tuneit.report.sections.development import development
from tuneit.report.sections.evaluation import evaluation
from tuneit.report.sections.hyperparameters import hyperparameters
from tuneit.report.sections.provenance import provenance
from tuneit.report.sections.recommendations import recommendations
from tuneit.report.sections.reference_models import reference_models
from tuneit.report.sections.summary import summary
from tuneit.report.sections.top_trials import top_trials
from tuneit.report.sections.trade_offs import trade_offs
from tuneit.report.sections.treatments import treatments
from tuneit.report.sections.trials import trials
from tuneit.report.sections.words import words

SECTIONS: tuple[SectionBuilder, ...] = (
    summary,
    trade_offs,
    best_curves,
    reference_models,
    recommendations,
    treatments,
    evaluation,
    trials,
    development,
    hyperparameters,
    top_trials,
    data,
    provenance,
    words,
)
