"""Store and read the faults in how a study's model is wired, in the ledger's header."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tuneit.findings import Finding, Severity
from tuneit.workbench.differences import Header

_KEY = "wiring"
"""The entry of a ledger's header that holds the findings."""


def record_wiring(header: dict[str, Any], findings: Sequence[Finding]) -> None:
    """Store the faults among the findings on the inspected model, but not the hints."""
    faults = [f.to_dict() for f in findings if f.severity is not Severity.INFO]
    if faults or header.get(_KEY):
        header[_KEY] = faults


def recorded_wiring(header: Header) -> tuple[Finding, ...]:
    """Read back the faults; none if the study's model was never inspected."""
    given = header.get(_KEY, ())
    return tuple(Finding(**{**one, "severity": Severity(one["severity"])}) for one in given)
