"""Cells of a log: numbers as loggers write them, in rows or in columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tuneit.curves import reporting_epochs

Cell = float | None
"""A number, NaN where the log says NaN, None where it says nothing."""

Columns = Mapping[str, Sequence[Cell]]
"""Column name → one cell a row, all of one length."""

_MISSING = {"", "na", "n/a", "<na>", "none", "null", "-", "--", "."}
_WRAPPED = re.compile(r"^(?:tensor|array|np\.float\d+)?[(\[]+\s*([^,)\]\s]+).*[)\]]$")

MAX_WRAPPED = 200
"""Characters of a number within a call, `tensor(0.5, device='cuda:0')`; longer texts are none."""


def parse_cell(text: str, decimal_comma: bool = False) -> Cell:
    """A number, NaN for `nan`, None for an empty cell; `93.1 %` is 0.931, `tensor(0.5)` is 0.5.

    Raises ValueError for other text.
    """
    bare = text.strip().strip("\"'")
    if bare.lower() in _MISSING:
        return None
    if len(bare) <= MAX_WRAPPED and (wrapped := _WRAPPED.match(bare)):
        bare = wrapped.group(1)
    if decimal_comma:
        bare = bare.replace(",", ".")
    if bare.endswith("%"):
        return float(bare[:-1]) / 100.0
    if "_" in bare:
        raise ValueError(bare)
    return float(bare)


def is_number(text: str) -> bool:
    """Whether a cell holds a number, with a point or a comma."""
    try:
        return parse_cell(text, decimal_comma=True) is not None
    except ValueError:
        return False


def cell_of(value: object) -> Cell:
    """The cell that a value of a JSON document is; None for what is no number."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        try:
            return float(value)
        except OverflowError:
            return float("inf")
    if isinstance(value, str):
        try:
            return parse_cell(value)
        except ValueError:
            return None
    if isinstance(value, Sequence) and len(value) == 1:
        return cell_of(value[0])
    return None


def rows_to_columns(rows: Sequence[Mapping[str, Any]]) -> Columns:
    """Turn one mapping a row into columns; what a row does not say is None."""
    names = dict.fromkeys(str(name) for row in rows for name in row)
    return {name: [cell_of(row.get(name)) for row in rows] for name in names}


def lists_to_columns(lists: Mapping[str, Sequence[Any]]) -> Columns:
    """Turn one list a series into columns.

    `reporting_epochs` says which epochs the values of a shorter series belong to.
    """
    length = max((len(values) for values in lists.values()), default=0)
    columns: dict[str, list[Cell]] = {}
    for name, values in lists.items():
        cells: list[Cell] = [None] * length
        cells[reporting_epochs(len(values), length)] = map(cell_of, values)
        columns[name] = cells
    return columns
