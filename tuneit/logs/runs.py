"""Tables of a log → runs with learning curves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tuneit.curves import LearningCurve, Series
from tuneit.curves.series_names import is_known, to_fraction
from tuneit.errors import LogError
from tuneit.logs.cells import Cell
from tuneit.logs.roles import HOW_TO_MAP, Roles, is_measure, roles_of, shown
from tuneit.logs.rows import (
    Rows,
    by_validation,
    in_order,
    merge_epochs,
    rows_of,
    split_restarts,
    without_later_validation,
)
from tuneit.logs.table import Table
from tuneit.logs.values import with_real_values, without_nan_marks


@dataclass(frozen=True)
class Run:
    """One training run found in a log.

    `source` is the file (or folder) as given, `name` tells runs of one source apart. `columns`
    says which of the log's columns each series is (several are summed), `guessed` whether any of
    that rests on more than the columns' names; `unknown` lists columns that were not used, `notes`
    says how the log was read.
    """

    source: str
    name: str
    curve: LearningCurve
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    guessed: bool = False


def runs_of(
    table: Table,
    source: str,
    given: Mapping[str, str] | None = None,
) -> list[Run]:
    """Return the runs that a table's columns hold, at least one.

    `given` maps series to columns (`{"loss": "train_nll"}`). Raises LogError where no column is
    understood, or no understood column holds a number.
    """
    roles = roles_of(table.columns, given or {}, source)
    if not any(any(map(is_measure, part)) for part in roles.parts.values()):
        counters = [name for name in table.columns if is_known(name)]
        others = [name for name in table.columns if name not in counters]
        known = f"{shown(counters)} is understood, but " if counters else ""
        raise LogError(
            f"{source}: a log needs a loss or a metric: {known}{shown(others)} might be anything; "
            f"say which column holds the loss: {HOW_TO_MAP}"
        )
    runs = [
        run
        for part, names in roles.parts.items()
        if any(map(is_measure, names))
        for run in _runs_of_part(table, roles, part, source)
    ]
    if not runs:
        used = [
            column
            for part in roles.parts.values()
            for meaning, own in part.items()
            if is_measure(meaning)
            for column in own
        ]
        raise LogError(
            f"{source}: the columns {shown(used)} hold no number: there is nothing to diagnose "
            "(a loss that is NaN from its first epoch on diverged at once: lower the learning rate)"
        )
    return runs


def _runs_of_part(table: Table, roles: Roles, part: str, source: str) -> list[Run]:
    rows = in_order(rows_of(table.columns, roles.parts[part]))
    pieces = [_prepared(piece) for piece in split_restarts(rows)]
    pieces = [piece for piece in _training(pieces) if len(piece)]
    read = [(piece, curve) for piece in pieces if _has_number(curve := _curve(piece))]
    curves = _renumbered([curve for _, curve in read])
    label = "/".join(filter(None, (table.name, part)))
    columns = roles.spelt(part)
    return [
        Run(
            source,
            label if len(read) == 1 else f"{label}#{index}",
            curve,
            roles.unknown,
            (*table.notes, *roles.notes, *piece.notes, *_not_validated(piece, columns)),
            columns={name: own for name, own in columns.items() if name in curve},
            guessed=bool(roles.notes),
        )
        for index, ((piece, _), curve) in enumerate(zip(read, curves, strict=True), start=1)
    ]


def _prepared(rows: Rows) -> Rows:
    merged = by_validation(merge_epochs(without_nan_marks(rows)))
    return with_real_values(without_later_validation(merged))


def _training(pieces: Sequence[Rows]) -> Iterator[Rows]:
    """The pieces that train, where any does: a restart that only validates is no run."""
    trains = [bool(piece.where(validation=False)) for piece in pieces]
    for piece, train in zip(pieces, trains, strict=True):
        if train or not any(trains):
            yield piece


def _not_validated(rows: Rows, columns: Mapping[str, str]) -> list[str]:
    """Say that validation columns are empty: their silence is no good sign."""
    named = [columns[name] for name in rows.cells if name.startswith("val_")]
    if not named or rows.where(validation=True):
        return []
    return [f"nothing was validated: {shown(named)} holds no number"]


def _series(cells: Sequence[Cell]) -> Series:
    return np.array([math.nan if cell is None else cell for cell in cells], dtype=np.float64)


def _curve(rows: Rows) -> LearningCurve:
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


RESUMED = 0.15
"""A run goes on where the one before it ended if its first loss is no higher than that one's last
by more than this share of the way that it had come."""


def _renumbered(curves: Sequence[LearningCurve]) -> list[LearningCurve]:
    """Number resumed runs on from the one before, where the log counts from 1 again."""
    counted: list[LearningCurve] = []
    for curve in curves:
        if counted and curve.epochs[0] == 1 and _is_resumed(counted[-1], curve):
            curve = LearningCurve(curve.epochs + counted[-1].epochs[-1], curve.series)
        counted.append(curve)
    return counted


def _is_resumed(before: LearningCurve, after: LearningCurve) -> bool:
    old, new = before.get("loss"), after.get("loss")
    if old is None or new is None:
        return False
    old, new = old[np.isfinite(old)], new[np.isfinite(new)]
    if len(old) < 3 or not len(new):
        return False
    way = float(old[0] - old.min())
    return way > 0 and float(new[0]) <= float(old[-1]) + RESUMED * way


def _has_number(curve: LearningCurve) -> bool:
    measures = (v for n, v in curve.series.items() if is_measure(n))
    return any(np.isfinite(values).any() for values in measures)
