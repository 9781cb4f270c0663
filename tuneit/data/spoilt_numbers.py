"""Find columns of numbers that a few entries, or decimal commas, have turned into texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tuneit.errors import DataError
from tuneit.errors.wording import counted

if TYPE_CHECKING:
    import pandas as pd

MOSTLY_NUMBERS = 0.8
"""A text column with this share of numbers counts as a number column with faulty entries."""

_NUMBER = re.compile(r"\s*[-+]?\d+(,\d+)?\s*")
"""A number whose decimals, if it has any, come after a comma."""


def decimal_commas(present: pd.Series[Any]) -> list[str]:
    """The values with a decimal comma of a column of texts; none where few are numbers."""
    numbers = [text for text in map(str, present) if _NUMBER.fullmatch(text)]
    return [t for t in numbers if "," in t] if len(numbers) >= MOSTLY_NUMBERS * len(present) else []


def require_true_text(whose: str, present: pd.Series[Any], otherwise: str) -> None:
    """Refuse a column of numbers that a few faulty entries have turned into text.

    `whose` names the column in the DataError, `otherwise` is the last way out.
    """
    import pandas as pd

    if len(present) < 5:
        return
    texts = pd.Series([str(value) for value in present], index=present.index, dtype=object)
    if (pd.to_numeric(texts, errors="coerce").notna()).mean() < MOSTLY_NUMBERS:
        if commas := decimal_commas(present):
            raise DataError(
                f"{whose} writes numbers with a comma, such as '{commas[0]}': set `decimal: \",\"` "
                "for a csv where it is the decimal comma, else write them without it"
            )
        return
    faulty = texts[pd.to_numeric(texts, errors="coerce").isna()]
    if len(faulty):
        raise DataError(
            f"{whose} holds numbers except in {counted(len(faulty), 'row')}, such as "
            f"'{str(faulty.iloc[0])[:40]}' in data row {int(faulty.index[0]) + 1}: mend such "
            f"values, or empty them and set `missing`, or {otherwise}"
        )
