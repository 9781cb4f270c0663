"""Findings → recommendations: first bias, then variance, then the data; never both ways at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tuneit.diagnosis.actions import ACTIONS, CONFLICTS, Action
from tuneit.diagnosis.check import CERTAIN_ENOUGH
from tuneit.diagnosis.context import AdviceContext
from tuneit.diagnosis.hyperparameters import change_for, exhausted, kind_of
from tuneit.findings import Finding, Recommendation, Verdict

PLANS: Mapping[str, tuple[str, ...]] = {
    Verdict.DIVERGED: ("lower learning rate", "gradient clipping", "batch normalisation"),
    Verdict.NO_LEARNING: ("check labels", "learning rate sweep", "batch normalisation"),
    Verdict.UNSTABLE: ("lower learning rate", "schedule", "gradient clipping", "batch size"),
    Verdict.NOT_CONVERGED: ("more epochs",),
    "learning_rate_too_low": ("raise learning rate", "more epochs"),
    Verdict.UNDERFITTING: ("more capacity", "less regularisation", "raise learning rate"),
    Verdict.OVERFITTING: (
        "early stopping", "dropout", "L2", "augmentation", "smaller network", "more data",
    ),
    Verdict.NOISY_VALIDATION: ("larger validation set",),
    Verdict.UNREPRESENTATIVE_VALIDATION: ("fix the split",),
    "leakage": ("fix the split",),
    Verdict.TOO_SHORT: ("more epochs",),
    "at_the_limit": ("stop",),
}  # fmt: skip
"""What to do about a finding, the most promising and cheapest first (the symptom table of
Goodfellow, Bengio & Courville, "Deep learning", 2016, chapter 11, and Ng, "Machine learning
yearning", 2018: first the training error, then the gap, then the data)."""

MAJORITY = 0.6
"""An accuracy above this without any learning means unbalanced classes."""

_ORDER: tuple[str, ...] = (
    Verdict.DIVERGED, Verdict.NO_LEARNING, Verdict.UNSTABLE, "learning_rate_too_low",
    Verdict.NOT_CONVERGED, Verdict.UNDERFITTING, Verdict.OVERFITTING, Verdict.NOISY_VALIDATION,
    Verdict.UNREPRESENTATIVE_VALIDATION, "leakage", "at_the_limit", Verdict.TOO_SHORT,
)  # fmt: skip


def _planned(verdict: Verdict, findings: Sequence[Finding]) -> list[tuple[str, Finding | None]]:
    """Actions with the finding each rests on: the verdict's own first, then the lesser ones'.

    A verdict of bias leaves out variance's advice and the other way round, by `CONFLICTS`.
    """
    by_name = {f.name: f for f in findings}
    sure = [n for n in _ORDER if n in by_name and by_name[n].confidence >= CERTAIN_ENOUGH]
    names = [verdict, *(n for n in sure if n != verdict)]
    if verdict != Verdict.TOO_SHORT:
        names = [n for n in names if n != Verdict.TOO_SHORT]
    if verdict == Verdict.NOT_CONVERGED and "learning_rate_too_low" in sure:
        names = ["learning_rate_too_low", *(n for n in names if n != "learning_rate_too_low")]
    if verdict in (Verdict.DIVERGED, Verdict.NO_LEARNING):
        # Whatever else is seen in such a run is a consequence of it.
        names = [verdict]
    planned = [(action, by_name.get(n)) for n in names for action in PLANS.get(n, ())]
    return planned + _for_the_majority(by_name.get(Verdict.NO_LEARNING))


def _for_the_majority(no_learning: Finding | None) -> list[tuple[str, Finding | None]]:
    """A high accuracy that never moved is the largest class's share."""
    accuracy = None if no_learning is None else no_learning.evidence.get("accuracy")
    if isinstance(accuracy, float) and accuracy > MAJORITY:
        return [("class weights", no_learning)]
    return []


def _consistent(planned: Sequence[tuple[str, Finding | None]]) -> list[tuple[str, Finding | None]]:
    chosen: list[tuple[str, Finding | None]] = []
    taken: set[str] = set()
    for action, finding in planned:
        opposed = any(
            action in CONFLICTS.get(other, ()) or other in CONFLICTS.get(action, ())
            for other in taken
        )
        if action not in taken and not opposed:
            chosen.append((action, finding))
            taken.add(action)
    return chosen


def _trend(action: Action, findings: Sequence[Finding]) -> tuple[int, Finding | None]:
    """What the study's other trials say of an action: +1 it helped, -1 it hurt, 0 nothing."""
    for finding in findings:
        if finding.name != "effect" or finding.confidence < CERTAIN_ENOUGH:
            continue
        name, better = str(finding.evidence["parameter"]), finding.evidence["better_when"]
        if kind_of(name) not in action.kinds:
            continue
        helps = (better == "high") == (action.direction > 0)
        return (1 if helps else -1), finding
    return 0, None


def _applicable(action: str, context: AdviceContext) -> bool:
    if action == "early stopping" and context.early_stopping:
        return False
    if action == "less regularisation" and context.params:
        return change_for(ACTIONS[action], context) is not None
    if action == "raise learning rate" and context.params:
        return not exhausted(ACTIONS[action], context)
    return not exhausted(ACTIONS[action], context)


def _brief(finding: Finding) -> str:
    """The finding's numbers in a clause, without its explanation."""
    seen = finding.evidence
    if finding.name == Verdict.OVERFITTING:
        share = 100 * float(seen["rise_relative"] or 0)
        return (
            f"validation {seen['quantity']} ends at {seen['end']}, {abs(share):.0f} % worse than "
            f"{seen['best']} at epoch {seen['best_epoch']}"
            + (f", training at {seen['train_end']}" if "train_end" in seen else "")
        )
    return finding.summary.split(": ")[0]


def _epochs_change(finding: Finding | None, context: AdviceContext) -> str | None:
    more = finding.evidence.get("more_epochs") if finding is not None else None
    if context.epochs is None or not isinstance(more, int):
        return None
    return f"raise `budget.epochs`, now {context.epochs}, to about {context.epochs + more}"


def _write(
    name: str,
    finding: Finding | None,
    effect: Finding | None,
    priority: int,
    context: AdviceContext,
) -> Recommendation:
    action = ACTIONS[name]
    change = change_for(action, context)
    text = change.text if change is not None else None
    if text is None and name == "more epochs":
        text = _epochs_change(finding, context)
    because = f"{_brief(finding)}; {action.why}" if finding is not None else action.why
    if effect is not None:
        because = f"{effect.summary}; {because}"
    evidence = dict(finding.evidence) if finding is not None else {}
    if effect is not None:
        evidence |= {f"trials_{key}": value for key, value in effect.evidence.items()}
    return Recommendation(
        action.text,
        because,
        priority,
        parameter=change.parameter if change is not None else None,
        change=text or action.code,
        evidence=evidence,
        refuted_by=action.refuted_by,
    )


def recommend(
    verdict: Verdict, findings: Sequence[Finding], context: AdviceContext
) -> tuple[Recommendation, ...]:
    """Return what to do, the most promising first; nothing for a run that is healthy.

    Actions that the study's own trials speak for come before the others of their verdict, those
    that they speak against are left out. Opposite actions never stand beside one another.
    """
    planned = [
        (action, finding)
        for action, finding in _planned(verdict, findings)
        if _applicable(action, context)
    ]
    weighed = [(action, finding, *_trend(ACTIONS[action], findings)) for action, finding in planned]
    kept = [entry for entry in weighed if entry[2] >= 0]
    # Stopping early costs nothing and comes first whatever the trials say.
    kept.sort(key=lambda entry: (entry[0] != "early stopping", -entry[2]))
    effects = {entry[0]: entry[3] for entry in kept}
    chosen = _consistent([(action, finding) for action, finding, _, _ in kept])
    advice = [
        _write(action, finding, effects[action], priority, context)
        for priority, (action, finding) in enumerate(chosen, start=1)
    ]
    return (*advice, *_wider(findings, len(advice), {a.parameter for a in advice}))


def _wider(
    findings: Sequence[Finding], before: int, spoken_of: set[str | None]
) -> tuple[Recommendation, ...]:
    """Widen the ranges at whose edge the best trials lie."""
    edges = [
        f
        for f in findings
        if f.name == "edge_of_range"
        and f.confidence >= CERTAIN_ENOUGH
        and f.evidence["parameter"] not in spoken_of
    ]
    return tuple(
        Recommendation(
            f"widen the range of {edge.evidence['parameter']}",
            edge.summary,
            before + index,
            parameter=str(edge.evidence["parameter"]),
            change=str(edge.evidence["change"]),
            evidence=dict(edge.evidence),
            refuted_by="the best trials of the wider range lie inside the old one",
        )
        for index, edge in enumerate(edges, start=1)
    )
