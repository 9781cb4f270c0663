"""Trials that failed: part of a search that nobody should call healthy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tuneit.errors.wording import counted
from tuneit.findings import Finding, Severity
from tuneit.trials import Trial, TrialState, commonest_ending

MANY = 0.1
"""The share of failed trials from which they should be mended; a single one need not (chosen)."""

FEW_MATTER = 0.3
"""Confidence, where fewer failed, that something must be done (chosen)."""

_OUT_OF_MEMORY = re.compile(r"\bOOM\b|ResourceExhausted|\bout of memory\b|MemoryError", re.I)
"""How TensorFlow, JAX, Python and the trainers say that the memory did not suffice."""


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


def out_of_memory(finished: Sequence[Trial]) -> Iterator[Finding]:
    """Say how many trials exceeded the memory: a smaller batch would have let them train."""
    exceeded = [t for t in finished if t.error and _OUT_OF_MEMORY.search(t.error)]
    if not exceeded:
        return
    sizes = [size for t in exceeded if isinstance(size := t.params.get("batch_size"), int)]
    smallest = f", the smallest batch of them had {min(sizes)} rows" if sizes else ""
    yield Finding(
        "out_of_memory",
        Severity.WARNING,
        1.0,
        f"{len(exceeded)} of {counted(len(finished), 'trial')} exceeded the memory{smallest}",
        {
            "exceeded": len(exceeded),
            "trials": len(finished),
            "batch_size": min(sizes, default=None),
        },
    )
