"""The kinds of log that are read: a file each, and a line each in the registry below."""

from __future__ import annotations

from collections.abc import Mapping

from tuneit.logs.readers import (
    console,
    delimited,
    event_files,
    json_text,
    mlflow_database,
    mlflow_files,
    notebook,
    python_text,
)
from tuneit.logs.readers.base import Reader

READERS: Mapping[str, Reader] = {
    "TensorBoard events": Reader(event_files.recognises, event_files.read),
    "MLflow metrics": Reader(mlflow_files.recognises, mlflow_files.read),
    "MLflow database": Reader(mlflow_database.recognises, mlflow_database.read),
    "notebook": Reader(notebook.recognises, notebook.read),
    "JSON": Reader(json_text.recognises, json_text.read),
    "Python text": Reader(python_text.recognises, python_text.read),
    "console output": Reader(console.recognises, console.read),
    "delimited text": Reader(delimited.recognises, delimited.read),
}
"""In the order in which they are asked; the last one takes every text."""

__all__ = ["READERS", "Reader"]
