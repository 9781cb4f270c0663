"""Tables in text files, with a header."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuneit.data.dataset import Array
from tuneit.data.raw import RawData, RawSplit
from tuneit.data.spoilt_numbers import require_true_text
from tuneit.data.table import is_text
from tuneit.errors import DataError, did_you_mean
from tuneit.errors.wording import counted
from tuneit.study import CsvData
from tuneit.study.names import names_in

if TYPE_CHECKING:
    import pandas as pd

_DELIMITERS = {",": "','", ";": "';'", "\t": "'\\t' (tab)", "|": "'|'"}

_NOT_TEXT = (
    "{} must be UTF-8 text, but is not: save it as UTF-8 (`iconv -f latin1 -t utf-8` may do)"
)

_LONGEST_HEADER = 1_000_000
"""Characters; a binary file may have no line end at all."""


def read(spec: CsvData, root: Path, seed: int) -> RawData:
    """Read the table without the columns in `drop` and an unnamed column that numbers the rows.

    Features are the columns of `inputs`, or all that have no other role.
    """
    path = root / spec.path
    table = read_table(path, spec.delimiter, decimal=spec.decimal)
    names = [str(name) for name in table.columns]
    targets = names_in(spec.target)
    for name in targets:
        if name not in names:
            raise _no_target(name, path, names)
    for name in spec.drop:
        _require_column("drop", name, path, table)
    for name in targets:
        if name in spec.drop:
            raise DataError(
                f"the target '{name}' cannot be dropped as well: take it from drop",
                at=("data", "drop", name),
            )
        _refuse_spoilt_numbers(name, table[name].dropna())
        if spec.missing == "refuse":
            _refuse_missing(name, table[name])
    groups = _groups(spec, path, table)
    weight = _weights(spec, path, table)
    times = _column_beside("times", spec.times, spec, path, table)
    features, notes = _features(spec, path, table)
    return RawData(
        name=path.stem,
        splits={"train": RawSplit(features, arranged(table, spec.target), weight)},
        notes=notes,
        missing=spec.missing,
        groups=groups,
        times=times,
        inputs=spec.inputs,
    )


def _features(spec: CsvData, path: Path, table: pd.DataFrame) -> tuple[Any, tuple[str, ...]]:
    """The table of the features, and notes on columns that are left out."""
    if spec.inputs is not None:
        inputs = tuple(dict.fromkeys(names_in(spec.inputs)))
        for name in inputs:
            _require_column("inputs", name, path, table)
            if name in spec.drop:
                raise _two_roles("input", name, "drop")
        return table[list(inputs)], ()
    targets = names_in(spec.target)
    names = [str(name) for name in table.columns]
    counters = [name for name in names if name not in targets and _is_row_counter(table, name)]
    notes = tuple(f"column '{name}' is left out: it numbers the rows" for name in counters)
    roles = (spec.groups, spec.times, spec.sample_weight)
    no_features = [name for name in roles if name is not None]
    return table.drop(columns=[*targets, *{*spec.drop, *counters, *no_features}]), notes


def arranged(table: pd.DataFrame, layout: Any) -> Any:
    """A column, the table of several, or either of them by the names of outputs."""
    if isinstance(layout, dict):
        return {name: arranged(table, part) for name, part in layout.items()}
    return table[list(layout)] if isinstance(layout, tuple) else table[layout]


def _groups(spec: CsvData, path: Path, table: pd.DataFrame) -> Array | None:
    """The group of each row, as text; None for a missing one."""
    column = _column_beside("groups", spec.groups, spec, path, table)
    if column is None:
        return None
    missing = column.isna().tolist()
    values = zip(column.tolist(), missing, strict=True)
    return np.array([None if gone else f"{value}" for value, gone in values], dtype=object)


def _weights(spec: CsvData, path: Path, table: pd.DataFrame) -> pd.Series[Any] | None:
    for role, name in (("groups", spec.groups), ("times", spec.times)):
        if name is not None and name == spec.sample_weight:
            raise _two_roles(role, name, "sample_weight")
    return _column_beside("sample_weight", spec.sample_weight, spec, path, table)


def _column_beside(
    role: str, name: str | None, spec: CsvData, path: Path, table: pd.DataFrame
) -> pd.Series[Any] | None:
    """A column that is neither feature nor target, but has a role of its own."""
    if name is None:
        return None
    _require_column(role, name, path, table)
    if name in names_in(spec.target):
        raise _two_roles("target", name, role)
    return table[name]


def _two_roles(first: str, name: str, second: str) -> DataError:
    words = {"sample_weight": "be the weights", "drop": "be dropped"}
    return DataError(
        f"the {first} '{name}' cannot {words.get(second, f'be the {second}')} as well: name "
        "another column",
        at=("data", second),
    )


def _require_column(key: str, name: str, path: Path, table: pd.DataFrame) -> None:
    names = [str(column) for column in table.columns]
    if name not in names:
        raise DataError(
            f"'{key}' names the column '{name}', which {path.name} does not have"
            f"{did_you_mean(name, names)}",
            at=("data", key, name),
        )


def read_table(
    path: Path,
    delimiter: str,
    texts: Collection[str] = (),
    decimal: str = ".",
    *,
    fewest_columns: int = 2,
) -> pd.DataFrame:
    """Read a CSV file, UTF-8, with a header; raise DataError for anything that is not one.

    The columns `texts` hold texts, also where these look like numbers, whose decimals come after
    `decimal`. A table has two columns at least, a feature and the target; new rows may have one.
    """
    import pandas as pd

    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise DataError(f"a delimiter is one character such as ',' or ';', not {delimiter!r}")
    if not path.is_file():
        raise DataError(_absent(path), at=("data", "path"))
    try:
        _require_delimiter(path, delimiter, fewest_columns)
        with warnings.catch_warnings():
            # pandas only warns where rows are longer than the header, and cuts them.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(
                path,
                sep=delimiter,
                decimal=decimal,
                encoding="utf-8-sig",
                index_col=False,
                skipinitialspace=True,
                low_memory=False,
                dtype=dict.fromkeys(texts, str) or None,
            )
    except UnicodeError:
        raise DataError(_NOT_TEXT.format(path.name)) from None
    except pd.errors.EmptyDataError:
        raise DataError(f"{path.name} must have a header and rows, but is empty") from None
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        message = " ".join(str(error).split()).removeprefix("Error tokenizing data. C error: ")
        raise DataError(
            f"{path.name} is not a table with the delimiter {delimiter!r} ({message}): every row "
            "must have as many values as the header"
        ) from None
    except (OSError, ValueError, OverflowError, MemoryError) as error:
        raise DataError(f"{path.name} cannot be read: {' '.join(str(error).split())}") from None
    if len(table) == 0:
        raise DataError(f"{path.name} must have a header and rows, but has no rows")
    return table


def _require_delimiter(path: Path, delimiter: str, fewest_columns: int) -> None:
    """Raise DataError where the header lacks the delimiter, or has another one in its place."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        header = file.readline(_LONGEST_HEADER).strip()
    if "\0" in header or "\ufffd" in header:
        raise DataError(_NOT_TEXT.format(path.name))
    if delimiter in header or not header:
        return
    other = max((d for d in _DELIMITERS if d != delimiter), key=header.count)
    hint = f" - did you mean delimiter {_DELIMITERS[other]}?" if other in header else ""
    if fewest_columns == 1 and not hint:
        return
    wanted = "must have a target and at least one feature, but " if fewest_columns > 1 else ""
    raise DataError(
        f"{path.name} {wanted}has the single column '{header[:60]}' with delimiter "
        f"{delimiter!r}{hint}"
    )


def _absent(path: Path) -> str:
    if path.is_dir():
        return f"{path} is a folder, but a CSV file is expected"
    near = [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else []
    return f"there is no file {path}{did_you_mean(path.name, near)}"


def _refuse_spoilt_numbers(target: str, present: pd.Series[Any]) -> None:
    """Refuse a target of many numbers and a few texts: it has too many values to be classes."""
    if is_text(present) and present.nunique() > len(present) / 2:
        require_true_text(f"target '{target}'", present, "name another target")


def _refuse_missing(target: str, column: pd.Series[Any]) -> None:
    """Refuse a target that some rows lack."""
    missing = column.isna().to_numpy()
    if missing.any():
        raise DataError(
            f"the target '{target}' is missing in {missing.sum()} of "
            f"{counted(len(missing), 'row')}, the first is data row {int(np.argmax(missing)) + 1}: "
            "fill it in, or set `missing: drop`, which leaves these rows out",
            at=("data", "target"),
        )


def _no_target(target: str, path: Path, names: list[str]) -> DataError:
    listed = ", ".join(f"'{name}'" for name in names[:12]) + (", …" if len(names) > 12 else "")
    hint = did_you_mean(target, names)
    if not hint and sum(_is_number(name) for name in names) > len(names) / 2:
        hint = "; its first line looks like data, so add a header"
    return DataError(
        f"{path.name} has no target column '{target}'; it has {listed}{hint}",
        at=("data", "target"),
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_row_counter(table: pd.DataFrame, name: str) -> bool:
    """Tell whether this is the nameless index column that pandas writes."""
    if not name.startswith("Unnamed:"):
        return False
    values = table[name]
    if values.dtype.kind not in "iu":
        return False
    return bool((np.diff(values.to_numpy()) == 1).all())
