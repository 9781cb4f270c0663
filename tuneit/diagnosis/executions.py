"""Several executions of one trial, each with its diagnosis → the trial's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tuneit.findings import Diagnosis, Finding, Severity, Verdict


def commonest(found: Sequence[Diagnosis]) -> Diagnosis:
    """The diagnosis that most executions (seeds or folds) share, with how many do.

    Of verdicts that are equally common the one that explains most counts; of the executions with
    it, that of middle confidence is shown. Its confidence shrinks by the share of the others.
    """
    if len(found) == 1:
        return found[0]
    counts = Counter(diagnosis.verdict for diagnosis in found)
    rank = list(Verdict)
    verdict = min(counts, key=lambda v: (-counts[v], rank.index(v)))
    sharing = sorted((d for d in found if d.verdict == verdict), key=lambda d: d.confidence)
    shown = sharing[len(sharing) // 2]
    others = ", ".join(f"{n} {v}" for v, n in counts.most_common() if v != verdict)
    share = len(sharing) / len(found)
    finding = Finding(
        "executions_compared",
        Severity.INFO,
        1.0,
        f"{len(sharing)} of {len(found)} executions (seeds or folds) are judged {verdict}"
        + (f", the others differ: {others}" if others else ""),
        {"executions": len(found), "same_verdict": len(sharing), "verdict": str(verdict)},
    )
    return replace(shown, confidence=shown.confidence * share, findings=(*shown.findings, finding))
