"""Check the columns of new rows before they are encoded: messages name column and row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tuneit.data.dataset import Array
from tuneit.data.table import NumberColumn, TableEncoder, TextColumn, WholeColumn
from tuneit.errors import DataError, did_you_mean
from tuneit.errors.wording import counted

if TYPE_CHECKING:
    import pandas as pd

_MOST_NAMED = 8
"""The most categories that a note lists."""


def checked_columns(
    table: pd.DataFrame,
    encoders: Mapping[str, TableEncoder | WholeColumn],
    texts: Collection[str],
    where: str,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the columns that the encoders need, numbers as numbers, and notes on unknown values.

    `texts` are the names of the inputs that hold texts. Raises DataError with the first row,
    counted from 1, for missing columns, for missing values that nothing fills, and for texts among
    numbers.
    """
    import pandas as pd

    table = table.rename(columns=str).reset_index(drop=True)
    checked: dict[str, Any] = {}
    notes: list[str] = []
    for input_name, encoder in encoders.items():
        columns = encoder.columns if isinstance(encoder, TableEncoder) else (encoder,)
        for column in columns:
            values = _present(table, column, where)
            holds_texts = isinstance(column, TextColumn) or (
                isinstance(column, WholeColumn) and input_name in texts
            )
            if not holds_texts:
                values = _numbers(values, column, where)
            elif isinstance(column, TextColumn):
                notes += _unknown(values, column, where)
            else:
                values = values.map(str, na_action="ignore")
            checked[column.name] = values
    return pd.DataFrame(checked), tuple(notes)


def _present(
    table: pd.DataFrame, column: NumberColumn | TextColumn | WholeColumn, where: str
) -> pd.Series[Any]:
    """A column of the table. Raises DataError where it is not there, or lacks a value."""
    if column.name not in table.columns:
        raise DataError(
            f"{where} has no column '{column.name}', which the model was trained with"
            f"{did_you_mean(column.name, map(str, table.columns)) or ': add it'}"
        )
    values = table[column.name]
    missing = values.isna().to_numpy()
    if missing.any() and column.fill is None:
        raise DataError(
            f"{where} lacks the value of column '{column.name}' in {_rows(missing)}, and the model "
            "was trained without missing values: fill it in or leave the row out; a study with "
            "`missing: median` learns what to fill in"
        )
    return values


def _numbers(
    values: pd.Series[Any], column: NumberColumn | TextColumn | WholeColumn, where: str
) -> pd.Series[Any]:
    import pandas as pd

    if pd.api.types.is_numeric_dtype(values):
        return values
    numbers = pd.to_numeric(values.map(_plain, na_action="ignore"), errors="coerce")
    faulty = (numbers.isna() & values.notna()).to_numpy()
    if faulty.any():
        shown = str(values[faulty].iloc[0])[:40]
        raise DataError(
            f"column '{column.name}' of {where} must hold numbers, as the training rows do, but "
            f"has '{shown}' in {_rows(faulty)}: mend the value, or empty the cell if the study "
            "says what fills it (`missing`)"
        )
    return numbers.astype(np.float64)


def _plain(value: Any) -> Any:
    """A value without the spaces around it; a boolean as a number."""
    return float(value) if isinstance(value, bool) else value


def _unknown(values: pd.Series[Any], column: TextColumn, where: str) -> list[str]:
    """A note on rows with a category that the training rows lack."""
    present = values.notna()
    texts = values[present].map(str)
    new = texts[~texts.isin(column.categories)]
    if new.empty:
        return []
    bad = np.zeros(len(values), bool)
    bad[new.index] = True
    known = ", ".join(f"'{name}'" for name in column.categories[:_MOST_NAMED])
    more = ", …" if len(column.categories) > _MOST_NAMED else ""
    return [
        f"column '{column.name}' of {where} has the category '{new.iloc[0][:40]}' in {_rows(bad)}, "
        f"which no training row has (these have {known}{more}): it is encoded as zeros, so that "
        "its prediction rests on the other columns"
    ]


def _rows(bad: Array) -> str:
    """`data row 3`, or `data row 3 and 2 more rows`."""
    more = int(bad.sum()) - 1
    return f"data row {int(np.argmax(bad)) + 1}" + (
        f" and {counted(more, 'more row')}" if more else ""
    )
