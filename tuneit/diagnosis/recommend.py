"""Findings → recommendations: first bias, then variance, then the data; never both ways at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import cast

from tuneit.diagnosis.across import MIN_TRIALS
from tuneit.diagnosis.check import CERTAIN_ENOUGH
from tuneit.diagnosis.context import AdviceContext
from tuneit.diagnosis.hyperparameters import Change, change_for, exhausted
from tuneit.findings import Finding, Recommendation, Severity, Verdict
from tuneit.findings.actions import ACTIONS, Action, opposed
from tuneit.findings.hyperparameter_kinds import kind_of
from tuneit.findings.plans import PLANS
from tuneit.findings.remedy import Remedy, Stage
from tuneit.trials import TrialState

MOST = 5
"""Recommendations at the most: nobody follows a list of ten (chosen)."""

HOPELESS = 0.12
"""Expected benefit over cost below which an action is not recommended (chosen)."""

SUPPORT = 1.5
"""Factor on what is expected of an action that the study's own trials support (chosen)."""

AT_HAND = 1.3
"""Factor on an action that only needs another value of a hyperparameter of the study (chosen)."""

USUAL_EPOCHS = 20
"""Epochs that most runs need before their trend is known (chosen)."""

MAJORITY = 0.6
"""An accuracy above this without any learning means unbalanced classes (chosen)."""

FEW_PICTURES = 10_000
"""Training pictures below which a pretrained base is worth its work (chosen)."""

PICTURE_AXES = 3
"""Height, width and channels."""

FOR_THE_MAJORITY = Remedy("class_weights", 0.5)
"""What no learning calls for at such an accuracy."""


def _planned(verdict: Verdict, findings: Sequence[Finding]) -> list[tuple[Remedy, Finding | None]]:
    """Remedies with the finding each rests on: the verdict's own first, then the lesser ones'.

    A verdict of bias leaves out variance's advice that opposes its own, and the other way round,
    even where its own cannot be followed any more.
    """
    by_name = {f.name: f for f in findings}
    sure = [n for n in PLANS if n in by_name and _calls_for_action(by_name[n])]
    names = [verdict, *(n for n in sure if n != verdict)]
    if verdict != Verdict.TOO_SHORT:
        names = [n for n in names if n != Verdict.TOO_SHORT]
    if verdict == Verdict.NOT_CONVERGED and "learning_rate_too_low" in sure:
        names = ["learning_rate_too_low", *(n for n in names if n != "learning_rate_too_low")]
    if verdict.row.during_training == "stop":
        # Whatever else is seen in such a run is a consequence of it.
        names = [verdict]
    wiring = [n for n in sure if PLANS[n].stage is Stage.WIRING]
    wiring.sort(key=lambda n: not is_critical_wiring(by_name[n]))
    if any(is_critical_wiring(by_name[n]) for n in wiring):
        # The curve of a model that is wired wrongly says nothing of its hyperparameters.
        return [(r, by_name[n]) for n in wiring for r in PLANS[n].remedies]
    names = [*wiring, *(n for n in names if n not in wiring)]
    planned = [
        (r, by_name.get(n))
        for n in names
        if n in PLANS
        for r in PLANS[n].remedies
        if r.helps(by_name[n].evidence if n in by_name else {})
    ]
    if "can_overfit" in by_name:
        # The model learned rows by heart: its wiring is not what is wrong.
        planned = [(r, f) for r, f in planned if r.action != "check_labels"]
    if verdict == Verdict.NO_LEARNING:
        planned += _for_the_majority(by_name.get(verdict))
    return [(r, f) for r, f in planned if f is None or not _opposes(verdict, f, r)]


def _opposes(verdict: Verdict, finding: Finding, remedy: Remedy) -> bool:
    """Whether a remedy of variance opposes one of a verdict of bias, or the other way round."""
    own, other = verdict.row.plan, PLANS.get(finding.name)
    if own is None or other is None or {own.stage, other.stage} != {Stage.BIAS, Stage.VARIANCE}:
        return False
    return any(opposed(remedy.action, one.action) for one in own.remedies)


def is_critical_wiring(finding: Finding) -> bool:
    """Whether a finding says that layers, loss and data do not belong together."""
    plan = PLANS.get(finding.name)
    is_wiring = plan is not None and plan.stage is Stage.WIRING
    return is_wiring and finding.severity is Severity.CRITICAL


def _calls_for_action(finding: Finding) -> bool:
    """A gap is harmless by itself: it asks for something only where it costs the target."""
    if finding.name == "generalisation_gap" and "reference" not in finding.evidence:
        return False
    return finding.confidence >= CERTAIN_ENOUGH


def _for_the_majority(no_learning: Finding | None) -> list[tuple[Remedy, Finding | None]]:
    """A high accuracy that never moved is the largest class's share."""
    accuracy = None if no_learning is None else no_learning.evidence.get("accuracy")
    if isinstance(accuracy, float) and accuracy > MAJORITY:
        return [(FOR_THE_MAJORITY, no_learning)]
    return []


def _consistent(options: Sequence[_Option]) -> list[_Option]:
    """The options without those that an earlier one rules out or has already named."""
    chosen: dict[str, _Option] = {}
    for option in options:
        if option.action not in chosen and not any(opposed(option.action, o) for o in chosen):
            chosen[option.action] = option
    return list(chosen.values())


def _shown_by_trials(action: Action, findings: Sequence[Finding]) -> tuple[int, Finding | None]:
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
    """Whether an action can still be taken in this study."""
    if action == "early_stopping" and context.early_stopping:
        return False
    if action == "stop" and context.objective is not None:
        return _may_stop(context)
    if action == "augmentation" and context.row_axes == 1:
        # There is no flip or crop of a table's row.
        return False
    if action == "transfer_learning":
        few = context.training_rows is not None and context.training_rows < FEW_PICTURES
        return few and context.row_axes == PICTURE_AXES
    if action == "less_regularisation" and context.params:
        return change_for(ACTIONS[action], context) is not None
    return not exhausted(ACTIONS[action], context)


def _may_stop(context: AdviceContext) -> bool:
    """Tell whether a study's target counts as reached.

    The search must have ended, and enough trials must have run to their end for the best not to be
    merely the first that came. The test split must not contradict.
    """
    complete = sum(t.state is TrialState.COMPLETE and t.scored for t in context.trials)
    return context.ended and complete >= MIN_TRIALS and not context.tested


def _more_epochs(finding: Finding | None, context: AdviceContext) -> Change | None:
    """The setting of the study that gives a run more epochs.

    None where the study does not say how many epochs it has, or where they were enough.
    """
    if context.epochs is None or finding is None:
        return None
    more = finding.evidence.get("more_epochs")
    if isinstance(more, int):
        return Change(setting="budget.epochs", old=context.epochs, new=context.epochs + more)
    if context.epochs < USUAL_EPOCHS:
        return Change(setting="budget.epochs", old=context.epochs, new=USUAL_EPOCHS)
    return Change(setting="early_stopping.patience") if context.early_stopping else None


@dataclass(frozen=True, slots=True)
class _Option:
    """A remedy, the finding that it rests on, and what the study's trials say of it.

    `searched` says that the study has a hyperparameter that applies it.
    """

    remedy: Remedy
    finding: Finding | None
    support: int
    effect: Finding | None
    searched: bool

    @property
    def action(self) -> str:
        """The key of the remedy's action."""
        return self.remedy.action

    @property
    def benefit(self) -> float:
        """Expected benefit over cost."""
        sure = self.finding.confidence if self.finding is not None else 1.0
        helped = (SUPPORT if self.support > 0 else 1.0) * (AT_HAND if self.searched else 1.0)
        return helped * sure * self.remedy.expected / ACTIONS[self.action].cost


def _recommended(option: _Option, priority: int, context: AdviceContext) -> Recommendation:
    """The option as a recommendation for this study."""
    finding = option.finding
    change = change_for(ACTIONS[option.action], context)
    if change is None and option.action == "more_epochs":
        change = _more_epochs(finding, context)
    because = option.remedy.reason_from(finding.evidence if finding is not None else {})
    evidence: dict[str, float | int | str | None] = {}
    if finding is not None:
        # Its numbers stand with the finding, once.
        evidence["finding"] = finding.name
    if option.effect is not None:
        because = f"{option.effect.summary}; {because}"
        evidence |= {f"trials_{key}": value for key, value in option.effect.evidence.items()}
    if finding is not None and change is not None and change.setting is not None:
        evidence |= {"epochs": context.epochs, "epochs_used": finding.epochs_used}
    applied = asdict(change or Change())
    # In a study the test split was evaluated when the search ended, and is not evaluated again.
    in_study = context.objective is not None
    key = "deploy" if option.action == "stop" and in_study else option.action
    return Recommendation(key, because, priority, **applied, evidence=evidence)


def recommend(
    verdict: Verdict, findings: Sequence[Finding], context: AdviceContext
) -> tuple[Recommendation, ...]:
    """Return what to do, at most `MOST`, the most promising first; nothing for a healthy run.

    In the order of the decision procedure (what makes a run meaningless, bias, variance, data),
    and for one finding by expected benefit over cost, which the study's own trials raise; actions
    that they show to harm, and hopeless ones, are left out. Opposite actions never stand beside
    one another.
    """
    options = [
        _Option(
            remedy,
            finding,
            *_shown_by_trials(ACTIONS[remedy.action], findings),
            searched=change_for(ACTIONS[remedy.action], context) is not None,
        )
        for remedy, finding in _planned(verdict, findings)
        if _applicable(remedy.action, context)
    ]
    promising = [o for o in options if o.support >= 0 and o.benefit >= HOPELESS]
    rank = {name: i for i, name in enumerate(dict.fromkeys(_source(o) for o in promising))}
    promising.sort(key=lambda o: (rank[_source(o)], -o.benefit))
    chosen = _consistent(promising)[:MOST]
    advice = [_recommended(option, i, context) for i, option in enumerate(chosen, start=1)]
    wider = _wider(findings, len(advice), {a.parameter for a in advice})
    return (*advice, *wider)[:MOST]


def _source(option: _Option) -> str:
    return "" if option.finding is None else option.finding.name


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
            "widen_range",
            edge.summary,
            before + index,
            parameter=str(edge.evidence["parameter"]),
            old=cast(float, edge.evidence["bound"]),
            new=cast(float, edge.evidence["new_bound"]),
            evidence=dict(edge.evidence),
        )
        for index, edge in enumerate(edges, start=1)
    )
