"""The features of a split as columns that people can read: in their own units, categories whole."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tuneit.data.dataset import Array, Dataset, Split
from tuneit.data.nested import named
from tuneit.evaluation.row_inputs import Column

_MOST_COLUMNS = 200


def readable_columns(dataset: Dataset, split: Split) -> tuple[Column, ...]:
    """Return the columns of a table, or of inputs of one value a row; none of other inputs.

    Scaling is undone. Columns such as `mfr=K` that are a category's zeros and ones become one.
    """
    columns = tuple(
        column
        for name, array in named(split.x)
        if len(array) == len(split)
        for column in _of_input(dataset, name, array)
    )
    return columns if len(columns) <= _MOST_COLUMNS else ()


def _of_input(dataset: Dataset, name: str, array: Array) -> Iterator[Column]:
    """The columns of an input of shape (rows,) or (rows, columns)."""
    if array.ndim > 2 or (array.ndim == 2 and array.shape[1] > _MOST_COLUMNS):
        return
    scaler = dataset.scaler.inputs.get(name) if dataset.scaler is not None else None
    values = array if scaler is None else array * scaler.factor + scaler.shift
    table = values.reshape(len(values), -1)
    given = dataset.feature_names if name == "" else ()
    if len(given) != table.shape[1]:
        one = name or "feature"
        given = (
            (one,) if table.shape[1] == 1 else tuple(f"{one} {i}" for i in range(table.shape[1]))
        )
    yield from _whole_categories(given, table)


def _whole_categories(names: tuple[str, ...], table: Array) -> Iterator[Column]:
    """Columns; neighbours that are named `column=category` and hold zeros and ones become one."""
    start = 0
    while start < len(names):
        stem, is_category, _ = names[start].partition("=")
        end = start + 1
        while is_category and end < len(names) and names[end].startswith(f"{stem}="):
            end += 1
        part = table[:, start:end]
        if is_category and _are_flags(part):
            categories = [name.partition("=")[2] for name in names[start:end]]
            known = np.array([*categories, "another"], dtype=object)
            place = np.where(part.round().any(axis=1), part.argmax(axis=1), len(categories))
            yield Column(stem, known[place])
        else:
            yield from (Column(names[start + i], part[:, i]) for i in range(part.shape[1]))
        start = end


def _are_flags(part: Array) -> bool:
    """Whether values are zeros and ones, but for what scaling and its undoing left."""
    numbers = part.astype(np.float64)
    return bool(np.all(np.minimum(np.abs(numbers), np.abs(numbers - 1)) < 1e-3))
