"""Models without code: builders that adapt to task and data."""

from tuneit.training.ready_made.model import KINDS, ReadyMade, ready_made

__all__ = ["KINDS", "ReadyMade", "ready_made"]
