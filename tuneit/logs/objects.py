"""Histories in memory → learning curves: Keras History, dict, DataFrame, rows, a log's path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tuneit.curves import LearningCurve
from tuneit.errors import LogError
from tuneit.errors.wording import kind_of
from tuneit.logs.cells import lists_to_columns
from tuneit.logs.documents import tables_in
from tuneit.logs.reading import read_runs
from tuneit.logs.roles import columns_named
from tuneit.logs.runs import Run, runs_of
from tuneit.logs.table import Table

_WHAT = "the history"


def _listed(values: Any) -> list[Any] | None:
    """A series as plain numbers: lists, tuples, NumPy arrays, pandas columns."""
    if isinstance(values, (str, bytes, Mapping)):
        return None
    if hasattr(values, "tolist"):
        values = values.tolist()
    return list(values) if isinstance(values, (list, tuple)) else None


def _from_lists(
    history: Mapping[Any, Any], epochs: Sequence[int] | None, columns: Mapping[str, str] | None
) -> list[Run]:
    lists = {str(name): values for name, v in history.items() if (values := _listed(v)) is not None}
    if not lists:
        return _from_document(history, columns)
    cells = dict(lists_to_columns(lists))
    length = max(len(values) for values in cells.values())
    if epochs is not None and len(epochs) == length and "epoch" not in cells:
        cells["epoch"] = [float(epoch) for epoch in epochs]
    return runs_of(Table("", cells), _WHAT, columns)


def _from_document(data: Any, columns: Mapping[str, str] | None) -> list[Run]:
    """What JSON logs hold too: rows, or XGBoost's `evals_result` by set."""
    wanted = {name for text in (columns or {}).values() for name in columns_named(text)}
    tables = tables_in(_plain(data), "", wanted)
    if not tables:
        keys = list(data)[:8] if isinstance(data, Mapping) else []
        raise LogError(
            f"{_WHAT} must map names to lists of numbers, one an epoch, but its keys are "
            f"{', '.join(map(repr, keys)) or 'none'}"
        )
    return [run for table in tables for run in runs_of(table, _WHAT, columns)]


def _plain(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {str(key): _plain(value) for key, value in data.items()}
    listed = _listed(data)
    if listed is not None:
        return [_plain(item) for item in listed]
    return data


def _runs(history: Any, columns: Mapping[str, str] | None) -> list[Run]:
    if isinstance(history, (str, Path)):
        return read_runs(Path(history), columns)
    inner = getattr(history, "history", None)
    if isinstance(inner, Mapping):
        return _from_lists(inner, getattr(history, "epoch", None), columns)
    if hasattr(history, "columns") and hasattr(history, "to_dict"):
        # A data frame writes NaN for what was not reported.
        frame = history.astype(object).where(history.notna(), None)
        return _from_lists(frame.to_dict("list"), None, columns)
    if isinstance(history, Mapping):
        return _from_lists(history, None, columns)
    if isinstance(history, Sequence) and history and isinstance(history[0], Mapping):
        return _from_document(history, columns)
    raise LogError(
        f"{_WHAT} must be a Keras History, a dict of lists, a DataFrame, rows or a log's path, "
        f"but it is {kind_of(history)}"
    )


def run_from(history: Any, columns: Mapping[str, str] | None = None) -> Run:
    """Return the one run of a history, its curve under Keras's names.

    Accepts a Keras `History`, a mapping of names to sequences, a pandas DataFrame, a list of
    one mapping an epoch, XGBoost's or LightGBM's `evals_result`, the path of a log, or a
    LearningCurve. `columns` says which columns some series are: `{"loss": "train_nll"}`. Raises
    LogError where it is none of these, holds no number, or holds more than one run.
    """
    if isinstance(history, LearningCurve):
        return Run(_WHAT, "", history)
    runs = _runs(history, columns)
    if len(runs) > 1:
        raise LogError(
            f"{_WHAT} holds {len(runs)} runs (the epoch counter restarts): give one at a time"
        )
    return runs[0]
