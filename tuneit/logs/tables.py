"""Delimited text → columns of cells: delimiters, decimal commas, ragged rows, repeated headers."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence

from tuneit.curves.series_names import recognise
from tuneit.errors import LogError
from tuneit.logs.runs import Cell, Columns, knows

_DELIMITERS = (",", ";", "\t", "|")
_MISSING = {"", "na", "n/a", "none", "null", "-", "--", "."}
_WRAPPED = re.compile(r"^(?:tensor|array|np\.float\d+)?[(\[]+\s*([^,)\]\s]+).*[)\]]$")
MAX_COLUMNS = 2_000


def parse_cell(text: str, decimal_comma: bool = False) -> Cell:
    """A number, NaN for `nan`, None for an empty cell; `93.1 %` is 0.931, `tensor(0.5)` is 0.5.

    Raises ValueError for other text.
    """
    bare = text.strip().strip("\"'")
    if bare.lower() in _MISSING:
        return None
    if wrapped := _WRAPPED.match(bare):
        bare = wrapped.group(1)
    if decimal_comma:
        bare = bare.replace(",", ".")
    if bare.endswith("%"):
        return float(bare[:-1]) / 100.0
    if "_" in bare:
        raise ValueError(bare)
    return float(bare)


def _is_number(text: str) -> bool:
    try:
        return parse_cell(text, decimal_comma=True) is not None
    except ValueError:
        return False


def _delimiter(lines: Sequence[str]) -> str | None:
    """The delimiter that gives the header the most known names; None means white space."""

    def known(delimiter: str) -> tuple[int, int]:
        names = lines[0].split(delimiter)
        return sum(knows(name.strip().strip("\"'")) for name in names), len(names)

    there = [delimiter for delimiter in _DELIMITERS if delimiter in lines[0]]
    return max(there, key=known) if there else None


def _records(lines: Sequence[str], delimiter: str | None, source: str) -> Iterator[list[str]]:
    if delimiter is None:
        yield from (line.split() for line in lines)
        return
    try:
        yield from csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)
    except csv.Error as error:
        raise LogError(f"{source}: not a table of delimited text ({error})") from None


def read_table(text: str, source: str) -> list[Columns]:
    """Return the tables in a text: one, or several where the header is repeated.

    Raises LogError where there is no header, no row, or only text in the columns that matter.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise LogError(f"{source}: the file is empty: a log has a header and a row for each epoch")
    delimiter = _delimiter(lines)
    records = [[cell.strip() for cell in record] for record in _records(lines, delimiter, source)]
    header, *rest = [record for record in records if record]
    header = [name.strip("\"'") for name in header]
    if len(header) > MAX_COLUMNS:
        raise LogError(f"{source}: {len(header)} columns are not a training log's")
    if all(_is_number(name) or not name for name in header):
        raise LogError(
            f"{source}: the first row must name the columns, but it holds numbers: add a header "
            "such as epoch,loss,val_loss"
        )
    tables: list[list[list[str]]] = [[]]
    for record in rest:
        if record[: len(header)] == header:
            tables.append([])
        else:
            tables[-1].append(record)
    filled = _joined([table for table in tables if table], header)
    if not filled:
        raise LogError(f"{source}: the log has a header but no rows: nothing was trained yet")
    comma = delimiter != ","
    return [_columns(header, table, comma, source) for table in filled]


def _joined(tables: Sequence[list[list[str]]], header: Sequence[str]) -> list[list[list[str]]]:
    """Put tables together whose epochs go on where those of the one before ended.

    A logger that is restarted writes its header again, though the run is the same.
    """
    meanings = [known.meaning if (known := recognise(name)) else None for name in header]
    counter = next((meanings.index(name) for name in ("epoch", "step") if name in meanings), None)
    joined: list[list[list[str]]] = []
    for table in tables:
        if joined and counter is not None and _counts_on(joined[-1][-1], table[0], counter):
            joined[-1] = joined[-1] + table
        else:
            joined.append(table)
    return joined


def _counts_on(before: Sequence[str], after: Sequence[str], counter: int) -> bool:
    try:
        was, now = float(before[counter]), float(after[counter])
    except (ValueError, IndexError):
        return False
    return now > was


def _columns(
    header: Sequence[str], records: Sequence[Sequence[str]], comma: bool, source: str
) -> Columns:
    # An index without a name makes every row one cell longer than the header.
    longer = sum(len(record) == len(header) + 1 for record in records)
    names = ["", *header] if longer > len(records) / 2 else list(header)
    columns: dict[str, list[Cell]] = {}
    words: list[str] = []
    for index, name in enumerate(names):
        texts = [record[index] if index < len(record) else "" for record in records]
        cells, bad = _cells(texts, comma)
        if bad > len(texts) / 2:
            words.append(name)
            cells = [None] * len(texts)
        columns.setdefault(name or f"column {index + 1}", cells)
    measured = [name for name in columns if _measures(name)]
    lost = [name for name in words if _measures(name)]
    if lost and not any(cell is not None for name in measured for cell in columns[name]):
        raise LogError(f"{source}: column '{lost[0]}' must hold numbers, but it holds text")
    return columns


def _measures(name: str) -> bool:
    known = recognise(name)
    return known is not None and not known.is_schedule


def _cells(texts: Sequence[str], comma: bool) -> tuple[list[Cell], int]:
    try:
        # Nearly every column is plain numbers: read it whole.
        plain = [float(text) for text in texts]
    except ValueError:
        plain = []
    if plain and all(map(math.isfinite, plain)) and not any("_" in text for text in texts):
        return list(plain), 0
    cells: list[Cell] = []
    bad = 0
    for text in texts:
        try:
            cell = parse_cell(text, comma)
        except ValueError:
            cell, bad = None, bad + 1
        if cell is not None and abs(cell) > 1e300:
            cell = math.copysign(math.inf, cell)
        cells.append(cell)
    return cells, bad
