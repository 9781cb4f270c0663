"""What a search came to: queries, the evaluation on the test split, the summary for programs."""

from tuneit.result.search_result import SearchResult, best_of

__all__ = ["SearchResult", "best_of"]
