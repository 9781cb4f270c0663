"""Running all checks of a model's wiring."""

from __future__ import annotations

from tuneit.findings import Finding, Severity
from tuneit.training.wiring.checks import GROUPS, VALUES, Check
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring

_ORDER = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


def check_wiring(
    wiring: Wiring, rows: Rows, groups: tuple[tuple[Check, ...], ...] = GROUPS
) -> tuple[Finding, ...]:
    """Return the findings on a model beside its data, the most severe first.

    Of each of the `groups` of checks the first finding counts. Hints are left out where the
    wiring is at fault: they would mend nothing.
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
