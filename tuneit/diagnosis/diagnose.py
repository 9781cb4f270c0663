"""A curve → verdict, findings, recommendations."""

from __future__ import annotations

from dataclasses import replace

from tuneit.curves import LearningCurve
from tuneit.diagnosis.across import trial_patterns
from tuneit.diagnosis.checks import CHECKS
from tuneit.diagnosis.comparison import with_comparable_metric
from tuneit.diagnosis.context import AdviceContext
from tuneit.diagnosis.recommend import recommend
from tuneit.diagnosis.verdict import beside_critical, choose_verdict
from tuneit.diagnosis.view import view_of
from tuneit.findings import Diagnosis, Reference


def diagnose_curve(
    curve: LearningCurve,
    reference: Reference | None = None,
    context: AdviceContext | None = None,
) -> Diagnosis:
    """Diagnose one run from its learning curve alone.

    `reference` says what the scores may be compared with: without one, underfitting is never
    claimed, and a run that errs in training is told so. With a `context`, recommendations name the
    study's own hyperparameters and rest on its other trials too, whose patterns join the findings.
    """
    known = reference or Reference()
    view = with_comparable_metric(view_of(curve, known))
    found = [finding for check in CHECKS.values() for finding in check(view)]
    verdict, confidence, findings = choose_verdict(found)
    found_alone = Diagnosis(verdict, confidence, findings)
    context = context or AdviceContext()
    return advise(
        found_alone, replace(context, scored_rows=context.scored_rows or known.n_validation)
    )


def advise(diagnosis: Diagnosis, context: AdviceContext) -> Diagnosis:
    """Add what the study's other trials, the test split and the model show; recommend from all.

    `diagnosis` is that of a learning curve alone: the curve is not read again.
    """
    findings = (*context.wiring, *diagnosis.findings)
    if context.objective is not None:
        rows = context.scored_rows
        across = trial_patterns(context.trials, context.space, context.objective, rows)
        findings = (*findings, *across, *context.tested)
    verdict, confidence = beside_critical(diagnosis.verdict, diagnosis.confidence, context.wiring)
    advice = recommend(verdict, findings, context)
    return replace(
        diagnosis,
        verdict=verdict,
        confidence=confidence,
        findings=findings,
        recommendations=advice,
    )
