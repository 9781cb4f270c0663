"""Run all checks of a model's wiring."""

from __future__ import annotations

from collections.abc import Mapping

from tuneit.findings import Finding, Severity
from tuneit.training.wiring.checks import GROUPS, VALUES, Check
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring

_ORDER = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


def check_wirings(
    wirings: Mapping[str, Wiring],
    rows: Mapping[str, Rows],
    groups: tuple[tuple[Check, ...], ...] = GROUPS,
) -> tuple[Finding, ...]:
    """Return the findings on all outputs of a model, by name; "" is the only one.

    What is found in all outputs alike, such as a fault of the inputs, is said once. Outputs without
    rows are not checked.
    """
    if len(wirings) == 1:  # of one output with a loss, or of layers whose graph is not known
        name, wiring = next(iter(wirings.items()))
        return check_wiring(wiring, rows.get(name) or next(iter(rows.values())), groups)
    found = {
        name: check_wiring(wiring, rows[name], groups)
        for name, wiring in wirings.items()
        if name in rows
    }
    if not found:
        return ()
    summaries = [{finding.summary for finding in findings} for findings in found.values()]
    shared = set.intersection(*summaries)
    once = [f for f in next(iter(found.values())) if f.summary in shared]
    own = [f.of_output(n) for n, fs in found.items() for f in fs if f.summary not in shared]
    return tuple(sorted([*once, *own], key=lambda f: _ORDER.index(f.severity)))


def check_wiring(
    wiring: Wiring, rows: Rows, groups: tuple[tuple[Check, ...], ...] = GROUPS
) -> tuple[Finding, ...]:
    """Return the findings on a model beside its data, the most severe first.

    Of each of the `groups` of checks only the first finding counts. If there is a fault, hints are
    left out, as they would not help.
    """
    for check in VALUES:
        if (finding := check(wiring, rows)) is not None:
            return (finding,)
    firsts = (
        next((f for check in group if (f := check(wiring, rows)) is not None), None)
        for group in groups
    )
    found = [finding for finding in firsts if finding is not None]
    if any(f.severity is Severity.CRITICAL for f in found):
        found = [f for f in found if f.severity is not Severity.INFO]
    return tuple(sorted(found, key=lambda f: _ORDER.index(f.severity)))
