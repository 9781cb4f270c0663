"""The result of a search, and the files written from it: report, summary, table of trials."""

from tuneit.result.best import best_of
from tuneit.result.search_result import SearchResult

__all__ = ["SearchResult", "best_of"]
