"""Findings → the one word for a run, and how sure it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from tuneit.diagnosis.check import CERTAIN_ENOUGH
from tuneit.findings import Finding, Severity, Verdict
from tuneit.findings.observations import OBSERVATIONS
from tuneit.findings.verdict import CHECKED, FAULTS

UNLIKE = 0.5
"""Confidence in an unlike validation set from which its rising loss is no overfitting."""

UNSEEN = 0.12
"""Share of the runs without a sign of any fault that had one, on the lab's fit half."""

UNSEEN_BY: Mapping[str, float] = {
    "bias_not_judged": 0.33,
    "not_validated": 0.43,
}
"""What to add where a finding says that a fault cannot be seen, the largest counts. Without a
reference underfitting shows nowhere. Without validation, of 175 of the lab's runs
that are healthy or have a fault that validation alone shows, 64 have one (overfitting, a noisy or
an unlike validation set)."""

UNSEEN_ALONE = 0.1
"""What to add to `UNSEEN` where nobody says what is possible: of 31 such runs 24 are healthy."""

ONLY_IF_HEALTHY = "bias_not_judged"
"""A finding that answers what a healthy verdict leaves open: its first one, and no other's."""

BEYOND_DOUBT = 0.99
"""A number that is not finite needs no calibration."""

UNCERTAIN = 0.7
"""Below this confidence a finding says so, and why."""


def choose_verdict(
    findings: Sequence[Finding], aimless: bool = False
) -> tuple[Verdict, float, tuple[Finding, ...]]:
    """Return verdict, confidence in [0, 1] and the findings in order of weight.

    `aimless` says that nothing is known of what is possible.

    The first of `FAULTS` that is certain enough wins. Where none is, a run is too short or
    healthy, as sure as the likeliest fault is unlikely. A critical finding that is no verdict says
    what the run is (`beside_critical`). A verdict below `UNCERTAIN` comes with a
    finding named `uncertain` that says what else it might be.
    """
    said = {finding.name: finding.confidence for finding in findings}
    findings = [_calibrated(finding) for finding in findings]
    by_name = {finding.name: finding for finding in findings}
    unlike = by_name.get(Verdict.UNREPRESENTATIVE_VALIDATION)
    if unlike is not None and unlike.confidence >= UNLIKE:
        # A loss on other data rises as training goes on, and says nothing about training too long.
        findings = _doubted(findings, {Verdict.OVERFITTING}, unlike.confidence)
        by_name = {finding.name: finding for finding in findings}
    faults = [by_name[v] for v in FAULTS if v in by_name]
    certain = [fault for fault in faults if fault.confidence >= CERTAIN_ENOUGH]
    doubt = max((f.confidence for f in faults if f not in certain), default=0.0)
    if certain:
        chosen = _likeliest(certain, said)
        verdict, confidence = FAULTS[chosen.name], chosen.confidence
    elif Verdict.TOO_SHORT in by_name:
        verdict, confidence = Verdict.TOO_SHORT, by_name[Verdict.TOO_SHORT].confidence
    else:
        verdict, confidence = Verdict.HEALTHY, 1.0 - max(doubt, _unseen(by_name, aimless))
    verdict, confidence = beside_critical(verdict, confidence, findings)
    if verdict is not Verdict.HEALTHY:
        findings = [f for f in findings if f.name != ONLY_IF_HEALTHY]
    ordered = _ordered(_doubted(findings, verdict.row.explains, confidence), verdict)
    weak = confidence < 1.0 - _unseen(by_name, aimless) if verdict is Verdict.HEALTHY else True
    if confidence < UNCERTAIN and weak:
        ordered = (*ordered, _uncertain(verdict, confidence, faults))
    return verdict, confidence, ordered


def beside_critical(
    verdict: Verdict, confidence: float, findings: Sequence[Finding]
) -> tuple[Verdict, float]:
    """The verdict and its confidence beside critical findings that are no verdict themselves.

    Such a finding says what the run is (`Observation.verdict`), whatever its curve looks like: a
    run whose predictions are all the same is not healthy. The one that explains most counts, as
    among faults.
    """
    rank = list(Verdict)
    said = [(word, f.confidence) for f in findings if (word := implied(f)) is not None]
    first = min(said, key=lambda one: (rank.index(one[0]), -one[1]), default=(verdict, confidence))
    return first if rank.index(first[0]) < rank.index(verdict) else (verdict, confidence)


def _unseen(by_name: Collection[str], aimless: bool) -> float:
    """The probability of a fault that leaves no sign."""
    said = max((UNSEEN_BY[name] for name in UNSEEN_BY if name in by_name), default=0.0)
    return UNSEEN + max(said, UNSEEN_ALONE * aimless)


def implied(finding: Finding) -> Verdict | None:
    """What a critical finding that is no verdict says the run is; None of all others."""
    row = OBSERVATIONS.get(finding.name)
    if row is None or finding.severity is not Severity.CRITICAL:
        return None
    return FAULTS.get(row.verdict) if finding.confidence >= CERTAIN_ENOUGH else None


def _calibrated(finding: Finding) -> Finding:
    """The finding of a fault with as much confidence as such findings have earned."""
    said = finding.confidence
    fault = FAULTS.get(finding.name)
    if fault is None or not CERTAIN_ENOUGH < said < BEYOND_DOUBT:
        return finding
    return replace(finding, confidence=_between(said, fault.row.right))


def _between(said: float, right: Sequence[float]) -> float:
    """The share of right verdicts at a confidence, from those at `CHECKED`."""
    for low, high, a, b in zip(CHECKED, CHECKED[1:], right, right[1:], strict=False):
        if said <= high:
            return a + (b - a) * (said - low) / (high - low)
    return right[-1]


def _doubted(
    findings: Sequence[Finding], names: Collection[str], explained: float
) -> tuple[Finding, ...]:
    """The findings; those named become information, less certain as their explanation is sure."""
    return tuple(
        replace(f, severity=Severity.INFO, confidence=f.confidence * (1 - explained))
        if f.name in names
        else f
        for f in findings
    )


def _likeliest(certain: Sequence[Finding], said: Mapping[str, float]) -> Finding:
    """The first fault; but of those that look like it, the one whose check is surest.

    `said` are the checks' own confidences: a fault that needs more trust is not the less likely.
    A critical fault beyond doubt, such as a loss that is not a number, looks like no other.
    """
    if certain[0].severity is Severity.CRITICAL and said[certain[0].name] >= BEYOND_DOUBT:
        return certain[0]
    alike = FAULTS[certain[0].name].row.alike
    return max(
        (f for f in certain if f is certain[0] or f.name in alike), key=lambda f: said[f.name]
    )


def _ordered(findings: Sequence[Finding], verdict: Verdict) -> tuple[Finding, ...]:
    weights = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.INFO: 2}
    return tuple(
        sorted(
            findings,
            key=lambda f: (
                f.name not in (verdict, ONLY_IF_HEALTHY),
                weights[f.severity],
                -f.confidence,
            ),
        )
    )


def _uncertain(verdict: Verdict, confidence: float, faults: Sequence[Finding]) -> Finding:
    others = [f for f in sorted(faults, key=lambda f: -f.confidence) if f.name != verdict]
    because = (
        f"it might also be {others[0].name.replace('_', ' ')} ({others[0].confidence:.2f})"
        if others
        else "the signs are weak against the curve's own noise and length"
    )
    return Finding(
        "uncertain",
        Severity.INFO,
        1.0 - confidence,
        f"uncertain: '{str(verdict).replace('_', ' ')}' is the likeliest, but {because}",
        {"verdict": str(verdict), "confidence": round(confidence, 3)},
    )
