"""Histories in memory → learning curves: Keras History, dict, DataFrame, rows, a log's path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tuneit.curves import LearningCurve
from tuneit.errors import LogError
from tuneit.errors.wording import kind_of
from tuneit.logs.json_logs import lists_to_columns, rows_to_columns
from tuneit.logs.reading import read_runs
from tuneit.logs.runs import Run, runs_of

_WHAT = "the history"


def _listed(values: Any) -> list[Any] | None:
    """A series as plain numbers: lists, tuples, NumPy arrays, pandas columns."""
    if isinstance(values, (str, bytes, Mapping)):
        return None
    if hasattr(values, "tolist"):
        values = values.tolist()
    return list(values) if isinstance(values, (list, tuple)) else None


def _from_lists(history: Mapping[Any, Any], epochs: Sequence[int] | None) -> list[Run]:
    lists = {str(name): values for name, v in history.items() if (values := _listed(v)) is not None}
    if not lists:
        raise LogError(
            f"{_WHAT} must map names to lists of numbers, one an epoch, but its keys are "
            f"{', '.join(map(repr, list(history)[:8])) or 'none'}"
        )
    columns = dict(lists_to_columns(lists))
    length = max(len(values) for values in columns.values())
    if epochs is not None and len(epochs) == length and "epoch" not in columns:
        columns["epoch"] = [float(epoch) for epoch in epochs]
    return runs_of(columns, _WHAT, "")


def _runs(history: Any) -> list[Run]:
    if isinstance(history, (str, Path)):
        return read_runs(Path(history))
    inner = getattr(history, "history", None)
    if isinstance(inner, Mapping):
        return _from_lists(inner, getattr(history, "epoch", None))
    if hasattr(history, "columns") and hasattr(history, "to_dict"):
        return _from_lists(history.to_dict("list"), None)
    if isinstance(history, Mapping):
        return _from_lists(history, None)
    if isinstance(history, Sequence) and history and isinstance(history[0], Mapping):
        return runs_of(rows_to_columns(history), _WHAT, "")
    raise LogError(
        f"{_WHAT} must be a Keras History, a dict of lists, a DataFrame, rows or a log's path, "
        f"but it is {kind_of(history)}"
    )


def curve_from(history: Any) -> LearningCurve:
    """Return the learning curve of one run, under Keras's names.

    Accepts a Keras `History`, a mapping of names to sequences, a pandas DataFrame, a list of
    one mapping an epoch, the path of a log, or a LearningCurve. Raises LogError where it is none
    of these, holds no number, or holds more than one run.
    """
    if isinstance(history, LearningCurve):
        return history
    runs = _runs(history)
    if len(runs) > 1:
        raise LogError(
            f"{_WHAT} holds {len(runs)} runs (the epoch counter restarts): give one at a time"
        )
    return runs[0].curve
