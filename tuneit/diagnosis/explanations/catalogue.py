"""All explanations, made from the package's tables: verdicts, observations, actions, study keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from tuneit.diagnosis.checks import CHECKS
from tuneit.diagnosis.explanations.explanation import Explanation, Kind
from tuneit.diagnosis.explanations.source import rule_of
from tuneit.diagnosis.explanations.study_keys import NAME, StudyKey, study_keys
from tuneit.errors import InputError, did_you_mean, one_of
from tuneit.findings import Verdict
from tuneit.findings.actions import ACTIONS
from tuneit.findings.observations import OBSERVATIONS
from tuneit.findings.plans import PLANS
from tuneit.findings.remedy import Plan

OF_STUDY = "study."
"""Goes before a study key that is also the name of an action; it may go before any key."""


@cache
def explanations() -> Mapping[str, Explanation]:
    """All explanations by name: verdicts, findings, actions, then keys of study.yaml."""
    found = {e.name: e for e in (*_verdicts(), *_observations())}
    found |= {action.name: action for action in _actions(found)}
    names = {path: f"{OF_STUDY}{path}" if path in found else path for path in study_keys()}
    return found | {names[path]: _of_key(key, names) for path, key in study_keys().items()}


def explain(name: str) -> Explanation:
    """Explain a verdict, a finding, an action or a key of study.yaml (`budget.trials`).

    Spaces and hyphens count as underscores. Loads no TensorFlow. Raises InputError for an unknown
    name, with the closest known one.
    """
    known = explanations()
    plain = name.strip().replace("-", "_").replace(" ", "_")
    for spelled in (name, plain, plain.lower(), plain.removeprefix(OF_STUDY)):
        if spelled in known:
            return known[spelled]
    ending = [key for key in known if key.endswith(f".{plain}")]
    meant = f" - did you mean {one_of(ending)}?" if ending else did_you_mean(plain, known)
    raise InputError(
        f"'{name}' is no verdict, finding, action or study key{meant}; `tuneit explain` (in Python "
        "tuneit.diagnosis.explanations.explanations()) lists all names"
    )


def _verdicts() -> Iterator[Explanation]:
    for verdict in Verdict:
        row = verdict.row
        check = CHECKS.get(verdict)
        home = "tuneit.diagnosis.verdict:choose_verdict"
        if check is not None:
            home = f"{check.__module__}:{check.__name__}"  # type: ignore[attr-defined]
        yield Explanation(
            name=str(verdict),
            kind=Kind.VERDICT,
            meaning=row.meaning,
            rule=rule_of(home.removeprefix("tuneit.")),
            advice=_advice(row.plan, "Nothing: evaluate the model once on the test split."),
            refuted_by=row.refuted_by,
            example=row.example,
            related=(*row.alike, *sorted(row.explains), *_actions_of(row.plan)),
        )


def _observations() -> Iterator[Explanation]:
    for name, row in OBSERVATIONS.items():
        yield Explanation(
            name=name,
            kind=Kind.FINDING,
            meaning=row.meaning,
            rule=rule_of(row.rule),
            advice=_advice(row.plan, row.advice),
            refuted_by=row.refuted_by,
            example=row.example,
            related=_actions_of(row.plan),
        )


def _actions(findings: Mapping[str, Explanation]) -> Iterator[Explanation]:
    for key, action in ACTIONS.items():
        called_by = [name for name, plan in PLANS.items() if key in _actions_of(plan)]
        shown = next((name for name in called_by if findings[name].example), "")
        opposed = [other for other in ACTIONS if other in action.conflicts]
        kinds = [f"Hyperparameters that apply it: {', '.join(action.kinds)}."] * bool(action.kinds)
        yield Explanation(
            name=key,
            kind=Kind.ACTION,
            meaning=f"{action.text[:1].upper()}{action.text[1:]}: {action.why}.",
            advice=(action.code, *kinds, *_never_with(opposed)),
            refuted_by=action.refuted_by,
            example=findings[shown].example if shown else None,
            example_of=shown,
            related=tuple(called_by),
        )


def _never_with(opposed: list[str]) -> list[str]:
    return [f"Never recommended beside: {', '.join(opposed)}."] if opposed else []


def _actions_of(plan: Plan | None) -> tuple[str, ...]:
    return () if plan is None else tuple(remedy.action for remedy in plan.remedies)


def _advice(plan: Plan | None, otherwise: str) -> tuple[str, ...]:
    """The actions of a plan in order, each with its reason in general words and its code."""
    if plan is None:
        return (otherwise,)
    actions = [ACTIONS[key] for key in _actions_of(plan)]
    return tuple(f"{action.text}: {action.why}" for action in actions)


def _of_key(key: StudyKey, names: Mapping[str, str]) -> Explanation:
    above = key.path.rpartition(".")[0].removesuffix(f".{NAME}")
    below = [name for path, name in names.items() if path.startswith(f"{key.path}.")]
    return Explanation(
        name=names[key.path],
        kind=Kind.KEY,
        meaning=key.means,
        advice=(f"{key.path}: {key.takes or 'any value'}", f"default: {key.default}"),
        related=(*(names[path] for path in (above,) if path), *below),
    )
