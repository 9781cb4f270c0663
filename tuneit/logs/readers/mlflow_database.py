"""MLflow's database store in SQLite, `mlflow.db`: the metrics of all its runs."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from urllib.parse import quote

from tuneit.errors import LogError
from tuneit.logs.cells import rows_to_columns
from tuneit.logs.files import LogFile
from tuneit.logs.table import Table

_OPENING = b"SQLite format 3\0"
_QUERY = """
SELECT runs.name, metrics.run_uuid, metrics.key, metrics.step, metrics.value, metrics.is_nan
FROM metrics JOIN runs ON runs.run_uuid = metrics.run_uuid
ORDER BY runs.start_time, metrics.run_uuid, metrics.step, metrics.timestamp
"""


def recognises(file: LogFile) -> bool:
    """Whether a file is an SQLite database, by its first bytes."""
    try:
        with file.path.open("rb") as stream:
            return stream.read(len(_OPENING)) == _OPENING
    except OSError:
        return False


def read(file: LogFile) -> list[Table]:
    """Read each run's metrics; the database is opened to read alone."""
    address = f"file:{quote(str(file.path.resolve()))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            found = database.execute(_QUERY).fetchall()
    except sqlite3.Error as error:
        raise LogError(
            f"{file.source}: no database of MLflow, which has tables of runs and metrics ({error})"
        ) from None
    if not found:
        raise LogError(f"{file.source}: no run in this MLflow database has logged a metric")
    runs: dict[str, dict[int, dict[str, float]]] = {}
    names: dict[str, str] = {}
    for name, run, metric, step, value, is_nan in found:
        names[run] = f"{name or 'run'}/{run[:8]}"
        runs.setdefault(run, {}).setdefault(step, {})[metric] = math.nan if is_nan else value
    return [
        Table(names[run], rows_to_columns([{"step": at, **rows[at]} for at in sorted(rows)]))
        for run, rows in runs.items()
    ]
