"""The search loop, and what it asks of those that it works with."""

from tuneit.search.loop import PILOTS, Limits, Outcome, run_search

__all__ = ["PILOTS", "Limits", "Outcome", "run_search"]
