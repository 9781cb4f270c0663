"""What a ledger keeps of the faults in how a study's model is wired."""

from __future__ import annotations

from collections.abc import Sequence

from tuneit.findings import Finding, Severity
from tuneit.ledger import Ledger

_KEY = "wiring"
"""The entry of a ledger's header that holds the findings."""


def record_wiring(ledger: Ledger, findings: Sequence[Finding]) -> None:
    """Keep the faults, not the hints, among the findings on the inspected model."""
    faults = [f.to_dict() for f in findings if f.severity is not Severity.INFO]
    if faults or ledger.header.get(_KEY):
        ledger.set_header({**ledger.header, _KEY: faults})


def recorded_wiring(ledger: Ledger) -> tuple[Finding, ...]:
    """Read back the faults; none where the study's model was never inspected."""
    given = ledger.header.get(_KEY, ())
    return tuple(Finding(**{**one, "severity": Severity(one["severity"])}) for one in given)
