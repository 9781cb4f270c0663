"""What the words of a diagnosis and the keys of study.yaml mean, and the rules behind them."""

from __future__ import annotations

from tuneit.diagnosis.explanations.catalogue import explain, explanations
from tuneit.diagnosis.explanations.explanation import LIMITS, Explanation, Kind

__all__ = ["LIMITS", "Explanation", "Kind", "explain", "explanations"]
