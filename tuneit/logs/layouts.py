"""Layouts of tables other than a column a series: exports by run, a row a value, rows by split."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuneit.curves.series_names import is_known, recognise, split_of

_EXTREME = re.compile(r"__(?:MIN|MAX)$")
_RUN_SERIES = re.compile(r"^(?P<run>.+) - (?P<series>\S.*)$")
_SPLIT_COLUMNS = ("phase", "split", "mode", "set", "subset", "stage", "partition", "dataset")
_NAME_COLUMNS = ("metric", "key", "tag", "metric_name", "name", "series", "variable")
_RUN_COLUMNS = ("run", "run_id", "run_name", "run id", "run name", "run_uuid", "experiment")


@dataclass(frozen=True)
class Grid:
    """A table of text: `header` names the columns, `records` has a row each, as long as can be.

    `name` tells the grids of one log apart.
    """

    name: str
    header: Sequence[str]
    records: Sequence[Sequence[str]]

    def cell(self, record: Sequence[str], index: int) -> str:
        """A cell; empty where the row is too short."""
        return record[index] if index < len(record) else ""

    def find(self, names: Sequence[str]) -> int | None:
        """The index of the first column that has one of the names."""
        lower = [name.strip().lower() for name in self.header]
        return next((lower.index(name) for name in names if name in lower), None)


def _export_by_run(grid: Grid) -> list[Grid] | None:
    """A chart exported from Weights & Biases: `run - train/loss`, with `__MIN` and `__MAX`."""
    if _EXTREME.search(grid.header[-1]) is None and not any(map(_RUN_SERIES.match, grid.header)):
        return None
    runs: dict[str, list[tuple[int, str]]] = {}
    for index, name in enumerate(grid.header):
        found = _RUN_SERIES.match(name)
        if found and not _EXTREME.search(name) and is_known(found["series"]):
            runs.setdefault(found["run"], []).append((index, found["series"]))
    if not runs:
        return None
    counters = [i for i, name in enumerate(grid.header) if _counts(name)]
    grids = []
    for run, series in runs.items():
        columns = [(i, grid.header[i]) for i in counters] + series
        # A run has a row only where it logged: the rows of all runs stand in one table.
        records = [
            [grid.cell(record, i) for i, _ in columns]
            for record in grid.records
            if any(grid.cell(record, i).strip() for i, _ in series)
        ]
        grids.append(Grid(run, [name for _, name in columns], records))
    return grids


def _a_row_a_value(grid: Grid) -> list[Grid] | None:
    """A metric's name, a step and a value in each row, as MLflow and TensorBoard export them."""
    value, metric = grid.find(("value",)), grid.find(_NAME_COLUMNS)
    if value is None or (metric is None and grid.find(("wall time",)) is None):
        return None
    counter = next((i for i, name in enumerate(grid.header) if _counts(name)), None)
    run = next((i for i in [grid.find(_RUN_COLUMNS)] if i != metric), None)
    tables: dict[str, dict[str, dict[str, str]]] = {}
    for number, record in enumerate(grid.records, start=1):
        name = grid.cell(record, metric) if metric is not None else tag_of(grid.name)
        step = grid.cell(record, counter) if counter is not None else str(number)
        label = grid.cell(record, run) if run is not None else ""
        tables.setdefault(label, {}).setdefault(step, {})[name] = grid.cell(record, value)
    grids = []
    for label, rows in tables.items():
        names = list(dict.fromkeys(name for row in rows.values() for name in row))
        head = grid.header[counter] if counter is not None else "epoch"
        records = [[step, *(row.get(name, "") for name in names)] for step, row in rows.items()]
        grids.append(Grid("/".join(filter(None, (grid.name, label))), [head, *names], records))
    return grids


def tag_of(stem: str) -> str:
    """The series of a CSV that TensorBoard's page saved: `run-NAME-tag-epoch_loss`."""
    run, mark, tag = stem.rpartition("tag-")
    split = split_of(re.split(r"[^A-Za-z]+", run.strip("-_"))[-1]) if mark else None
    known = recognise(tag)
    if split == "validation" and known is not None and known.split == "train":
        return f"val_{tag}"
    return tag


def _by_split(grid: Grid) -> list[Grid] | None:
    """Rows of training and of validation under one another, told apart by a column."""
    index = grid.find(_SPLIT_COLUMNS)
    if index is None or not grid.records:
        return None
    if not all(split_of(grid.cell(record, index)) for record in grid.records):
        return None
    rows = split_rows(
        [
            {name: grid.cell(record, i) for i, name in enumerate(grid.header)}
            for record in grid.records
        ]
    )
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [Grid(grid.name, names, [[str(row.get(name, "")) for name in names] for row in rows])]


def split_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows whose split is a value (`mode`, `phase`) with the split in the names of their series.

    Other rows come back as they are. Where nothing counts the rows, the n-th of each split belong
    together.
    """
    plain = [dict(row) for row in rows]
    column = next(
        (c for c in _SPLIT_COLUMNS if any(split_of(str(r.get(c, ""))) for r in plain)), ""
    )
    if not column:
        return plain
    seen: dict[str, int] = {}
    renamed = []
    for row in plain:
        split = split_of(str(row.pop(column, ""))) or "train"
        mark = {"train": "train", "validation": "val"}.get(split, split)
        seen[mark] = seen.get(mark, 0) + 1
        counted = any(_counts(name) for name in row)
        named = {n if _is_schedule(n) else f"{mark} {n}": value for n, value in row.items()}
        renamed.append(named if counted else {"epoch": seen[mark], **named})
    return renamed


def _counts(name: str) -> bool:
    known = recognise(name)
    return known is not None and known.meaning in ("epoch", "step")


def _is_schedule(name: str) -> bool:
    known = recognise(name)
    return known is not None and known.is_schedule


LAYOUTS: Mapping[str, Callable[[Grid], list[Grid] | None]] = {
    "a run's series in the header": _export_by_run,
    "a row a value": _a_row_a_value,
    "rows by split": _by_split,
}
"""What a table may be; each gives None where it is something else."""


def laid_out(grid: Grid, wanted: Collection[str] = ()) -> list[Grid]:
    """The same table with a column a series, or several where it holds several runs.

    Where the user named columns of the table itself, they stay as they are.
    """
    if not set(wanted).isdisjoint(grid.header):
        return [grid]
    for layout in LAYOUTS.values():
        grids = layout(grid)
        if grids is not None:
            return grids
    return [grid]
