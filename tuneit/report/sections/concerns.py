"""Reasons to doubt the best trial, which a healthy learning curve does not show."""

from __future__ import annotations

from collections.abc import Iterator

from tuneit.diagnosis.across import edge_of
from tuneit.errors.wording import counted
from tuneit.evaluation import TEST_FINDINGS
from tuneit.findings import Severity
from tuneit.report.content import ReportContent
from tuneit.report.words import number

_ENDS = {"min": "lower", "max": "upper"}


def concerns(content: ReportContent) -> list[str]:
    """Return one sentence for each reason; [] if there are none."""
    return [*_found(content), *_edges(content), *_unfinished(content)]


def _found(content: ReportContent) -> Iterator[str]:
    for finding in content.diagnosis.findings if content.diagnosis else ():
        of_the_search = finding.name == "failed_trials" or finding.name in TEST_FINDINGS
        if of_the_search or finding.severity is not Severity.INFO:
            yield str(finding)


def _edges(content: ReportContent) -> Iterator[str]:
    params = content.best.params if content.best else {}
    parameters = {name: content.space.get(name, params) for name in params}
    ends = {n: edge_of(p, params[n]) for n, p in parameters.items() if p is not None}
    at = [
        f"{name} = {number(params[name])}, at the {_ENDS[end]} end of its range"
        for name, end in ends.items()
        if end is not None
    ]
    if at:
        yield (
            f"the best trial has {'; '.join(at)}: no trial has shown whether values beyond it are "
            "better"
        )


def _unfinished(content: ReportContent) -> Iterator[str]:
    if content.interrupted:
        begun = sum(not trial.interrupted for trial in content.trials)
        yield f"the search was interrupted after {counted(begun, 'trial')}"
