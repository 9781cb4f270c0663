"""Jupyter notebooks: the console output below their cells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tuneit.errors import LogError
from tuneit.logs.files import LogFile
from tuneit.logs.readers.console import tables_of
from tuneit.logs.table import Table


def recognises(file: LogFile) -> bool:
    """Whether a file is a notebook, by its name."""
    return file.suffix == ".ipynb"


def read(file: LogFile) -> list[Table]:
    """Read what each cell printed; a cell is a run."""
    try:
        notebook = json.loads(file.text)
    except (ValueError, RecursionError):
        raise LogError(f"{file.source}: not a notebook: its text is no JSON") from None
    name = file.path.stem
    tables = [
        table
        for number, cell in enumerate(_cells(notebook), start=1)
        for table in tables_of("\n".join(_printed(cell)), f"{name}/cell{number}")
    ]
    if not tables:
        raise LogError(
            f"{file.source}: no cell of this notebook has printed a loss or a metric: run it, and "
            "save it with its output"
        )
    return tables


def _cells(notebook: Any) -> list[Any]:
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    return [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []


def _printed(cell: dict[str, Any]) -> Iterator[str]:
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        text = output.get("text") if isinstance(output, dict) else None
        if isinstance(text, list):
            yield "".join(map(str, text))
        elif isinstance(text, str):
            yield text
