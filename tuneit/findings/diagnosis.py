"""The verdict on one run, with its findings and recommendations."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from tuneit.errors.harmless import for_line
from tuneit.errors.html import marked
from tuneit.findings.finding import Finding
from tuneit.findings.recommendation import Recommendation
from tuneit.findings.verdict import Verdict


@dataclass(frozen=True)
class Diagnosis:
    """The verdict on one run, with what led to it and what follows from it.

    `notes` say how the history was read, where that was not obvious.
    """

    verdict: Verdict
    confidence: float
    findings: tuple[Finding, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    notes: tuple[str, ...] = ()

    def finding(self, name: str) -> Finding | None:
        """The finding of that name, or None."""
        return next((f for f in self.findings if f.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `tuneit diagnose --json` and `summary.json` give it."""
        return {
            "verdict": str(self.verdict),
            "confidence": round(self.confidence, 3),
            "findings": [f.to_dict() for f in self.findings],
            "recommendations": [r.to_dict() for r in self.recommendations],
        }

    def __str__(self) -> str:
        lines = [f"{self.verdict} (confidence {self.confidence:.2f})"]
        lines += [f"  {f}" for f in self.findings]
        lines += [f"  {r.priority}. {r.action}: {r.reason}" for r in self.recommendations]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(map(for_line, lines))

    def _repr_html_(self) -> str:
        findings = "".join(f"<li>{marked(str(f))}</li>" for f in self.findings)
        advice = "".join(
            f"<li><b>{escape(r.action)}</b>: {marked(r.reason)}"
            + (f" <i>{marked(r.change)}</i>" if r.change else "")
            + "</li>"
            for r in self.recommendations
        )
        notes = "".join(f"<p>note: {marked(note)}</p>" for note in self.notes)
        return (
            f"<p><b>{escape(str(self.verdict))}</b> (confidence {self.confidence:.2f}). "
            f"{marked(self.verdict.row.meaning)}</p>"
            f"<ul>{findings}</ul><ol>{advice}</ol>{notes}"
        )
