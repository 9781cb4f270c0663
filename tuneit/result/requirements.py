"""Whether a search's result fulfils the requirements of its study, or others."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from tuneit.errors import did_you_mean
from tuneit.errors.wording import listing
from tuneit.evaluation.weighing import weighed_record
from tuneit.study.requirements import Outcome, Requirement
from tuneit.trials import Objective, Trial

if TYPE_CHECKING:
    from tuneit.result import SearchResult

_TEST = "test."

_AVERAGED = ("precision", "recall", "f1")
"""Scores of a class; without a class's name they are those of the positive class or a mean."""


def outcomes(
    result: SearchResult, requirements: Sequence[Requirement] | None = None
) -> tuple[Outcome, ...]:
    """Compare the result with requirements, by default with the `checks` of its study."""
    if requirements is None:
        requirements = [Requirement.parse(text) for text in result.study.checks]
    if not requirements:
        return ()
    if result.best_or_none is None:
        return tuple(Outcome(one, False, "no trial was completed") for one in requirements)
    diagnosis = result.diagnose()
    names = {str(diagnosis.verdict)}
    names |= {f.name for f in (*diagnosis.findings, *result.data_findings, *result.wiring)}
    known = measured(result)
    return tuple(
        _of_words(one, str(diagnosis.verdict), names)
        if isinstance(one.value, str)
        else _of_number(one, known, result.untested if result.evaluation is None else "")
        for one in requirements
    )


def measured(result: SearchResult) -> dict[str, tuple[float, str]]:
    """The numbers that can be required by name, each with what it is, where that is not plain.

    These are `score`; the best trial's series at its best epoch (the mean of its executions) and
    its other objectives; `trials`, `failed`, `epochs` and `seconds`; and `test.` with the numbers
    of the evaluation on the test split.
    """
    best = result.best
    found = {
        "trials": float(len(result.trials)),
        "failed": float(sum(trial.error is not None for trial in result.trials)),
        "epochs": float(best.epochs),
        "seconds": sum(trial.duration_s for trial in result.trials),
        **_of_curves(best, result.objective),
        **{o.metric: v for o, v in zip(result.study.objectives, best.values, strict=False)},
        "score": float(best.score or 0.0),
        result.objective.metric: float(best.score or 0.0),
    }
    told = {name: (value, "") for name, value in found.items()}
    if result.evaluation and result.final_evaluation:
        reported = result.final_evaluation.metrics
        told |= {f"{_TEST}{name}": (value, "as compiled") for name, value in reported.items()}
    if result.evaluation:
        record = weighed_record(result.evaluation, result.study.report)
        told |= dict(numbers_on_test(record))
    return told


def _of_curves(trial: Trial, objective: Objective) -> dict[str, float]:
    """Each series at the best epoch; of several executions the mean."""
    values: dict[str, list[float]] = {}
    for curve in (trial.curve, *trial.repeats):
        if curve is None or objective.metric not in curve.series:
            continue
        epoch = curve.best_epoch(objective.metric, maximize=objective.maximize)
        if epoch is not None:
            for name in curve.series:
                values.setdefault(name, []).append(curve.at(name, epoch))
    return {name: fmean(found) for name, found in values.items()}


def numbers_on_test(record: Mapping[str, Any]) -> Iterator[tuple[str, tuple[float, str]]]:
    """The numbers of an evaluation by name: `test.accuracy`, `test.macro.f1`, `test.cat.recall`."""
    found = dict(_numbers(record))
    for name in _AVERAGED:
        positive = record.get("positive_class")
        for source in (positive, "macro"):
            if f"{source}.{name}" in found:
                said = f"of {positive}" if source == positive else "the mean of the classes"
                yield _TEST + name, (found[f"{source}.{name}"], said)
                break
    for name, value in found.items():
        yield _TEST + name, (value, "")


def _numbers(record: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The numbers of nested mappings; items of lists go by their `name`."""
    for key, value in record.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{name}", number) for name, number in _numbers(value))
        elif isinstance(value, list):
            named = {str(v["name"]): v for v in value if isinstance(v, Mapping) and "name" in v}
            yield from _numbers(named)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield ("rows" if key == "n" else key), float(value)


def _of_words(one: Requirement, verdict: str, names: Collection[object]) -> Outcome:
    if one.name == "verdict":
        return Outcome(one, one.holds(verdict), verdict)
    found = "found" if one.value in names else "not found"
    return Outcome(one, one.holds(names), found)


def _of_number(one: Requirement, known: Mapping[str, tuple[float, str]], untested: str) -> Outcome:
    if one.name in known:
        value, said = known[one.name]
        shown = f"{value:.6g}" + (f" ({said})" if said else "")
        return Outcome(one, not math.isnan(value) and one.holds(value), shown)
    if untested and one.name.startswith(_TEST):
        return Outcome(one, False, untested.rstrip("."))
    begins = _TEST if one.name.startswith(_TEST) else ""
    near = did_you_mean(one.name, known) or "; there are " + listing(
        [name for name in known if name.startswith(begins)][:12]
    )
    problem = f"the result has no number '{one.name}'{near}"
    return Outcome(one, False, problem, problem)
