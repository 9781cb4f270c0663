"""Write the study that searches a table or a folder of pictures without any code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuneit.errors import DataError, InputError
from tuneit.ledger import JOURNAL
from tuneit.study.part import study_name

if TYPE_CHECKING:
    import pandas as pd

    from tuneit.study import DataSpec

DELIMITERS = (",", ";", "\t", "|")
"""The characters that may stand between columns; the most frequent one in the header is taken."""

LARGEST_SIDE = 64
"""Pixels of the longer side that pictures are made smaller to, so that a laptop trains on them."""

_LOOKED_AT = 50
"""Pictures whose sizes are looked at."""

TABLES = (".csv", ".tsv")

_HEAD = """# Written by `{command}`.
# Change it as you like: the same command goes on with it.
"""

_SETTINGS = {
    "decimal": "'data.decimal=\",\"'",
    "drop": "data.drop=[COLUMN]",
    "missing": "data.missing=median",
    "size": "data.size=[64,64]",
    "stratify": "data.split.stratify=false",
    "task": "data.task=regression",
}
"""Keys of data that messages name, and how `--set` sets each before there is a study."""


def is_data(path: Path) -> bool:
    """Whether a search is given data rather than a study."""
    is_folder = path.is_dir() and not (path / JOURNAL).exists()  # else it is a search's results
    return path.suffix.lower() in TABLES or is_folder


def write_first_study(
    data: Path, target: str | None, folder: Path, overrides: Sequence[str] = ()
) -> Path:
    """Write a study of the data into a folder; return its path.

    `overrides` are `key.path=value` texts; those of `data` become a part of the study. A study of
    this name that has the same data and target is kept as it is. Raises InputError where the
    target is missing, where another study has the name, and DataError for data that cannot be
    trained on: each with what to do.
    """
    from tuneit.study_file import to_yaml

    file = folder / f"{study_name(data.resolve().stem)}.yaml"
    where = data if data.is_absolute() else Path(_relative(data, folder))
    is_table = data.suffix.lower() in TABLES
    if target is not None and not is_table:
        raise InputError(
            f"--target names the column of a table, but {data} is a folder, whose sub-folders are "
            "the classes: leave it out"
        )
    spec = _table(data, target, where) if is_table else _pictures(data, where)
    if file.exists():
        _require_same(file, spec)
        return file
    changes = [text for text in overrides if text.startswith("data.")]
    values = _study(spec, changes, folder, data)
    options = [] if target is None else ["--target", target]
    for text in changes:
        options += ["--set", text]
    command = shlex.join(["tuneit", "search", data.name, *options])
    file.write_text(_HEAD.format(command=command) + to_yaml(values), encoding="utf-8")
    return file


def _relative(data: Path, folder: Path) -> str:
    import os

    return os.path.relpath(data, folder)


def _study(
    spec: dict[str, Any], changes: Sequence[str], folder: Path, data: Path
) -> dict[str, Any]:
    """The whole study; the data are read once, so that their faults are told before it is written.

    Raises DataError for data that cannot be trained on, StudyFileError for impossible `changes`.
    """
    from tuneit.data.load import as_dataset, read_data
    from tuneit.data.nested import arrays_of
    from tuneit.study_file import study_from

    values: dict[str, Any] = {
        "version": 1,
        "model": "tuneit:auto",
        "data": spec,
        "objective": "val_loss",
        "budget": {"trials": 30, "epochs": 50},
    }
    parsed = study_from(values, changes).data
    try:
        dataset = as_dataset(read_data(parsed, folder, 0), parsed, 0)
    except DataError as error:
        raise DataError(_placed(str(error), data)) from error
    spec = parsed.model_dump(exclude_unset=True)
    if dataset.task == "regression":
        [y] = arrays_of(dataset.train.y)
        if float(np.ptp(y)) == 0:
            raise InputError(
                f"the target '{spec['target']}' is {float(y.reshape(-1)[0]):g} in "
                "every training row, so that there is nothing to learn: name another --target"
            )
        spec.setdefault("scale_target", "standard")
    objective = "val_mae" if dataset.task == "regression" else "val_accuracy"
    return {**values, "data": spec, "objective": objective}


def _placed(message: str, data: Path) -> str:
    """The message with the file that it is about, and how to set the key that it names."""
    place = "" if data.name in message else f"{data.name}: "
    named = [key for key in re.findall(r"`(\w+)[`:]", message) if key in _SETTINGS]
    step = f"; in this command --set {_SETTINGS[named[0]]}" if named else ""
    return f"{place}{message}{step}"


def _table(data: Path, target: str | None, where: Path) -> dict[str, Any]:
    from tuneit.data.sources.csv_source import read_table
    from tuneit.data.spoilt_numbers import decimal_commas
    from tuneit.data.table import is_text

    delimiter = _delimiter(data)
    table = read_table(data, delimiter)
    names = [str(name) for name in table.columns]
    if target is None:
        listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        raise InputError(f"say which column of {data.name} to predict, --target NAME: {listed}")
    spec: dict[str, Any] = {"source": "csv", "path": str(where), "target": target}
    if delimiter != ",":
        spec["delimiter"] = delimiter
        if any(is_text(table[n]) and decimal_commas(table[n].dropna()) for n in names):
            spec["decimal"] = ","
    empty = _empty_columns(table, target)
    if empty:
        spec["drop"] = empty
    if table.drop(columns=empty).isna().any(axis=None):
        spec["missing"] = "median"
    return {**spec, "scale": "standard"}


def _empty_columns(table: pd.DataFrame, target: str) -> list[str]:
    """Columns without any value, such as the last one where each line ends with a delimiter."""
    return [str(name) for name in table if name != target and table[name].isna().all()]


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


def _parsed(spec: dict[str, Any]) -> DataSpec:
    """The data as a study has them, with what their kind has by default."""
    from pydantic import TypeAdapter

    from tuneit.study import DataSpec

    parsed: DataSpec = TypeAdapter(DataSpec).validate_python(spec)
    return parsed


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
