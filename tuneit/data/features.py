"""Turn anything array-like into arrays as a model takes them, or say why that is not possible."""

from __future__ import annotations

from typing import Any

import numpy as np

from tuneit.data.dataset import Array, Nested
from tuneit.data.finite import non_finite
from tuneit.errors import DataError


def is_table(x: Any) -> bool:
    """Tell whether `x` is a pandas DataFrame, without importing pandas."""
    return hasattr(x, "iloc") and hasattr(x, "columns")


def count_rows(x: Any, where: str) -> int:
    """Number of rows of features in any accepted form; raises DataError where inputs disagree."""
    if is_table(x):
        return len(x)
    if isinstance(x, (dict, tuple)):
        if not x:
            raise DataError(f"{where} must name at least one input, but is empty")
        parts = x.items() if isinstance(x, dict) else enumerate(x)
        counts = {part: count_rows(array, where) for part, array in parts}
        if len(set(counts.values())) > 1:
            listed = ", ".join(f"{count} in [{part!r}]" for part, count in counts.items())
            raise DataError(f"{where} must have as many rows in every part, but has {listed}")
        return next(iter(counts.values()))
    shape = getattr(x, "shape", None)
    if shape is None:
        try:
            return len(x)
        except TypeError:
            raise DataError(f"{where} must be an array, but is {type(x).__name__}") from None
    if len(shape) == 0:
        raise DataError(f"{where} must be an array of rows, but is a single value")
    return int(shape[0])


def as_features(x: Any, where: str, names: tuple[str, ...] = ()) -> Nested:
    """Return arrays of shape (rows, …); a single column (rows,) becomes (rows, 1).

    `x` is one array-like, or a tuple or dict of them, one a model input. Floats become float32,
    whole numbers and booleans keep their dtype, texts become an array of Python's texts.

    Raises DataError for objects, dates, complex numbers, ragged rows, no rows, no features, and
    values that are not finite (with the feature's name and the count).
    """
    if isinstance(x, dict):
        return {k: _as_array(v, f"input '{k}' of {where}", ()) for k, v in x.items()}
    if isinstance(x, tuple):
        return tuple(_as_array(v, f"input {i} of {where}", ()) for i, v in enumerate(x))
    return _as_array(x, where, names)


def plain_array(given: Any, where: str) -> Array:
    """Anything array-like as an array, bytes as texts. Raises DataError for ragged rows."""
    given = given.to_numpy() if hasattr(given, "to_numpy") else given
    try:
        array = np.asarray(given)
    except ValueError:
        raise DataError(f"{where} must have as many values in every row, but is ragged") from None
    return np.char.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else array


def _as_array(x: Any, where: str, names: tuple[str, ...]) -> Array:
    x = x.toarray() if hasattr(x, "toarray") else x  # scipy's sparse matrices
    array = plain_array(x, where)
    if array.dtype.kind in "OUT" and all(isinstance(value, str) for value in array.flat):
        array = array.astype(object)  # a text takes its own length, not the longest one's
    elif array.dtype.kind == "O":
        raise DataError(
            f"{where} must be a plain array of numbers or of texts, but holds Python objects"
            f" ({_kind_of_objects(array)}): pad or convert them first"
        )
    if array.dtype.kind not in "biufO":
        kind = {"c": "complex numbers", "M": "dates", "m": "durations"}
        raise DataError(
            f"{where} must hold numbers or texts, but holds "
            f"{kind.get(array.dtype.kind, array.dtype)}: convert them to real numbers first"
        )
    if array.ndim == 0:
        raise DataError(f"{where} must be an array of rows, but is a single value")
    if array.ndim == 1:
        array = array[:, None]
    if array.size == 0:
        raise DataError(f"{where} must have rows and features, but has the shape {array.shape}")
    if array.dtype.kind != "f":
        return array
    _require_finite(array, where, names)
    with np.errstate(over="ignore"):
        single = array.astype(np.float32, copy=False)
    if single is not array:
        _require_finite(single, where, names, " in float32 (at most 3.4e38)")
    return single


def _kind_of_objects(array: Array) -> str:
    first = next(iter(array.ravel().tolist()), None)
    return type(first).__name__


def _require_finite(array: Array, where: str, names: tuple[str, ...], unit: str = "") -> None:
    # Rows of tables have been dropped and shuffled before they come here.
    if said := non_finite(array, names, rows=not names):
        raise DataError(
            f"{where} must be finite{unit}, but has {said}: "
            "impute them or drop these rows or features"
        )
