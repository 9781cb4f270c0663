"""Rows of a log, put in order: which column counts, restarts, epochs, iterations."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tuneit.curves.series_names import recognise
from tuneit.logs.cells import Cell, Columns
from tuneit.logs.roles import is_measure

MAX_EPOCH = 2**53
"""The first number that no epoch counter has: floats do not represent all integers beyond."""

MANY_REPORTS = 200
"""So many rows by iteration, and more, are averaged to half as many: single batches are noise."""


@dataclass(frozen=True)
class Rows:
    """Cells of the known columns under Keras's names, and a number a row.

    `unit` says what the number counts: epochs, steps (iterations), or nothing but the rows.
    """

    epochs: Sequence[float]
    cells: Mapping[str, Sequence[Cell]]
    unit: str
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.epochs)

    def take(self, rows: Sequence[int]) -> Rows:
        """Some of the rows, in the order given."""
        cells = {name: [cells[i] for i in rows] for name, cells in self.cells.items()}
        return replace(self, epochs=[self.epochs[i] for i in rows], cells=cells)

    def noted(self, note: str) -> Rows:
        """The same rows with a note on what was done to them."""
        return replace(self, notes=(*self.notes, note))

    def where(self, *, validation: bool) -> list[int]:
        """The rows in which a split measured anything."""
        of_split = [
            cells
            for name, cells in self.cells.items()
            if is_measure(name) and name.startswith("val_") == validation
        ]
        return _rows_with_any(of_split)


def _rows_with_any(columns: Sequence[Sequence[Cell]]) -> list[int]:
    """The rows in which some column has a number."""
    width = len(columns)
    return [i for i, row in enumerate(zip(*columns, strict=True)) if row.count(None) < width]


def rows_of(columns: Columns, roles: Mapping[str, tuple[str, ...]]) -> Rows:
    """Rows that measured anything; their number is the log's own, or the row's from 1."""
    cells = {
        name: _sum([columns[column] for column in own])
        for name, own in roles.items()
        if name not in ("epoch", "step")
    }
    measures = [values for name, values in cells.items() if is_measure(name)]
    kept = _rows_with_any(measures)
    wanted = {name: [values[i] for i in kept] for name, values in cells.items()}
    reported = [[values[i] for i in kept] for values in measures]
    notes: list[str] = []
    for unit in ("epoch", "step"):
        for name in _counters(columns, roles, unit):
            numbers = [columns[name][i] for i in kept]
            given = {number for number in numbers if number is not None}
            if len(given) > 1 or _reported_once(reported):
                return Rows(_counted(numbers), wanted, unit, tuple(notes))
            if given:
                notes.append(f"'{name}' is {given.pop():g} in every row: it does not count them")
    return Rows([float(i + 1) for i in range(len(kept))], wanted, "row", tuple(notes))


def _counters(columns: Columns, roles: Mapping[str, tuple[str, ...]], unit: str) -> list[str]:
    """The columns that may count, the one with the most numbers first.

    `epoch` and `epochs`, the number of all, may stand in one log, and the latter may change where a
    run was resumed. A column that only a map calls a counter is the only one.
    """
    own = roles.get(unit, ())
    if own and not _is_named(own[0], unit):
        return list(own[:1])
    named = [name for name in columns if _is_named(name, unit)]
    return sorted(named, key=lambda name: -len(set(columns[name])))


def _is_named(name: str, unit: str) -> bool:
    known = recognise(name)
    return known is not None and known.meaning == unit


def _reported_once(measures: Sequence[Sequence[Cell]]) -> bool:
    """Whether no series has two values, so that one epoch can hold them all."""
    return all(sum(cell is not None for cell in cells) <= 1 for cells in measures)


def _counted(numbers: Sequence[Cell]) -> list[float]:
    epochs: list[float] = []
    for position, number in enumerate(numbers):
        if number is not None and abs(number) < MAX_EPOCH:
            epochs.append(number)
        else:
            # Rows without a number go on from the one before.
            epochs.append(epochs[-1] if epochs else float(position + 1))
    return epochs


def _sum(parts: Sequence[Sequence[Cell]]) -> Sequence[Cell]:
    if len(parts) == 1:
        return parts[0]
    rows = zip(*parts, strict=True)
    return [
        None if None in row else math.fsum(row) if all_finite(row) else math.nan for row in rows
    ]


def all_finite(row: Sequence[Cell]) -> bool:
    """Whether every cell is a finite number."""
    return all(cell is not None and math.isfinite(cell) for cell in row)


# ---------------------------------------------------------------------------- order


def in_order(rows: Rows) -> Rows:
    """Rows from the first epoch to the last: some logs have the newest row first, or are sorted."""
    numbers = rows.epochs
    steps = [b - a for a, b in pairwise(numbers)]
    down = sum(step < 0 for step in steps)
    if not down or rows.unit == "row":
        return rows
    if not any(step > 0 for step in steps):
        note = "the rows run from the last epoch to the first: they are read the other way round"
        return rows.take(range(len(rows) - 1, -1, -1)).noted(note)
    spread = max(numbers) - min(numbers) + 1
    if down > 1 and len(set(numbers)) == len(numbers) and spread <= 1.5 * len(numbers):
        order = sorted(range(len(rows)), key=lambda i: numbers[i])
        return rows.take(order).noted("the rows are not in order of their epochs: they are sorted")
    return rows


def split_restarts(rows: Rows) -> Iterator[Rows]:
    """Split where the epoch counter starts again.

    Where it only goes back, later rows replace earlier ones of the same epochs.
    """
    if not len(rows):
        return
    first = rows.epochs[0]
    current: list[int] = []
    for i, epoch in enumerate(rows.epochs):
        if current and epoch < rows.epochs[current[-1]]:
            if epoch <= first:
                yield rows.take(current)
                current, first = [], epoch
            else:
                # Resumed from an earlier checkpoint: what it repeats replaces what was there.
                current = [j for j in current if rows.epochs[j] < epoch]
        current.append(i)
    yield rows.take(current)


# ---------------------------------------------------------------------------- epochs


def merge_epochs(rows: Rows) -> Rows:
    """One row an epoch: fractions belong to the epoch that they are part of.

    Of several values of one epoch, training's are averaged, as Keras does over batches, and of
    validation's the last counts.
    """
    fractional = any(epoch != math.floor(epoch) for epoch in rows.epochs)
    number = math.ceil if fractional else math.floor
    groups: dict[int, list[int]] = {}
    for i, epoch in enumerate(rows.epochs):
        groups.setdefault(int(number(epoch)), []).append(i)
    if len(groups) == len(rows):
        return replace(rows, epochs=list(groups))
    return _grouped(rows, list(groups), list(groups.values()))


def _grouped(rows: Rows, numbers: Sequence[float], groups: Sequence[Sequence[int]]) -> Rows:
    cells = {
        name: [_one(name, [cells[i] for i in group]) for group in groups]
        for name, cells in rows.cells.items()
    }
    return replace(rows, epochs=numbers, cells=cells)


def _one(name: str, cells: Sequence[Cell]) -> Cell:
    given = [cell for cell in cells if cell is not None]
    if not given:
        return None
    return given[-1] if name.startswith("val_") or not is_measure(name) else _mean(given)


def _mean(values: Sequence[float]) -> float:
    if not all(map(math.isfinite, values)):
        return values[-1]
    # Divided before the sum, which the largest numbers would overflow.
    return math.fsum(value / len(values) for value in values)


def by_validation(rows: Rows) -> Rows:
    """Of a log by iteration, one row a validation with the mean of the training rows before it.

    Without validation, many rows are averaged to `MANY_REPORTS` / 2. Of few rows each stays, with a
    note where iterations lie between them.
    """
    if rows.unit != "step":
        return rows
    validated, trained = rows.where(validation=True), rows.where(validation=False)
    if len(validated) >= 3 and len(trained) >= 2 * len(validated):
        ends = [i + 1 for i in validated]
        # Training that goes on after the last validation is no whole stretch.
        starts = [0, *ends[:-1]]
        stretch = f"from one validation to the next, {_spacing(rows, validated):g} iterations"
    elif not validated and len(rows) > MANY_REPORTS:
        size = math.ceil(2 * len(rows) / MANY_REPORTS)
        starts = list(range(0, len(rows), size))
        ends = [*starts[1:], len(rows)]
        stretch = f"of {size} reports"
    else:
        every = _spacing(rows, range(len(rows)))
        return (
            rows
            if every <= 1
            else rows.noted(
                f"iterations are counted, not epochs: 'epoch' means a report, every {every:g}"
            )
        )
    groups = [range(a, b) for a, b in zip(starts, ends, strict=True)]
    numbers = [float(i + 1) for i in range(len(groups))]
    note = f"iterations are counted, not epochs: 'epoch' means a stretch {stretch}"
    return replace(_grouped(rows, numbers, groups), unit="stretch").noted(note)


def _spacing(rows: Rows, at: Sequence[int]) -> float:
    """Iterations from one of these rows to the next."""
    return _every([rows.epochs[i] for i in at])


def without_later_validation(rows: Rows) -> Rows:
    """Leave out a `validate()` after the training: loggers write it down as one more epoch."""
    validated, trained = rows.where(validation=True), rows.where(validation=False)
    if not trained or not validated or validated[-1] < trained[-1]:
        return rows
    late = [i for i in validated if i > trained[-1]]
    before = [i for i in validated if i <= trained[-1]]
    if not late or not before:
        return rows
    every = _every([rows.epochs[i] for i in trained])
    often = _every([rows.epochs[i] for i in before])
    dropped = [
        i
        for i in late
        if rows.epochs[i] - rows.epochs[trained[-1]] >= every
        or rows.epochs[i] - rows.epochs[i - 1] < often / 2
    ]
    if not dropped:
        return rows
    kept = [i for i in range(len(rows)) if i not in dropped]
    return rows.take(kept).noted("a validation after the end of the training is left out")


def _every(numbers: Sequence[float]) -> float:
    steps = [b - a for a, b in pairwise(numbers)]
    return statistics.median(steps) if steps else 1.0
