"""JSON logs → columns: Keras histories, lists of rows, JSON lines, Hugging Face trainer states."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tuneit.curves import reporting_epochs
from tuneit.errors import LogError
from tuneit.logs.runs import Cell, Columns, knows
from tuneit.logs.tables import parse_cell

_WRAPPERS = ("history", "log_history", "logs", "metrics", "epochs", "results", "log", "curve")
MAX_DEPTH = 4


def _cell(value: object) -> Cell:
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
        return _cell(value[0])
    return None


def rows_to_columns(rows: Sequence[Mapping[str, Any]]) -> Columns:
    """Turn one mapping a row into columns; what a row does not say is None."""
    names = dict.fromkeys(str(name) for row in rows for name in row)
    return {name: [_cell(row.get(name)) for row in rows] for name in names}


def lists_to_columns(lists: Mapping[str, Sequence[Any]]) -> Columns:
    """Turn one list a series into columns.

    `reporting_epochs` says which epochs the values of a shorter series belong to.
    """
    length = max((len(values) for values in lists.values()), default=0)
    columns: dict[str, list[Cell]] = {}
    for name, values in lists.items():
        cells: list[Cell] = [None] * length
        cells[reporting_epochs(len(values), length)] = map(_cell, values)
        columns[name] = cells
    return columns


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
        loss = _cell(row.get("loss"))
        if loss is not None:
            losses.append(loss)
        if any(name.startswith("eval_") for name in row):
            mean = sum(losses) / len(losses) if losses else None
            merged.append({k: v for k, v in row.items() if k not in ("epoch", "step")})
            merged[-1]["loss"] = mean
            losses = []
    return merged


def _is_series(value: object) -> bool:
    return (
        isinstance(value, list)
        and any(_cell(v) is not None for v in value)
        and not any(isinstance(v, (dict, list)) and _cell(v) is None for v in value)
    )


def _indexed(value: object) -> object:
    """pandas' to_json gives a series as `{"0": …, "1": …}`."""
    if isinstance(value, dict) and value and all(str(key).isdecimal() for key in value):
        return [value[key] for key in sorted(value, key=float)]  # int() takes 4,300 digits at most
    return value


def is_tuner_trial(data: object) -> bool:
    """Whether this is a keras-tuner `trial.json`."""
    return isinstance(data, dict) and {"trial_id", "hyperparameters", "metrics"} <= data.keys()


def _tuner_trial(data: Mapping[str, Any], name: str) -> Iterator[tuple[str, Columns]]:
    """The observations of a keras-tuner trial: averages over executions at the best epoch alone."""
    metrics = data["metrics"]
    inner = metrics.get("metrics", metrics) if isinstance(metrics, dict) else {}
    rows: dict[float, dict[str, Any]] = {}
    for metric, history in inner.items() if isinstance(inner, dict) else ():
        seen = history.get("observations") if isinstance(history, dict) else None
        for observation in seen if isinstance(seen, list) else ():
            if not isinstance(observation, dict):
                continue
            step = _cell(observation.get("step"))
            values = observation.get("value")
            cells = [_cell(v) for v in values] if isinstance(values, list) else [_cell(values)]
            given = [cell for cell in cells if cell is not None]
            if given:
                row = rows.setdefault(step if step is not None else 0.0, {})
                row[str(metric)] = sum(given) / len(given)
    if rows:
        # keras-tuner counts epochs from 0.
        epochs = sorted(rows)
        yield name, rows_to_columns([{"epoch": step + 1, **rows[step]} for step in epochs])


def _tables(data: Any, name: str, depth: int) -> Iterator[tuple[str, Columns]]:
    if depth > MAX_DEPTH:
        return
    if isinstance(data, list):
        rows = [row for row in data if isinstance(row, dict)]
        if rows and any(knows(str(key)) for row in rows[:50] for key in row):
            hugging_face = any("eval_loss" in r or "train_runtime" in r for r in rows)
            yield name, rows_to_columns(trainer_rows(rows) if hugging_face else rows)
        else:
            for index, item in enumerate(data, start=1):
                if isinstance(item, (dict, list)):
                    yield from _tables(item, f"{name}#{index}", depth + 1)
        return
    if not isinstance(data, dict):
        return
    if is_tuner_trial(data):
        yield from _tuner_trial(data, name)
        return
    entries = {str(key): _indexed(value) for key, value in data.items()}
    series = {key: value for key, value in entries.items() if _is_series(value)}
    if any(knows(key) for key in series):
        yield name, lists_to_columns(series)  # type: ignore[arg-type]
        return
    for key, value in entries.items():
        if isinstance(value, (dict, list)):
            label = name if key in _WRAPPERS else "/".join(filter(None, (name, key)))
            yield from _tables(value, label, depth + 1)


def _loads(text: str) -> Any:
    # All numbers of a log become floats; int() would refuse those of more than 4,300 digits.
    return json.loads(text, parse_int=float)


def _parse(text: str, source: str) -> Any:
    try:
        return _loads(text)
    except (ValueError, RecursionError) as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 or text.lstrip().startswith("{"):
            try:
                return [_loads(line) for line in lines]
            except (ValueError, RecursionError):
                pass
        detail = getattr(error, "msg", "nested too deeply")
        line = getattr(error, "lineno", 1)
        raise LogError(f"{source}: not valid JSON (line {line}: {detail})") from None


def read_json(text: str, source: str, name: str) -> list[tuple[str, Columns]]:
    """Return the tables in a JSON text with a name for each.

    Raises LogError for invalid JSON, and where nothing in it looks like a training log.
    """
    data = _parse(text, source)
    tables = list(_tables(data, name, 0))
    if not tables and is_tuner_trial(data):
        raise LogError(f"{source}: this keras-tuner trial has no metrics: it did not complete")
    if not tables:
        raise LogError(
            f"{source}: no series such as loss or val_loss in this JSON: a log is "
            '{"loss": […], "val_loss": […]} or a list of rows'
        )
    return tables
