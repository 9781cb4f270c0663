"""Find and count NaN and infinite values in arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tuneit.data.dataset import Array, Dataset, Nested
from tuneit.data.nested import named
from tuneit.errors import DataError


def non_finite(
    array: Array, names: Sequence[str] = (), *, column: str = "feature", rows: bool = True
) -> str | None:
    """Say how many values are NaN or infinite, and where; None if all are finite.

    The text is like `2 NaN values in feature 'age' and 1 more, the first in row 14`. `names` are
    the columns' names, `column` the word for a column. Rows count from 0, as in NumPy; with
    `rows=False` the row is left out.
    """
    if array.dtype.kind != "f" or array.size == 0:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        # One pass without a mask as large as the data: NaN and inf survive a sum.
        if np.isfinite(array.sum()):
            return None
    bad = ~np.isfinite(array)
    if not bad.any():
        return None
    missing, infinite = int(np.isnan(array).sum()), int(np.isinf(array).sum())
    counted = ((missing, "NaN"), (infinite, "infinite"))
    many = " and ".join(f"{count} {kind}" for count, kind in counted if count)
    row = int(np.argwhere(bad)[0][0])
    return (
        f"{many} value{'' if missing + infinite == 1 else 's'}{_columns(bad, names, column)}"
        f"{f', the first in row {row}' if rows else ''}"
    )


def is_missing(value: object) -> bool:
    """Whether a value is None, NaN, or pandas' NA."""
    return value is None or value != value or type(value).__name__ == "NAType"


def _columns(bad: Array, names: Sequence[str], column: str) -> str:
    if bad.ndim != 2:
        return ""
    columns = np.flatnonzero(bad.any(axis=0))
    name = names[columns[0]] if len(names) == bad.shape[1] else str(columns[0])
    more = f" and {len(columns) - 1} more" if len(columns) > 1 else ""
    return f" in {column} '{name}'{more}"


def require_finite(dataset: Dataset) -> None:
    """Raise DataError where features, targets or weights of a dataset are NaN or infinite.

    For datasets that the user has made; loading checks its own. Training does not always show NaN
    in the data: TensorFlow's ReLU turns NaN into 0 on some processors.
    """
    splits = dict(dataset.splits)
    if dataset.development is not None:
        splits["development"] = dataset.development
    for name, split in splits.items():
        weight = () if split.weight is None else _parts("the weights", split.weight)
        for what, array in (*_parts("x", split.x), *_parts("the targets", split.y), *weight):
            names = dataset.feature_names if what == "x" else ()
            column = "feature" if what.startswith("x") else "output"
            if said := non_finite(np.asarray(array), names, column=column):
                raise DataError(
                    f"data must be finite, but {what} of the {name} split of '{dataset.name}' "
                    f"hold{'s' if what.startswith('x') else ''} {said}: impute them, or drop "
                    "these rows"
                )


def _parts(what: str, nested: Nested) -> list[tuple[str, Array]]:
    return [(f"{what}{name and f' ({name})'}", array) for name, array in named(nested)]
