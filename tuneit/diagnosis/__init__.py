"""Checks on learning curves, the verdict they amount to, and what to do about it."""

from __future__ import annotations

from tuneit.diagnosis.across import trial_patterns
from tuneit.diagnosis.context import AdviceContext
from tuneit.diagnosis.diagnose import advise, diagnose_curve

__all__ = ["AdviceContext", "advise", "diagnose_curve", "trial_patterns"]
