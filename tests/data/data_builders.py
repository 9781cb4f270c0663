"""Small data sets that the tests of this folder share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from tuneit.data.dataset import Dataset
from tuneit.data.load import as_dataset, read_data
from tuneit.study import DataSpec


def load(root: Path, seed: int = 0, **spec: Any) -> Dataset:
    adapter: TypeAdapter[Any] = TypeAdapter(DataSpec)
    given = adapter.validate_python(spec)
    return as_dataset(read_data(given, root, seed), given, seed)


def blobs(n: int = 120, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    return rng.normal(size=(n, 4)) + 6 * y[:, None], y


def a_csv(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows_of(n: int, line: str = "{i},{c},{y}", header: str = "a,b,y") -> str:
    lines = [line.format(i=i, c="pqr"[i % 3], y=i % 2) for i in range(n)]
    return "\n".join([header, *lines]) + "\n"
