"""The summary: best score and hyperparameters, what limits the model, its test score."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from tuneit.findings import Diagnosis, Severity, Verdict
from tuneit.report.content import ReportContent
from tuneit.report.evaluations import views_of
from tuneit.report.sections.base import Section
from tuneit.report.sections.concerns import concerns
from tuneit.report.sections.evaluation import looks, tested_model
from tuneit.report.tile import Tile
from tuneit.report.words import (
    capitalise,
    duration,
    label,
    number,
    percent,
    plural,
    score,
)
from tuneit.space import Parameter, Scalar
from tuneit.trials import Trial, TrialState, commonest_ending

_WARNINGS = 2
"""The most warnings about the data that the summary repeats; the section on data has all."""

_TESTED_OUTPUTS = 3
"""The most outputs whose test scores get a tile; the sentences name all of them."""


@dataclass(frozen=True)
class BestParameter:
    """A hyperparameter of the best trial and the range in which it was searched."""

    name: str
    value: str
    searched: str
    note: str


def summary(content: ReportContent) -> Section:
    """Build the section."""
    best = content.best
    return Section(
        "summary",
        "Summary",
        {
            "tiles": _tiles(content),
            "sentences": _sentences(content),
            "parameters": _parameters(content, best) if best else [],
            "best": best,
            "interrupted": content.interrupted,
        },
    )


def _tiles(content: ReportContent) -> list[Tile]:
    best, diagnosis = content.best, content.diagnosis
    tiles = []
    if best:
        tiles.append(
            Tile(
                f"best {content.named(content.objective.metric)}",
                score(best.score),
                f"trial {best.number}, epoch {number(best.best_epoch)} of {best.epochs}",
            )
        )
    if diagnosis:
        tiles.append(
            Tile(
                "verdict",
                label(diagnosis.verdict),
                f"confidence {percent(diagnosis.confidence, 0)}",
                diagnosis.verdict.row.tone,
            )
        )
    if content.evaluation is not None:
        tiles += _test_tiles(content)
    states = _states(content)
    beside = f"{states}, {duration(content.duration_s)}" if content.trials else content.stopped
    tiles.append(Tile("trials", number(len(content.trials)), beside))
    return tiles


def _test_tiles(content: ReportContent) -> Iterator[Tile]:
    assert content.evaluation is not None
    for name, view in islice(views_of(content.evaluation), _TESTED_OUTPUTS):
        tile = view.tile()
        yield replace(tile, name=f"{name}: {tile.name}") if name else tile


def _states(content: ReportContent) -> str:
    counts = Counter("interrupted" if t.interrupted else str(t.state) for t in content.trials)
    ends = [*TrialState, "interrupted"]
    return ", ".join(f"{counts[end]} {end}" for end in ends if counts[end])


def _limit(diagnosis: Diagnosis) -> str:
    """Say what the verdict means and, for a healthy run below its target, how far below it is."""
    if diagnosis.verdict is Verdict.HEALTHY:
        unknown = diagnosis.finding("bias_not_judged")
        for name in ("avoidable_bias", "generalisation_gap"):
            missed = diagnosis.finding(name)
            if missed is not None and "reference" in missed.evidence:
                return _sentence(capitalise(str(missed)))
        if unknown is not None:
            return _sentence(capitalise(str(unknown)))
    return diagnosis.verdict.row.meaning


def _sentences(content: ReportContent) -> list[tuple[str, str]]:
    best, diagnosis = content.best, content.diagnosis
    said = [("Result", _found(content, best) if best else _nothing_found(content))]
    if diagnosis:
        said.append(("What limits it", _limit(diagnosis)))
        if diagnosis.verdict is Verdict.HEALTHY and (known := concerns(content)):
            said.append(("But", " ".join(_sentence(capitalise(one)) for one in known)))
    if content.compared:
        said.append(("Simple models", _sentence(capitalise(str(content.compared[0])))))
    if diagnosis and diagnosis.recommendations:
        first = min(diagnosis.recommendations, key=lambda r: r.priority)
        # A change is meant to be copied, so it is not turned into a sentence.
        said.append(("Try first", first.change or _sentence(capitalise(label(first.action)))))
    if content.evaluation is not None:
        rows, found = _tested(content)
        parts = (rows, tested_model(content), looks(content.looks))
        said.append(("On unseen data", " ".join(part for part in parts if part)))
        said += found
    elif content.untested:
        said.append(("On unseen data", _sentence(capitalise(content.untested))))
    warned = [str(f) for f in content.data_findings if f.severity is not Severity.INFO]
    if warned:
        said.append(
            ("The data", " ".join(_sentence(capitalise(one)) for one in warned[:_WARNINGS]))
        )
    if content.checks:
        said.append(("Checks", _checked(content)))
    if content.changes:
        said.append(("Mixed", _mixed(content)))
    if content.stopped:
        said.append(("Why it ended", _sentence(capitalise(content.stopped))))
    return said


def _mixed(content: ReportContent) -> str:
    changed = "; ".join(content.changes)
    return f"{capitalise(changed)}. Scores from before and after are ranked together."


def _checked(content: ReportContent) -> str:
    failed = [one for one in content.checks if not one.passed]
    if not failed:
        return "All requirements of the study hold."
    told = "; ".join(f"`{one.requirement}` ({one.found})" for one in failed)
    if len(content.checks) == 1:
        return f"The study's requirement fails: {told}."
    requirements = plural(len(content.checks), "requirement")
    return f"Of {requirements} {len(failed)} {'fails' if len(failed) == 1 else 'fail'}: {told}."


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _found(content: ReportContent, best: Trial) -> str:
    metric = content.named(content.objective.metric)
    direction = "highest" if content.objective.maximize else "lowest"
    trivial = content.trivial
    beside = (
        f" Always answering {trivial.answer}, without looking at the input, reaches "
        f"{score(trivial.score)}."
        if trivial.score is not None
        else ""
    )
    several = (
        f" (the mean of {len(best.scores)} executions, whose standard deviation is "
        f"{number(best.spread, 2)})"
        if best.spread is not None
        else ""
    )
    ended = sum(not trial.interrupted for trial in content.trials)
    return (
        f"Of {plural(ended, 'trial')}, trial {best.number} reached the {direction} "
        f"{metric}, {score(best.score)}{several}.{beside}"
    )


def _nothing_found(content: ReportContent) -> str:
    ending = commonest_ending(content.trials)
    if ending is None:
        return "No trial was completed, so there is no best model."
    reason, count = ending
    return (
        f"None of the {plural(len(content.trials), 'trial')} was completed, so there is no best "
        f"model. The most frequent reason ({plural(count, 'time')}): {_sentence(reason)}"
    )


def _tested(content: ReportContent) -> tuple[str, list[tuple[str, str]]]:
    """A sentence on the test rows; with several outputs also a name and a sentence for each."""
    evaluation = content.evaluation
    assert evaluation is not None
    whose = (
        ", on which keras-tuner may have trained it"
        if content.best and content.best.imported
        else " that the search never saw"
    )
    rows = f"{plural(evaluation.n, 'test row')}{whose}"
    views = list(views_of(evaluation))
    if len(views) == 1:
        return f"On {rows}, {views[0][1].sentence()}.", []
    found = [(name, f"{capitalise(view.sentence())}.") for name, view in views]
    return f"The model has {len(views)} outputs, each measured on {rows}.", found


def _parameters(content: ReportContent, best: Trial) -> list[BestParameter]:
    rows = []
    for name, value in best.params.items():
        parameter = content.space.get(name, best.params)
        rows.append(
            BestParameter(
                name,
                number(value, 6),
                parameter.describe() if parameter else "",
                _note(parameter, value),
            )
        )
    return rows


def _note(parameter: Parameter | None, value: Scalar) -> str:
    bounds = None if parameter is None else parameter.bounds
    if bounds is None or bounds[0] == bounds[1]:
        return ""
    for end, word in zip(bounds, ("lowest", "highest"), strict=True):
        # Taking the logarithm and back may change a value's last digits.
        if isinstance(value, (int, float)) and math.isclose(value, end, rel_tol=1e-9):
            return f"the {word} value searched; the best may lie beyond"
    return ""
