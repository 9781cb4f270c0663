"""What a diagnosis says: findings with their evidence, and recommendations with their reasons."""

from __future__ import annotations

from tuneit.findings.diagnosis import Diagnosis
from tuneit.findings.finding import Finding, Severity, Verdict
from tuneit.findings.recommendation import Recommendation
from tuneit.findings.reference import Reference

__all__ = ["Diagnosis", "Finding", "Recommendation", "Reference", "Severity", "Verdict"]
