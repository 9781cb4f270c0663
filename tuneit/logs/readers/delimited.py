"""Delimited text → tables: delimiters, titles, decimal commas, ragged rows, repeated headers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence

from tuneit.curves.series_names import is_known, recognise
from tuneit.errors import LogError
from tuneit.errors.wording import counted
from tuneit.logs.cells import Cell, is_number, parse_cell
from tuneit.logs.files import LogFile
from tuneit.logs.layouts import Grid, laid_out
from tuneit.logs.table import Table

_DELIMITERS = (",", ";", "\t", "|")
MAX_COLUMNS = 2_000
_RULE = re.compile(r"#|[\s|:+=-]+$")
"""Comments, and lines that are drawn below a header."""
_STATES = frozenset(
    {"finished", "complete", "completed", "failed", "fail", "crashed", "killed", "pruned",
     "running", "scheduled", "waiting", "terminated", "error", "success"}
)  # fmt: skip
"""Ends of runs, as Weights & Biases, MLflow, Optuna and tuneit call them."""
TITLE_LINES = 20
"""A header is looked for in so many lines; titles and settings may stand above it."""


def recognises(file: LogFile) -> bool:
    """Every text may be a table: `read` says what it lacks."""
    return bool(file.lines)


def read(file: LogFile) -> list[Table]:
    """Read the tables of a text: one, or several where the header is repeated or names runs.

    Raises LogError where there is no header, no row, or only text in the columns that matter.
    """
    source = file.source
    start, delimiter = _header(file.lines, file.wanted)
    lines = [file.lines[start].lstrip("# ")]
    lines += [line for line in file.lines[start + 1 :] if not _RULE.match(line)]
    records = [[cell.strip() for cell in record] for record in _records(lines, delimiter, source)]
    header, *rest = [record for record in records if record] or [[]]
    if not header:
        raise LogError(
            f"{source}: the log holds comments alone: its first row must name the columns, such "
            "as epoch,loss,val_loss"
        )
    header = [name.strip("\"'") for name in header]
    if len(header) > MAX_COLUMNS:
        raise LogError(f"{source}: {len(header)} columns are not a training log's")
    if all(is_number(name) or not name for name in header):
        raise LogError(
            f"{source}: the first row must name the columns, but it holds numbers: add a header "
            "such as epoch,loss,val_loss"
        )
    _refuse_runs(header, rest, source)
    tables: list[list[list[str]]] = [[]]
    for record in rest:
        if record[: len(header)] == header:
            tables.append([])
        else:
            tables[-1].append(record)
    filled = _joined([table for table in tables if table], header)
    if not filled:
        raise LogError(f"{source}: the log has a header but no rows: nothing was trained yet")
    notes = _cut(header, rest)
    comma = delimiter != ","
    grids = [
        grid for t in filled for grid in laid_out(Grid(file.path.stem, header, t), file.wanted)
    ]
    return [_table(grid, comma, source, notes) for grid in grids]


def _refuse_runs(header: Sequence[str], records: Sequence[Sequence[str]], source: str) -> None:
    """Refuse a table with a run a row, which trackers and searches export: it has no curve."""
    grid = Grid("", header, records)
    state = grid.find(("state", "status"))
    if state is not None and all(grid.cell(r, state).lower() in _STATES for r in records):
        raise LogError(
            f"{source}: a table of runs, one a row ('{header[state]}' says how each ended), but a "
            "log has a row for each epoch: export a run's history"
        )


def _cut(header: Sequence[str], records: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """A note on rows that end before the header does; rows of blanks may."""
    short = [r for r in records if len(r) < len(header) and any(r) and r[: len(header)] != header]
    if not short or len(short) == len(records):
        return ()
    where = "the last row" if short == [records[-1]] else counted(len(short), "row")
    verb = "is" if len(short) == 1 else "are"
    return (f"{where} {verb} cut off before the last column: the missing cells count as empty",)


def _header(lines: Sequence[str], wanted: Collection[str]) -> tuple[int, str | None]:
    """The line that names the columns, and its delimiter (None for white space).

    It is the first of those with the most known names above a row of numbers.
    """
    best, score = (0, _delimiter(lines[0].lstrip("# "))), 0
    for index, line in enumerate(lines[:TITLE_LINES]):
        named = line.lstrip("# ")
        if score and named[:1].isdigit():
            break
        delimiter = _delimiter(named)
        names = _split(named, delimiter)
        known = sum(is_known(n) or n in wanted for n in names if not is_number(n))
        follows = next((one for one in lines[index + 1 :] if not _RULE.match(one)), "")
        cells = _split(follows, delimiter)
        if known > score and any(map(is_number, cells)) and 2 * len(cells) > len(names):
            best, score = (index, delimiter), known
    return best


def _split(line: str, delimiter: str | None) -> list[str]:
    return [cell.strip().strip("\"'") for cell in line.split(delimiter)]


def _delimiter(line: str) -> str | None:
    """The delimiter that gives a header the most known names; None means white space."""

    def known(delimiter: str) -> tuple[int, int]:
        names = _split(line, delimiter)
        return sum(map(is_known, names)), len(names)

    there = [delimiter for delimiter in _DELIMITERS if delimiter in line]
    return max(there, key=known) if there else None


def _records(lines: Sequence[str], delimiter: str | None, source: str) -> Iterator[list[str]]:
    if delimiter is None:
        # Names of two words, as spaCy prints them, stand two spaces apart.
        apart = re.split(r"\s{2,}", lines[0].strip())
        cells = [line.split() for line in lines]
        whole = len(cells) > 1 and len(apart) == len(cells[1])
        yield from [apart, *cells[1:]] if whole else cells
        return
    try:
        yield from csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)
    except csv.Error as error:
        raise LogError(f"{source}: not a table of delimited text ({error})") from None


def _joined(tables: Sequence[list[list[str]]], header: Sequence[str]) -> list[list[list[str]]]:
    """Put tables together whose epochs go on from one of the table before.

    A logger that is restarted writes its header again, though the run is the same.
    """
    meanings = [known.meaning if (known := recognise(name)) else None for name in header]
    counter = next((meanings.index(name) for name in ("epoch", "step") if name in meanings), None)
    joined: list[list[list[str]]] = []
    for table in tables:
        # It goes on from the last epoch, or from an earlier checkpoint.
        if joined and counter is not None and _continues(joined[-1][0], table[0], counter):
            joined[-1] = joined[-1] + table
        else:
            joined.append(table)
    return joined


def _continues(before: Sequence[str], after: Sequence[str], counter: int) -> bool:
    try:
        was, now = float(before[counter]), float(after[counter])
    except (ValueError, IndexError):
        return False
    return now > was


def _table(grid: Grid, comma: bool, source: str, notes: tuple[str, ...]) -> Table:
    header = grid.header
    records, summed = _without_summaries(grid)
    notes = (*notes, *summed)
    names = _names_of_all(header, records)
    columns: dict[str, Sequence[Cell]] = {}
    words: list[str] = []
    for index, name in enumerate(names):
        if not name:
            continue  # the index of a data frame, or the border of a drawn table
        texts = [grid.cell(record, index) for record in records]
        cells, bad = _cells(texts, comma)
        if bad > len(texts) / 2:
            words.append(name)
            cells = [None] * len(texts)
        columns.setdefault(name, cells)
    measured = [name for name in columns if _measures(name)]
    lost = [name for name in words if _measures(name)]
    if lost and not any(cell is not None for name in measured for cell in columns[name]):
        raise LogError(f"{source}: column '{lost[0]}' must hold numbers, but it holds text")
    return Table(grid.name, columns, notes)


def _names_of_all(header: Sequence[str], records: Sequence[Sequence[str]]) -> list[str]:
    """The header, with an empty name where most rows have one cell more.

    That is an index in front, as data frames are printed, or a last cell in words, a time perhaps.
    """
    longer = [record for record in records if len(record) == len(header) + 1]
    if len(longer) <= len(records) / 2:
        return list(header)
    numbered = all(is_number(record[-1]) for record in longer)
    return ["", *header] if numbered else [*header, ""]


def _without_summaries(grid: Grid) -> tuple[list[Sequence[str]], tuple[str, ...]]:
    """The rows without those that have a word where the others count, such as `mean`."""
    counters = [
        i for i, n in enumerate(grid.header) if (k := recognise(n)) and k.meaning == "epoch"
    ]
    texts = [[grid.cell(record, i) for record in grid.records] for i in counters[:1]]
    for column in texts:
        if _plain_numbers(column) is not None:
            continue
        words = [bool(text) and not is_number(text) for text in column]
        if 0 < sum(words) < len(words) / 2:
            kept = [r for r, word in zip(grid.records, words, strict=True) if not word]
            name = next(text for text, word in zip(column, words, strict=True) if word)
            return kept, (f"rows such as '{name}' are no epochs: they are left out",)
    return list(grid.records), ()


def _measures(name: str) -> bool:
    known = recognise(name)
    return known is not None and not known.is_schedule


def _plain_numbers(texts: Sequence[str]) -> list[float] | None:
    """The column as numbers, read whole, as nearly every one can be; None for any other."""
    try:
        return None if "_" in "".join(texts) else list(map(float, texts))
    except ValueError:
        return None


def _cells(texts: Sequence[str], comma: bool) -> tuple[Sequence[Cell], int]:
    plain = _plain_numbers(texts)
    if plain is not None:
        return plain, 0
    cells: list[Cell] = []
    bad = 0
    for text in texts:
        try:
            cell = parse_cell(text, comma)
        except ValueError:
            cell, bad = None, bad + 1
        cells.append(cell)
    return cells, bad
