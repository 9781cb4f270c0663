"""Encode DataFrame columns as float features; the encoding is fitted on training rows only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tuneit.data.dataset import Array
from tuneit.data.dates import date_notes
from tuneit.data.raw import Missing
from tuneit.data.spoilt_numbers import require_true_text
from tuneit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

MOST_CATEGORIES = 1000
"""More categories than this would give more one-hot columns than most tables have rows."""

IDENTIFIER_ROWS = 20
"""From this many rows on, a text column without any repetition is an identifier."""

SENTENCE_SPACES = 2
"""Spaces in the median text of a column from which it holds sentences, not names (chosen)."""


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers or booleans; `fill` replaces missing values."""

    name: str
    fill: float | None

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The column's own name."""
        return (self.name,)

    def encode(self, column: pd.Series[Any]) -> Array:
        """Return float64 of shape (rows, 1), NaN where a value is missing and none fills it."""
        try:
            values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError):
            raise DataError(
                f"column '{self.name}' holds numbers in the training split, but other values in "
                "another split: make the splits alike"
            ) from None
        if self.fill is not None:
            values = np.where(np.isnan(values), self.fill, values)
        return values[:, None]


@dataclass(frozen=True)
class TextColumn:
    """A column of categories, one-hot encoded; a category that training rows lack gives zeros."""

    name: str
    categories: tuple[str, ...]
    fill: str | None

    @property
    def feature_names(self) -> tuple[str, ...]:
        """`mfr=K` for each category."""
        return tuple(f"{self.name}={category}" for category in self.categories)

    def encode(self, column: pd.Series[Any]) -> Array:
        """Return float64 zeros and ones of shape (rows, categories)."""
        texts = _texts(column, self.fill)
        known = np.array(self.categories, dtype=object)
        one_hot: Array = (texts[:, None] == known[None, :]).astype(np.float64)
        return one_hot

    def unseen(self, column: pd.Series[Any]) -> int:
        """Number of rows with a category that is not among the training rows'."""
        return int(np.sum(~np.isin(_texts(column, self.fill), list(self.categories))))


@dataclass(frozen=True)
class WholeColumn:
    """A column that the model gets as it is: texts, or numbers of their own dtype."""

    name: str
    fill: float | str | None

    def encode(self, table: pd.DataFrame) -> Array:
        """Return an array of shape (rows,)."""
        column = _require_in(table, self.name)
        if is_text(column):
            return _texts(column, None if self.fill is None else str(self.fill))
        filled = column if self.fill is None else column.fillna(self.fill)
        return np.asarray(filled.to_numpy())


@dataclass(frozen=True)
class TableEncoder:
    """Maps tables with the training table's columns to float32 features."""

    columns: tuple[NumberColumn | TextColumn, ...]

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features, in order."""
        return tuple(name for column in self.columns for name in column.feature_names)

    def encode(self, table: pd.DataFrame) -> Array:
        """Return float64 features of shape (rows, features); raises DataError on absent columns."""
        return np.concatenate([c.encode(_require_in(table, c.name)) for c in self.columns], axis=1)

    def notes(self, table: pd.DataFrame, where: str) -> tuple[str, ...]:
        """Sentences about categories of a split that the training rows lack."""
        unseen = {
            c.name: c.unseen(table[c.name]) for c in self.columns if isinstance(c, TextColumn)
        }
        return tuple(
            f"column '{name}': {count} rows of the {where} split have a category that the "
            "training split lacks; they are encoded as zeros"
            for name, count in unseen.items()
            if count
        )


Encoders = Mapping[str, TableEncoder | WholeColumn]
"""How the columns of a table become the model's inputs, by the input's name."""


def _require_in(table: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name not in table.columns:
        raise DataError(f"all splits must have the same columns, but one has no column '{name}'")
    return table[name]


def is_text(column: pd.Series[Any]) -> bool:
    """Tell whether a column holds categories rather than numbers or booleans."""
    from pandas.api import types

    if types.is_bool_dtype(column) or types.is_numeric_dtype(column):
        return False
    if column.dtype == object:
        return not all(isinstance(v, (bool, int, float)) for v in column.dropna())
    return True


def prune_table(
    table: pd.DataFrame, missing: Missing, whole: Collection[str] = ()
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Leave out identifiers and rows that `missing: drop` drops; return the rest and the notes.

    The columns `whole` are given to the model as they are, whatever texts they hold.
    Raises DataError for faulty numbers, too many categories, missing values under
    `missing: refuse`, or when no column is left.
    """
    notes: list[str] = []
    left_out: list[str] = []
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        raise DataError(f"columns must have different names, but two are called '{twice}'")
    for name in table.columns:
        column = table[name]
        if name in whole:
            continue
        if not is_text(column):
            if np.iscomplexobj(column):
                raise DataError(f"column '{name}' holds complex numbers: give real columns")
            continue
        present = column.dropna()
        distinct = present.nunique()
        require_true_text(f"column '{name}'", present, "leave the column out (`drop` of a csv)")
        notes += date_notes(name, present)
        if distinct == len(present) >= IDENTIFIER_ROWS:
            left_out.append(name)
            read = ""
            if present.map(str).str.count(" ").median() >= SENTENCE_SPACES:
                read = "; a model reads it where `inputs` names it as an input of its own"
            notes.append(f"column '{name}' is left out: every row has a text of its own{read}")
        elif distinct > MOST_CATEGORIES:
            raise DataError(
                f"a text column may have at most {MOST_CATEGORIES} categories, but '{name}' has "
                f"{distinct}: leave it out (`drop` of a csv), or merge its rare categories"
            )
    table = table.drop(columns=left_out)
    if table.shape[1] == 0:
        raise DataError("no feature column is left beside the target and the dropped columns")
    if missing == "refuse":
        _refuse_missing(table)
    if missing == "drop":
        complete = table.notna().all(axis=1)
        dropped = int((~complete).sum())
        if dropped == len(table):
            raise DataError(
                "`missing: drop` would drop every row: leave out empty columns, or impute"
            )
        if dropped:
            notes.append(f"{dropped} of {len(table)} rows are dropped for missing values")
        table = table[complete]
    return table, tuple(notes)


def fit_table(table: pd.DataFrame, missing: Missing) -> TableEncoder:
    """Learn categories and fill values from the training rows.

    Text columns are filled with their most frequent category, whichever way numbers are imputed.
    """
    fit = [
        _fit_text(table[name], str(name), missing)
        if is_text(table[name])
        else _fit_number(table[name], str(name), missing)
        for name in table.columns
    ]
    return TableEncoder(tuple(fit))


def _fit_number(column: pd.Series[Any], name: str, missing: Missing) -> NumberColumn:
    if missing in ("refuse", "drop"):
        return NumberColumn(name, None)
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    present = values[~np.isnan(values)]
    if len(present) == 0:
        raise _nothing_to_impute(name)
    return NumberColumn(name, float(_FILLS[missing](present)))


def _fit_text(column: pd.Series[Any], name: str, missing: Missing) -> TextColumn:
    present = _texts(column.dropna(), None)
    categories, counts = np.unique(present.astype(str), return_counts=True)
    if len(categories) == 0:
        raise _nothing_to_impute(name)
    fill = str(categories[np.argmax(counts)]) if missing not in ("refuse", "drop") else None
    return TextColumn(name, tuple(categories.tolist()), fill)


def fit_whole(column: pd.Series[Any], name: str, missing: Missing) -> WholeColumn:
    """Learn the fill value of a column that the model gets as it is."""
    fill = (_fit_text if is_text(column) else _fit_number)(column, name, missing).fill
    return WholeColumn(name, fill)


def _nothing_to_impute(name: str) -> DataError:
    return DataError(
        f"column '{name}' has no value in the training split: leave it out (`drop` of a csv)"
    )


def _most_frequent(values: Array) -> float:
    distinct, counts = np.unique(values, return_counts=True)
    return float(distinct[np.argmax(counts)])


_FILLS: dict[str, Any] = {
    "mean": np.mean,
    "median": np.median,
    "most_frequent": _most_frequent,
}


def _texts(column: pd.Series[Any], fill: str | None) -> Array:
    # Lists, not arrays: pandas' own string and category types differ in what they hand out.
    missing = column.isna().tolist()
    return np.array(
        [fill if gone else str(v) for v, gone in zip(column.tolist(), missing, strict=True)],
        dtype=object,
    )


def _refuse_missing(table: pd.DataFrame) -> None:
    counts = table.isna().sum()
    poor = counts[counts > 0]
    if len(poor):
        listed = ", ".join(f"'{name}' ({count})" for name, count in poor.head(5).items())
        more = f" and {len(poor) - 5} more columns" if len(poor) > 5 else ""
        raise DataError(
            f"values are missing in {listed}{more} of {len(table)} rows: set `missing` to drop, "
            "mean, median or most_frequent, or leave the columns out (`drop` of a csv)"
        )
