"""MLflow's local store: one file a metric, with lines of `timestamp value step`.

Format: MLflow's file store, `mlruns/<experiment>/<run>/metrics/<name>`; a name with a slash is a
folder. A run of MLflow's database store has no such files.
"""

from __future__ import annotations

import re
from pathlib import Path

from tuneit.errors import LogError
from tuneit.logs.files import LogFile
from tuneit.logs.table import Table

_FOLDER = "metrics"
_LINE = re.compile(r"^\d{10,16} (\S+)(?: (-?\d+))?(?: \S+ \S+)?$")


def metric_folder(path: Path) -> Path | None:
    """The `metrics` folder of an MLflow run that a file lies in; None for any other file."""
    for folder in path.parents:
        if folder.name == _FOLDER:
            return folder if _is_of_mlflow(folder, path) else None
    return None


def _is_of_mlflow(folder: Path, path: Path) -> bool:
    if (folder.parent / "meta.yaml").is_file():
        return True
    try:
        with path.open(encoding="ascii") as stream:
            return _LINE.match(stream.readline(200).strip()) is not None
    except (OSError, UnicodeDecodeError):
        return False


def recognises(file: LogFile) -> bool:
    """Whether a file lies in an MLflow run's `metrics` folder."""
    return not file.suffix and metric_folder(file.path) is not None


def read(file: LogFile) -> list[Table]:
    """Read all metrics of the run that a file belongs to; a later value of a step counts."""
    folder = metric_folder(file.path) or file.path.parent
    series = {
        path.relative_to(folder).as_posix(): _values(LogFile(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    steps = sorted({step for values in series.values() for step in values})
    if not steps:
        raise LogError(f"{file.source}: no metric of this MLflow run holds a value")
    columns = {name: [values.get(step) for step in steps] for name, values in series.items()}
    # MLflow counts whatever the program calls a step: most log once an epoch.
    return [Table(folder.parent.name, {"step": [float(step) for step in steps], **columns})]


def _values(file: LogFile) -> dict[int, float]:
    values: dict[int, float] = {}
    for line in file.lines:
        found = _LINE.match(line.strip())
        if found is None:
            raise LogError(
                f"{file.source}: a metric of MLflow has lines of 'timestamp value step', "
                f"but one is {line.strip()[:60]!r}"
            )
        try:
            values[int(found[2] or 0)] = float(found[1])
        except ValueError:
            raise LogError(f"{file.source}: {found[1][:40]!r} is no number") from None
    return values
