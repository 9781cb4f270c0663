"""Read new rows from a file or folder, in the form of the data that a model was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.data.features import is_table
from tuneit.data.pipeline.pipeline import Pipeline
from tuneit.data.sources.images_source import SUFFIXES
from tuneit.data.table import TextColumn, WholeColumn
from tuneit.errors import DataError, did_you_mean
from tuneit.study import CsvData, ImagesData, NpzData
from tuneit.study.names import Layout, names_in

if TYPE_CHECKING:
    from tuneit.data.table import TableEncoder

TABLES = (".csv", ".tsv", ".txt")
"""Endings of files that are read as tables."""


@dataclass(frozen=True, eq=False)
class RawRows:
    """Rows as they were read: features, and targets where they were asked for.

    `where` is what messages call them. `names` are the rows' own, such as those of picture files;
    empty where they have none.
    """

    x: Any
    y: Any
    where: str
    names: tuple[str, ...] = ()


def read_rows(pipeline: Pipeline, path: Path, *, with_targets: bool = False) -> RawRows:
    """Read a table (.csv), arrays (.npz) or a folder of pictures.

    Targets are where the study's data have them: in its target columns, in the array `y`, or in
    the names of the pictures' sub-folders. Raises DataError where they cannot be read.
    """
    if path.is_dir() or path.suffix.lower() in SUFFIXES:
        return _pictures(pipeline, path, with_targets)
    if path.suffix.lower() == ".npz":
        return _arrays(pipeline, path, with_targets)
    if path.suffix.lower() in TABLES or not path.exists():
        return _table(pipeline, path, with_targets)
    raise DataError(
        f"rows are read from a table (.csv), arrays (.npz) or a folder of pictures, not from "
        f"{path.name}"
    )


def _table(pipeline: Pipeline, path: Path, with_targets: bool) -> RawRows:
    from tuneit.data.sources.csv_source import arranged, read_table

    spec = pipeline.data
    if isinstance(spec, ImagesData):
        return _listed(spec, path, with_targets)
    delimiter, decimal = (spec.delimiter, spec.decimal) if isinstance(spec, CsvData) else (",", ".")
    texts = [name for encoder in pipeline.encoders.values() for name in _texts(encoder)]
    delimiter = "\t" if path.suffix.lower() == ".tsv" else delimiter
    fewest = 2 if with_targets else 1
    table = read_table(path, delimiter, texts, decimal, fewest_columns=fewest)
    if not with_targets:
        return RawRows(table, None, path.name)
    if not isinstance(spec, CsvData):
        raise DataError(
            f"which column of {path.name} is the target is not known, as the model was not trained "
            "on a CSV file: give the rows as an .npz with the arrays x and y"
        )
    for name in names_in(spec.target):
        if name not in table.columns:
            raise DataError(
                f"{path.name} has no target column '{name}', without which nothing can be "
                f"evaluated{did_you_mean(name, map(str, table.columns)) or ': add it'}"
            )
    return RawRows(table, arranged(table, spec.target), path.name)


def _texts(encoder: TableEncoder | WholeColumn) -> list[str]:
    """The columns that are read as texts, also where all of their values look like numbers."""
    if isinstance(encoder, WholeColumn):
        return []
    return [column.name for column in encoder.columns if isinstance(column, TextColumn)]


def _arrays(pipeline: Pipeline, path: Path, with_targets: bool) -> RawRows:
    from tuneit.data.sources.npz_source import read_arrays

    spec = pipeline.data
    names: tuple[Layout, Layout] = (spec.x, spec.y) if isinstance(spec, NpzData) else ("x", "y")
    if not isinstance(spec, NpzData) and pipeline.form != "one":
        keys = tuple(one.name for one in pipeline.inputs)
        names = (dict(zip(keys, keys, strict=True)), "y") if pipeline.form == "dict" else names
    x, y = read_arrays(path, names[0], names[1] if with_targets else None)
    return RawRows(x, y, path.name)


def _pictures(pipeline: Pipeline, path: Path, with_targets: bool) -> RawRows:
    from tuneit.data.sources.images_source import labelled_pictures, pictures_in, read_pictures

    spec = pipeline.data
    if not isinstance(spec, ImagesData):
        raise DataError(
            f"{path} holds pictures, but the model was not trained on a folder of pictures: give "
            f"its rows as {'a table (.csv)' if pipeline.encoders else 'arrays (.npz)'}"
        )
    if not with_targets:
        files = pictures_in(path)
        return RawRows(read_pictures(files, spec), None, path.name, _names(files, path))
    if spec.labels is not None:
        raise DataError(
            f"{path} is a folder, but the model was trained on pictures that a CSV file lists: "
            "give such a file"
        )
    files, labels = labelled_pictures(path, pipeline.outputs[0].class_names)
    return RawRows(read_pictures(files, spec), labels, path.name, _names(files, path))


def _listed(spec: ImagesData, path: Path, with_targets: bool) -> RawRows:
    """The pictures that a table lists, beside the table, with their targets if asked for."""
    from tuneit.data.sources.images_source import listed_files, read_pictures

    if spec.labels is None:
        raise DataError(
            f"the model was trained on a folder of pictures for each class: give such a folder, "
            f"not {path.name}"
        )
    rows, files = listed_files(spec, path.parent, path, with_targets=with_targets)
    targets = rows[spec.target] if with_targets else None
    return RawRows(read_pictures(files, spec), targets, path.name, tuple(map(str, rows[spec.file])))


def _names(files: Sequence[Path], folder: Path) -> tuple[str, ...]:
    return tuple(str(file.relative_to(folder)) if folder.is_dir() else file.name for file in files)


def as_rows(pipeline: Pipeline, given: Any, *, with_targets: bool = False) -> RawRows:
    """New rows as Python code gives them: a path, a DataFrame, records, or arrays.

    A list of dicts is a row each, and a dict of columns a table, where the model was trained on
    columns. With targets, `given` is a path or a pair (x, y).
    """
    if isinstance(given, (str, Path)):
        return read_rows(pipeline, Path(given), with_targets=with_targets)
    where = "the given rows"
    if with_targets:
        if not isinstance(given, (tuple, list)) or len(given) != 2:
            raise DataError("evaluation needs a path, or the rows and their targets as (x, y)")
        return RawRows(_as_table(pipeline, given[0]), given[1], where)
    return RawRows(_as_table(pipeline, given), None, where)


def _as_table(pipeline: Pipeline, x: Any) -> Any:
    """Records or columns as a DataFrame, where the model was trained on a table's columns."""
    if is_table(x) or not pipeline.encoders:
        return x
    import pandas as pd

    if isinstance(x, list) and x and all(isinstance(row, Mapping) for row in x):
        return pd.DataFrame(x)
    if not isinstance(x, Mapping) or x.keys() == {one.name for one in pipeline.inputs}:
        return x
    one_row = all(isinstance(value, str) or not hasattr(value, "__len__") for value in x.values())
    return pd.DataFrame([x] if one_row else x)
