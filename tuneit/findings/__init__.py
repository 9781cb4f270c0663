"""What a diagnosis says: findings with their evidence, and recommendations with their reasons."""

from __future__ import annotations

from tuneit.findings.diagnosis import Diagnosis
from tuneit.findings.finding import Finding, Severity
from tuneit.findings.recommendation import Recommendation
from tuneit.findings.reference import Reference
from tuneit.findings.verdict import Verdict

__all__ = ["Diagnosis", "Finding", "Recommendation", "Reference", "Severity", "Verdict"]
