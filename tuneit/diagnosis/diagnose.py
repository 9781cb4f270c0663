"""A curve → verdict, findings, recommendations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tuneit.curves import LearningCurve
from tuneit.diagnosis.across import trial_patterns
from tuneit.diagnosis.aims import aim_of, judged_pair
from tuneit.diagnosis.checks import CHECKS
from tuneit.diagnosis.comparison import compare, with_comparable_metric
from tuneit.diagnosis.context import AdviceContext
from tuneit.diagnosis.recommend import is_critical_wiring, recommend
from tuneit.diagnosis.verdict import beside_critical, choose_verdict
from tuneit.diagnosis.view import view_of
from tuneit.findings import Diagnosis, Finding, Reference, Verdict


def diagnose_curve(
    curve: LearningCurve,
    reference: Reference | None = None,
    context: AdviceContext | None = None,
    seen: Sequence[Finding] = (),
) -> Diagnosis:
    """Diagnose one run from its learning curve, and from what else was `seen` of its model.

    `reference` says what the scores may be compared with: without one, underfitting is never
    claimed, and a run that errs in training is told so. With a `context`, recommendations name the
    study's own hyperparameters and rest on its other trials too, whose patterns join the findings.
    What was seen inside the model replaces the curve's findings of the same name.
    """
    known = reference or Reference()
    view = with_comparable_metric(view_of(curve, known))
    of_curve = (f for check in CHECKS.values() for f in check(view))
    pair = judged_pair(view)
    aimless = pair is None or (aim_of(pair, known) or compare(pair, known)) is None
    verdict, confidence, findings = choose_verdict(_together(of_curve, seen), aimless)
    found_alone = Diagnosis(verdict, confidence, findings)
    context = context or AdviceContext()
    return advise(
        found_alone, replace(context, scored_rows=context.scored_rows or known.n_validation)
    )


def _together(of_curve: Iterable[Finding], seen: Sequence[Finding]) -> list[Finding]:
    """The findings on a curve and on its model, without those that the others explain."""
    names = {finding.name for finding in seen}
    # The comparison in inference mode has explained why validation seems easier.
    if "regularised_training_loss" in names:
        names.add(Verdict.UNREPRESENTATIVE_VALIDATION)
    found = [*(f for f in of_curve if f.name not in names), *seen]
    if any(is_critical_wiring(finding) for finding in found):
        # Two rows may be learned by heart all the same: that does not make the wiring right.
        found = [f for f in found if f.name != "can_overfit"]
    return found


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
