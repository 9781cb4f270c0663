"""Read the targets of new rows with the classes of the training rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from tuneit.data.dataset import Array
from tuneit.data.features import plain_array
from tuneit.data.finite import is_missing
from tuneit.data.output import Output, class_name
from tuneit.data.target_arrays import as_target
from tuneit.errors import DataError
from tuneit.errors.wording import counted

_MOST_NAMED = 12
"""The most class names that a message lists."""


def known_targets(output: Output, y: Any, where: str) -> Array:
    """The targets of one output as the model was trained on them, shape (rows, *row_shape).

    Classes are found by name, or else by the number that stands for them. Raises DataError for a
    value of no class, with its row, and for targets of another shape.
    """
    _require_present(y, where)
    array = as_target(y, f"the target of {where}")
    is_column = array.shape[1:] in ((), (1,))
    if output.has_label_a_row and is_column:
        places = _classes(output, array.reshape(-1), where)
        if output.is_one_hot:
            return np.eye(len(output.class_names), dtype=np.float32)[places]
        return np.asarray(output.codes)[places].reshape(len(array), *output.row_shape)
    if array.dtype.kind in "UT":
        row = next(i for i, text in enumerate(array.reshape(-1).tolist()) if not _is_number(text))
        raise DataError(
            f"the target of {where} must hold numbers, but data row {row + 1} has "
            f"'{array.reshape(-1)[row]}'"
        )
    if is_column and output.row_shape in ((), (1,)):
        return array.reshape(len(array), *output.row_shape)
    if array.shape[1:] != output.row_shape:
        raise DataError(
            f"targets of {where} must have the shape {output.row_shape} a row, as the training "
            f"rows do, but have {array.shape[1:]}"
        )
    return array


def _require_present(y: Any, where: str) -> None:
    """Raise DataError where there are no targets, or a row has none."""
    if y is None:
        raise DataError(f"{where} has no targets, without which nothing can be evaluated: add them")
    array = plain_array(y, f"the target of {where}")
    if array.dtype.kind == "O":
        gone = np.array([is_missing(v) for v in array.ravel().tolist()]).reshape(array.shape)
    else:
        gone = np.isnan(array) if array.dtype.kind == "f" else np.zeros(1, bool)
    if gone.any():
        rows = np.unique(np.argwhere(gone)[:, :1])
        more = f" and {counted(len(rows) - 1, 'more row')}" if len(rows) > 1 else ""
        raise DataError(
            f"the target of {where} is missing in data row {rows[0] + 1}{more}: fill it in, or "
            "leave the row out"
        )


def _classes(output: Output, column: Array, where: str) -> Array:
    """The index of each row's class."""
    names = {name: index for index, name in enumerate(output.class_names)}
    values = column.tolist()
    by_name = [names.get(class_name(value)) for value in values]
    if None not in by_name:
        return np.array(by_name, dtype=np.int64)
    codes = {code: index for index, code in enumerate(output.codes or range(len(names)))}
    by_code = [codes.get(value) for value in values]
    if None not in by_code:
        return np.array(by_code, dtype=np.int64)
    row = by_name.index(None)
    listed = ", ".join(f"'{name}'" for name in output.class_names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    raise DataError(
        f"the target of {where} has '{values[row]}' in data row {row + 1}, which no training row "
        f"has; the classes are {listed}{more}: leave these rows out, or train anew with them"
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
