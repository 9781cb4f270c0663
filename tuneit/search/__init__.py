"""The search loop, and the protocols of the objects that it works with."""

from tuneit.search.config import Limits, SearchConfig
from tuneit.search.loop import Outcome, run_search
from tuneit.search.proposals import PILOTS

__all__ = ["PILOTS", "Limits", "Outcome", "SearchConfig", "run_search"]
