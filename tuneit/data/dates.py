"""Tell columns of dates from other texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_DATE = re.compile(r"\s*(\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{1,2}([-/.])\d{1,2}\3\d{2,4})([T ,].*)?")
"""A year first or last, with a time or without."""

_LOOKED_AT = 1000
"""Values of a column that are looked at."""

MOSTLY_DATES = 0.8
"""A text column with this share of dates is one of dates (chosen)."""


def date_notes(name: str, present: pd.Series[Any]) -> tuple[str, ...]:
    """A sentence on what becomes of a text column of dates; none for other texts."""
    texts = [str(value) for value in present.head(_LOOKED_AT)]
    if sum(_DATE.fullmatch(text) is not None for text in texts) < MOSTLY_DATES * max(1, len(texts)):
        return ()
    return (
        f"column '{name}' holds dates, which are read as categories: name it as `times` to "
        "validate and test on later rows, or give numbers such as the year and the month",
    )
