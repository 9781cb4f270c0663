"""Write the study that searches a table or a folder of pictures without any code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tuneit.errors import InputError
from tuneit.ledger import JOURNAL
from tuneit.study.part import study_name

DELIMITERS = (",", ";", "\t", "|")
"""The characters that may stand between columns; the most frequent one in the header is taken."""

LARGEST_SIDE = 64
"""Pixels of the longer side that pictures are made smaller to, so that a laptop trains on them."""

_LOOKED_AT = 50
"""Pictures whose sizes are looked at."""

TABLES = (".csv", ".tsv")

_HEAD = """# Written by `tuneit search {data}`.
# Change it as you like: the same command goes on with it.
"""


def is_data(path: Path) -> bool:
    """Whether a search is given data rather than a study."""
    is_folder = path.is_dir() and not (path / JOURNAL).exists()  # else it is a search's results
    return path.suffix.lower() in TABLES or is_folder


def write_first_study(data: Path, target: str | None, folder: Path) -> Path:
    """Write a study of the data into a folder; return its path.

    A study of this name that has the same data and target is kept as it is. Raises InputError where
    the target is missing, where another study has the name, and DataError for data that cannot be
    trained on: each with what to do.
    """
    from tuneit.study_file import to_yaml

    file = folder / f"{study_name(data.resolve().stem)}.yaml"
    where = data if data.is_absolute() else Path(_relative(data, folder))
    spec = _table(data, target, where) if data.suffix.lower() in TABLES else _pictures(data, where)
    if file.exists():
        _require_same(file, spec)
        return file
    values = _study(spec, folder)
    file.write_text(_HEAD.format(data=data.name) + to_yaml(values), encoding="utf-8")
    return file


def _relative(data: Path, folder: Path) -> str:
    import os

    return os.path.relpath(data, folder)


def _study(spec: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The whole study; the data are read once, so that their faults are told before it is written.

    Raises DataError for data that cannot be trained on.
    """
    from tuneit.data.load import as_dataset, read_data
    from tuneit.data.nested import arrays_of

    parsed = _parsed(spec)
    dataset = as_dataset(read_data(parsed, folder, 0), parsed, 0)
    if dataset.task == "regression":
        [y] = arrays_of(dataset.train.y)
        if float(np.ptp(y)) == 0:
            raise InputError(
                f"the target '{spec['target']}' is {float(y.reshape(-1)[0]):g} in "
                "every training row, so that there is nothing to learn: name another --target"
            )
        spec["scale_target"] = "standard"
    return {
        "version": 1,
        "model": "tuneit:auto",
        "data": spec,
        "objective": "val_mae" if dataset.task == "regression" else "val_accuracy",
        "budget": {"trials": 30, "epochs": 50},
    }


def _table(data: Path, target: str | None, where: Path) -> dict[str, Any]:
    from tuneit.data.sources.csv_source import read_table

    delimiter = _delimiter(data)
    table = read_table(data, delimiter)
    names = [str(name) for name in table.columns]
    if target is None:
        listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        raise InputError(f"say which column of {data.name} to predict, --target NAME: {listed}")
    spec: dict[str, Any] = {"source": "csv", "path": str(where), "target": target}
    if delimiter != ",":
        spec["delimiter"] = delimiter
    features = table.drop(columns=[target], errors="ignore")
    if features.isna().any(axis=None):
        spec["missing"] = "median"
    return {**spec, "scale": "standard"}


def _delimiter(data: Path) -> str:
    if not data.is_file():
        return ","
    with data.open(encoding="utf-8-sig", errors="replace") as file:
        header = file.readline(100_000)
    return max(DELIMITERS, key=header.count)


def _pictures(data: Path, where: Path) -> dict[str, Any]:
    from PIL import Image

    from tuneit.data.sources.images_source import pictures_in

    sizes: list[tuple[int, int]] = []
    grey = True
    for file in pictures_in(data)[:_LOOKED_AT]:
        try:
            with Image.open(file) as picture:
                sizes.append((picture.height, picture.width))
                grey = grey and picture.mode in ("1", "L", "I", "I;16")
        except OSError:  # reading all of them names the file that is broken
            continue
    if not sizes:
        raise InputError(
            f"no picture in {data} can be read: mend the files, or name another folder"
        )
    height, width = np.median(np.array(sizes), axis=0)
    shrink = min(1.0, LARGEST_SIDE / max(height, width))
    size = [max(1, round(side * shrink)) for side in (height, width)]
    spec: dict[str, Any] = {"source": "images", "path": str(where), "size": size}
    return {**spec, "grayscale": True} if grey else spec


def _parsed(spec: dict[str, Any]) -> Any:
    """The data as a study has them, with what their kind has by default."""
    from pydantic import TypeAdapter

    from tuneit.study import DataSpec

    return TypeAdapter(DataSpec).validate_python(spec)


def _require_same(file: Path, spec: dict[str, Any]) -> None:
    """Raise InputError where a study of this name is about something else."""
    from tuneit.study_file import load_searched_study

    known, given = load_searched_study(file).data, _parsed(spec)
    keys = ("source", "path", "target")
    if any(getattr(known, key, None) != getattr(given, key, None) for key in keys):
        raise InputError(
            f"{file} is a study of other data or another target: search it as it is "
            f"(`tuneit search {file.name}`), or rename it"
        )
