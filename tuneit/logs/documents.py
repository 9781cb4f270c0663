"""Data of JSON and of printed Python → tables: histories, rows, sets by split, trainers' states."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from tuneit.curves.series_names import is_known, split_of
from tuneit.logs.cells import cell_of, lists_to_columns, rows_to_columns
from tuneit.logs.layouts import split_rows
from tuneit.logs.table import Table

_WRAPPERS = ("history", "log_history", "logs", "metrics", "epochs", "results", "log", "curve")
MAX_DEPTH = 4

TUNER_NOTE = (
    "keras-tuner keeps the best epoch's averages alone: there is no curve to diagnose; log "
    "trials with keras.callbacks.CSVLogger"
)
"""What to say of a keras-tuner project: it throws the curves away."""


def name_of_document(path: Path) -> str:
    """The name of a file's runs; all of keras-tuner's trials have one file name."""
    is_trial = path.name == "trial.json" and path.parent.name.startswith("trial_")
    return path.parent.name if is_trial else path.stem


def tables_in(data: Any, name: str, wanted: Collection[str] = (), depth: int = 0) -> list[Table]:
    """The tables of a document, whichever of `SHAPES` they have, and of those that it contains.

    A series is known by its name, or since it is one of the `wanted`.
    """
    if depth > MAX_DEPTH or not isinstance(data, (list, dict)):
        return []
    data = _indexed(data)
    for shape in SHAPES.values():
        tables = shape(data, name, wanted)
        if tables is not None:
            return tables
    if isinstance(data, list):
        inner = [(f"{name}#{index}", item) for index, item in enumerate(data, start=1)]
    else:
        inner = [
            (
                name if key in _WRAPPERS else "/".join(filter(None, (name, str(key)))),
                _indexed(value),
            )
            for key, value in data.items()
        ]
    return [table for label, value in inner for table in tables_in(value, label, wanted, depth + 1)]


# ---------------------------------------------------------------------------- rows


def _rows(data: Any, name: str, wanted: Collection[str]) -> list[Table] | None:
    """One mapping a row: an epoch, an evaluation, a report."""
    if isinstance(data, dict) and isinstance(data.get("columns"), list):
        # pandas' to_json(orient="split")
        names, cells = list(map(str, data["columns"])), data.get("data")
        rows_of_cells = cells if isinstance(cells, list) else []
        data = [dict(zip(names, r, strict=False)) for r in rows_of_cells if isinstance(r, list)]
    if not isinstance(data, list):
        return None
    rows = [_flat(row) for row in data if isinstance(row, dict)]
    named = {str(key) for row in rows for key, value in row.items() if cell_of(value) is not None}
    if not any(is_known(key) or key in wanted for key in named):
        return None
    if any("eval_loss" in row or "train_runtime" in row for row in rows):
        rows = trainer_rows(rows)
    return [Table(name, rows_to_columns(split_rows(rows)))]


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose values may be mappings themselves: `{"train": {"loss": …}}` is `train/loss`."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            flat.update({f"{key}/{name}": inner for name, inner in value.items()})
        else:
            flat[str(key)] = value
    return flat


def trainer_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row an evaluation of a Hugging Face `log_history`, with the mean training loss before it.

    Without evaluations the rows come back as they are; the closing summary of the run is dropped.
    """
    kept = [dict(row) for row in rows if "train_runtime" not in row]
    if not any("eval_loss" in row for row in kept):
        return [{k: v for k, v in row.items() if k != "epoch"} for row in kept]
    merged: list[dict[str, Any]] = []
    losses: list[float] = []
    for row in kept:
        loss = cell_of(row.get("loss"))
        if loss is not None:
            losses.append(loss)
        if any(name.startswith("eval_") for name in row):
            mean = sum(losses) / len(losses) if losses else None
            merged.append({k: v for k, v in row.items() if k not in ("epoch", "step")})
            merged[-1]["loss"] = mean
            losses = []
    return merged


# ---------------------------------------------------------------------------- series


def _is_series(value: object) -> bool:
    return (
        isinstance(value, list)
        and any(cell_of(v) is not None for v in value)
        and not any(isinstance(v, (dict, list)) and cell_of(v) is None for v in value)
    )


_NUMBERED = re.compile(r"(?:epoch[ _-]?)?(\d+)", re.IGNORECASE | re.ASCII)


def _indexed(value: object) -> object:
    """Values by number as a list: pandas' `{"0": …, "1": …}`, and `{"epoch_1": …}`."""
    if not isinstance(value, dict) or not value:
        return value
    numbers = {key: found[1] for key in value if (found := _NUMBERED.fullmatch(str(key)))}
    if len(numbers) < len(value):
        return value
    # int() takes 4,300 digits at most.
    return [value[key] for key in sorted(value, key=lambda key: float(numbers[key]))]


def _series(data: Any) -> dict[str, list[Any]]:
    if not isinstance(data, dict):
        return {}
    entries = {str(key): _indexed(value) for key, value in data.items()}
    return {key: value for key, value in entries.items() if _is_series(value)}  # type: ignore[misc]


def _history(data: Any, name: str, wanted: Collection[str]) -> list[Table] | None:
    """One list a series: Keras's `History.history`."""
    series = _series(data)
    if not any(is_known(key) or key in wanted for key in series):
        return None
    return [Table(name, lists_to_columns(series))]


def _points(data: Any, name: str, wanted: Collection[str]) -> list[Table] | None:
    """A list of points a series, as trackers' interfaces give them: `{"step": 3, "value": 0.5}`."""
    if not isinstance(data, dict):
        return None
    rows: dict[float, dict[str, Any]] = {}
    for key, points in data.items():
        if not (is_known(str(key)) or key in wanted) or not isinstance(points, list):
            continue
        for at, value in _by_step(points):
            rows.setdefault(at, {})[str(key)] = value
    columns = rows_to_columns([{"step": at, **rows[at]} for at in sorted(rows)])
    return [Table(name, columns)] if rows else None


def _by_step(points: Sequence[Any]) -> Iterator[tuple[float, Any]]:
    """Yield (step, value) of points that are mappings, or lists that end so."""
    pairs = [point[-2:] for point in points if isinstance(point, list) and len(point) in (2, 3)]
    steps = [cell_of(step) for step, _ in pairs]
    counts = None not in steps and all(a < b for a, b in pairwise(steps))  # type: ignore[operator]
    if pairs and len(pairs) == len(points) and counts:
        yield from ((float(step), value) for step, value in pairs)
        return
    for number, point in enumerate(points):
        if isinstance(point, dict) and "value" in point:
            counters = (cell_of(point.get(counter)) for counter in ("step", "epoch", "x"))
            yield next((at for at in counters if at is not None), float(number)), point["value"]


def _by_split(data: Any, name: str, wanted: Collection[str]) -> list[Table] | None:
    """`{"train": {"loss": […]}, "val": {…}}`, as XGBoost's and LightGBM's `evals_result`.

    Or the other way round: `{"loss": {"train": […], "val": […]}}`.
    """
    if not isinstance(data, dict) or not data:
        return None
    inner = {str(key): found for key, value in data.items() if (found := _series(value))}
    if inner and all(split_of(key) for key in inner):
        series = {f"{split}-{key}": v for split, found in inner.items() for key, v in found.items()}
    else:
        turned = {
            key: found
            for key, found in inner.items()
            if is_known(key) and all(split_of(split) for split in found)
        }
        series = {
            f"{split}-{key}": v for key, found in turned.items() for split, v in found.items()
        }
    return [Table(name, lists_to_columns(series))] if series else None


# ---------------------------------------------------------------------------- keras-tuner


def is_tuner_trial(data: object) -> bool:
    """Whether this is a keras-tuner `trial.json`."""
    return isinstance(data, dict) and {"trial_id", "hyperparameters", "metrics"} <= data.keys()


def _tuner_trial(data: Any, name: str, wanted: Collection[str]) -> list[Table] | None:
    """The observations of a keras-tuner trial: averages over executions at the best epoch alone."""
    if not is_tuner_trial(data):
        return None
    metrics = data["metrics"]
    inner = metrics.get("metrics", metrics) if isinstance(metrics, dict) else {}
    rows: dict[float, dict[str, Any]] = {}
    for metric, history in inner.items() if isinstance(inner, dict) else ():
        seen = history.get("observations") if isinstance(history, dict) else None
        for observation in seen if isinstance(seen, list) else ():
            if not isinstance(observation, dict):
                continue
            step = cell_of(observation.get("step"))
            values = observation.get("value")
            cells = [cell_of(v) for v in values] if isinstance(values, list) else [cell_of(values)]
            given = [cell for cell in cells if cell is not None]
            if given:
                row = rows.setdefault(step if step is not None else 0.0, {})
                row[str(metric)] = sum(given) / len(given)
    if not rows:
        return []
    # keras-tuner counts epochs from 0.
    columns = rows_to_columns([{"epoch": step + 1, **rows[step]} for step in sorted(rows)])
    return [Table(name, columns, (TUNER_NOTE,))]


SHAPES: Mapping[str, Callable[[Any, str, Collection[str]], list[Table] | None]] = {
    "keras-tuner trial": _tuner_trial,
    "rows": _rows,
    "history": _history,
    "history by split": _by_split,
    "points by series": _points,
}
"""What a document may be; each gives None where it is something else."""
