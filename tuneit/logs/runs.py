"""Columns of a log → runs with learning curves: restarts split, epochs merged, names settled."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tuneit.curves import LearningCurve, Series
from tuneit.curves.series_names import NamedColumns, recognise, sort_columns, to_fraction
from tuneit.errors import LogError
from tuneit.findings import Reference

Cell = float | None
"""A number, NaN where the log says NaN, None where it says nothing."""

Columns = Mapping[str, Sequence[Cell]]
"""Column name → one cell a row, all of one length."""


MAX_EPOCH = 2**53
"""Counters from here on are no counters: floats no longer tell neighbours apart."""


@dataclass(frozen=True)
class Run:
    """One training run found in a log.

    `source` is the file (or folder) as given, `name` tells runs of one source apart; `unknown`
    lists columns that were not understood and not used; `notes` says how names were read.
    `reference` is what the log itself says about what the scores may be compared with.
    """

    source: str
    name: str
    curve: LearningCurve
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reference: Reference | None = None


@dataclass(frozen=True)
class _Rows:
    """Cells of the known columns under Keras's names, and an epoch number a row."""

    epochs: Sequence[float]
    cells: Mapping[str, Sequence[Cell]]

    def __len__(self) -> int:
        return len(self.epochs)

    def take(self, rows: Sequence[int]) -> _Rows:
        """Some of the rows."""
        return _Rows(
            [self.epochs[i] for i in rows],
            {name: [cells[i] for i in rows] for name, cells in self.cells.items()},
        )


def _is_measure(name: str) -> bool:
    return name not in ("epoch", "step", "learning_rate")


def _rows(columns: Columns, names: Mapping[str, str]) -> _Rows:
    """Rows that measured anything; the epoch is the log's own, or the row's number from 1."""
    cells = {name: columns[column] for name, column in names.items()}
    measures = [name for name in cells if _is_measure(name)]
    length = len(next(iter(cells.values()), ()))
    kept = [i for i in range(length) if any(cells[name][i] is not None for name in measures)]
    counter = cells.get("epoch") or cells.get("step")
    numbers = [None if counter is None else counter[i] for i in kept]
    epochs: list[float] = []
    for position, number in enumerate(numbers):
        if number is not None and abs(number) < MAX_EPOCH:
            epochs.append(number)
        else:
            # Rows without a number go on from the one before.
            epochs.append(epochs[-1] if epochs and counter is not None else float(position + 1))
    wanted = {name: [values[i] for i in kept] for name, values in cells.items()}
    return _Rows(epochs, {n: c for n, c in wanted.items() if n not in ("epoch", "step")})


def _split_restarts(rows: _Rows) -> Iterator[_Rows]:
    """Cut where the epoch counter starts again; where it only goes back, the later rows count."""
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


def _merge_epochs(rows: _Rows) -> _Rows:
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
        return _Rows(list(groups), rows.cells)
    return _Rows(
        list(groups),
        {
            name: [_one(name, [cells[i] for i in group]) for group in groups.values()]
            for name, cells in rows.cells.items()
        },
    )


def _one(name: str, cells: Sequence[Cell]) -> Cell:
    given = [cell for cell in cells if cell is not None]
    if not given:
        return None
    return given[-1] if name.startswith("val_") or not _is_measure(name) else _mean(given)


def _mean(values: Sequence[float]) -> float:
    if not all(map(math.isfinite, values)):
        return values[-1]
    # Divided before the sum, which the largest numbers would overflow.
    return math.fsum(value / len(values) for value in values)


def _series(cells: Sequence[Cell]) -> Series:
    return np.array([math.nan if cell is None else cell for cell in cells], dtype=np.float64)


def _curve(rows: _Rows) -> LearningCurve:
    series = {name: _series(cells) for name, cells in rows.cells.items()}
    kept = {
        name: values
        for name, values in to_fraction(series).items()
        if not np.isnan(values).all() or name in ("loss", "val_loss")
    }
    numbers = np.array(rows.epochs)
    start = int(numbers[0])
    # Keras's CSVLogger counts from 0, and so may others; a step counter counts something else.
    if start == 0:
        numbers = numbers + 1
    steps = np.diff(numbers)
    if len(steps) and steps.min() > 1:
        numbers = np.arange(1, len(numbers) + 1)
    return LearningCurve(numbers.astype(np.int64), kept)


def runs_of(
    columns: Columns, source: str, name: str, reference: Reference | None = None
) -> list[Run]:
    """Return the runs that a table's columns hold, at least one.

    Raises LogError where no column is understood, or no understood column holds a number.
    """
    named = sort_columns(columns)
    if not any(_measured(part) for part in named.parts.values()):
        raise LogError(
            f"{source}: a log needs a column such as loss, val_loss or accuracy, but its columns "
            f"are {_listed(columns)}: rename the one that holds the loss"
        )
    runs = [
        run
        for part, names in named.parts.items()
        if _measured(names)
        for run in _runs_of_part(columns, names, named, (source, name, part), reference)
    ]
    if not runs:
        used = [
            column
            for part in named.parts.values()
            for meaning, column in part.items()
            if _is_measure(meaning)
        ]
        raise LogError(
            f"{source}: the columns {_listed(used)} hold no number: there is nothing to diagnose "
            "(a loss that is NaN from its first epoch on diverged at once: lower the learning rate)"
        )
    return runs


def _measured(names: Mapping[str, str]) -> bool:
    return any(_is_measure(name) for name in names)


def _listed(names: Sequence[str] | Mapping[str, object]) -> str:
    shown = [repr(str(name)[:40]) for name in names]
    more = f" and {len(shown) - 8} more" if len(shown) > 8 else ""
    return (", ".join(shown[:8]) or "none") + more


def _runs_of_part(
    columns: Columns,
    names: Mapping[str, str],
    named: NamedColumns,
    where: tuple[str, str, str],
    reference: Reference | None,
) -> list[Run]:
    source, name, part = where
    pieces = [_merge_epochs(piece) for piece in _split_restarts(_rows(columns, names))]
    curves = [_curve(piece) for piece in pieces if len(piece)]
    curves = _counted_on([curve for curve in curves if _has_number(curve)])
    label = "/".join(filter(None, (name, part)))
    return [
        Run(
            source,
            label if len(curves) == 1 else f"{label}#{index}",
            curve,
            named.unknown,
            named.notes,
            reference,
        )
        for index, curve in enumerate(curves, start=1)
    ]


RESUMED = 0.15
"""A run goes on where the one before it ended if its first loss is no higher than that one's last
by more than this share of the way that it had come."""


def _counted_on(curves: Sequence[LearningCurve]) -> list[LearningCurve]:
    """Number the epochs of resumed sessions on from those before, whose counter began anew."""
    counted: list[LearningCurve] = []
    for curve in curves:
        if counted and curve.epochs[0] == 1 and _goes_on(counted[-1], curve):
            curve = LearningCurve(curve.epochs + counted[-1].epochs[-1], curve.series)
        counted.append(curve)
    return counted


def _goes_on(before: LearningCurve, after: LearningCurve) -> bool:
    old, new = before.get("loss"), after.get("loss")
    if old is None or new is None:
        return False
    old, new = old[np.isfinite(old)], new[np.isfinite(new)]
    if len(old) < 3 or not len(new):
        return False
    way = float(old[0] - old.min())
    return way > 0 and float(new[0]) <= float(old[-1]) + RESUMED * way


def _has_number(curve: LearningCurve) -> bool:
    measures = (v for n, v in curve.series.items() if n != "learning_rate")
    return any(np.isfinite(values).any() for values in measures)


def knows(name: str) -> bool:
    """Whether a column's name is understood."""
    return recognise(name) is not None
