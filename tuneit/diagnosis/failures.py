"""Trials that failed: part of a search that nobody should call healthy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tuneit.findings import Finding, Severity
from tuneit.trials import Trial, TrialState, commonest_ending

MANY = 0.1
"""The share of failed trials from which they should be mended; a single one need not (chosen)."""

FEW_MATTER = 0.3
"""Confidence, where fewer failed, that something must be done (chosen)."""


def failed_trials(finished: Sequence[Trial]) -> Iterator[Finding]:
    """Say how many trials failed, and the commonest reason."""
    failed = [t for t in finished if t.state is TrialState.FAILED]
    ending = commonest_ending(failed)
    if ending is None:
        return
    reason, count = ending
    many = len(failed) >= 2 and len(failed) >= MANY * len(finished)
    most = f"{count} of them" if len(failed) > 1 else "it"
    yield Finding(
        "failed_trials",
        Severity.WARNING if many else Severity.INFO,
        1.0 if many else FEW_MATTER,
        f"{len(failed)} of {len(finished)} trials failed, {most} with: {reason}",
        {"failed": len(failed), "trials": len(finished), "commonest": count},
    )
