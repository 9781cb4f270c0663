"""JSON logs: one document, one object a line, or a string that holds a Python dict."""

from __future__ import annotations

import json
from typing import Any

from tuneit.curves.series_names import is_known
from tuneit.errors import LogError
from tuneit.logs.cells import cell_of
from tuneit.logs.documents import is_tuner_trial, name_of_document, tables_in
from tuneit.logs.files import LogFile
from tuneit.logs.readers.python_text import literal
from tuneit.logs.roles import HOW_TO_MAP, shown
from tuneit.logs.table import Table

_SUFFIXES = (".json", ".jsonl", ".ndjson")


def recognises(file: LogFile) -> bool:
    """Whether a file is JSON: by its name, or since its text is."""
    if file.suffix in _SUFFIXES:
        return True
    if file.text.lstrip()[:1] not in ("{", "[", '"'):
        return False
    try:
        _document(file)
    except LogError:
        return False
    return True


def read(file: LogFile) -> list[Table]:
    """Read the runs of a JSON text."""
    data, notes = _document(file)
    tables = tables_in(data, name_of_document(file.path), file.wanted)
    if not tables and is_tuner_trial(data):
        raise LogError(f"{file.source}: this keras-tuner trial has no metrics: it did not complete")
    if not tables:
        raise LogError(
            f"{file.source}: this JSON has no series such as loss or val_loss, but {_seen(data)}: "
            'a log is {"loss": […], "val_loss": […]} or a list of rows; name columns of your own: '
            f"{HOW_TO_MAP}"
        )
    return [Table(table.name, table.columns, (*notes, *table.notes)) for table in tables]


def _seen(data: Any) -> str:
    if isinstance(data, dict) and any(is_known(key) and cell_of(data[key]) for key in data):
        return f"one value for each of {shown(key for key in data if is_known(key))}"
    if isinstance(data, dict):
        return f"the keys {shown(data)}"
    return "a list of values" if isinstance(data, list) else "one value"


def _document(file: LogFile) -> tuple[Any, tuple[str, ...]]:
    """The data of a text, and a note where its last line is cut."""
    text = file.text
    try:
        data = _loads(text)
    except (ValueError, RecursionError) as error:
        rows, cut = _rows(file.lines)
        if rows:
            note = f"the last line is cut off: {len(rows)} whole lines were read"
            return rows, (note,) if cut else ()
        python = literal(text)
        if python is not None:
            return python, ()
        raise LogError(f"{file.source}: {_fault(error, text)}") from None
    if isinstance(data, str):
        # str(history.history) written by json.dump: a string of JSON or of Python.
        data = _inner(data)
    return data, ()


def _inner(text: str) -> Any:
    try:
        return _loads(text)
    except (ValueError, RecursionError):
        return literal(text)


def _rows(lines: list[str]) -> tuple[list[Any], bool]:
    """One object a line, and whether the last line was cut; no rows where others are broken."""
    rows: list[Any] = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(_loads(line))
        except (ValueError, RecursionError):
            is_last = number == len(lines) and line.lstrip().startswith("{")
            return (rows, True) if is_last and rows else ([], False)
    return (rows, False) if lines and lines[0].lstrip().startswith("{") else ([], False)


def _loads(text: str) -> Any:
    # All numbers of a log become floats; int() would refuse those of more than 4,300 digits.
    return json.loads(text, parse_int=float)


def _fault(error: ValueError | RecursionError, text: str) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return "not valid JSON (nested too deeply)"
    if not text.rstrip().endswith(("}", "]")):
        return (
            f"not valid JSON: the text ends in line {error.lineno} within a value, so the file was "
            "cut off; write it again, or close its brackets"
        )
    return f"not valid JSON (line {error.lineno}: {error.msg})"
