"""Targets: which task they ask for, and the numbers that a model is trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuneit.data.dataset import Array, Task
from tuneit.data.finite import non_finite
from tuneit.data.raw import SplitName
from tuneit.errors import DataError

MOST_CODES = 20
"""Integers with more distinct values than this are numbers, unless they count from 0 or 1
without a gap, as class codes do. A convention; `task` overrules it."""

MOST_CLASSES = 1000
"""More classes than ImageNet-1k has are taken for a mistake when the task is inferred."""

CODE_DENSITY = 2 / 3
"""Class codes fill their range: at least this share of the integers from lowest to highest
occurs. The ratings 3 to 8 do; calories 50, 70, 80, … do not."""


@dataclass(frozen=True, eq=False)
class Targets:
    """Encoded targets by split; `notes` says what was inferred and why."""

    task: Task
    values: dict[SplitName, Array]
    class_names: tuple[str, ...]
    notes: tuple[str, ...]


def encode_targets(
    raw: Mapping[SplitName, Any],
    task: Task | None = None,
    one_hot: bool = False,
    class_names: tuple[str, ...] = (),
) -> Targets:
    """Infer the task where it is None and encode the targets of all splits alike.

    Classes become int64 indices of shape (rows,), or float32 rows of shape (rows, classes) where
    `one_hot` asks for them or the targets are one-hot already; real targets become float32 of
    shape (rows,) or (rows, outputs). `class_names` are the names of the classes 0, 1, …

    Raises DataError for missing, complex, ragged or multi-label targets, and for a task that the
    targets cannot serve.
    """
    arrays = {name: as_target(y, f"the {name} target") for name, y in raw.items()}
    widths = {array.shape[1:] for array in arrays.values()}
    if len(widths) > 1:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise DataError(f"targets of all splits must have one shape a row, but have {shapes}")
    rows = np.concatenate(list(arrays.values())) if len(arrays) > 1 else arrays["train"]
    if rows.ndim == 2:
        return _encode_wide(arrays, rows, task, class_names)
    inferred, why = (task, "") if task else _infer(rows)
    if inferred == "classification":
        values, names = _encode_classes(arrays, rows, class_names)
        if one_hot:
            values = {name: np.eye(len(names), dtype=np.float32)[y] for name, y in values.items()}
        return Targets("classification", values, names, (why,) if why else ())
    return Targets("regression", _as_reals(arrays), (), (why,) if why else ())


def as_target(y: Any, where: str) -> Array:
    """Return a target as an array of numbers, booleans or texts, (rows,) or (rows, outputs).

    Raises DataError where it holds anything else, or misses values.
    """
    y = y.to_numpy() if hasattr(y, "to_numpy") else y
    try:
        array = np.asarray(y)
    except ValueError:
        raise DataError(f"{where} must have as many values in every row, but is ragged") from None
    if array.dtype.kind == "O":
        array = _unbox(array, where)
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    if array.dtype.kind not in "biufU" + "T":
        raise DataError(
            f"{where} must hold numbers or class names, but holds {array.dtype}: "
            "convert it, to seconds or to a real part for instance"
        )
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (1, 2) or (array.ndim == 2 and array.dtype.kind in "UT"):
        raise DataError(
            f"{where} must have the shape (rows,) or (rows, outputs), but has {array.shape}"
        )
    if said := non_finite(array, column="output"):
        raise DataError(f"{where} must be finite, but has {said}: drop these rows before training")
    return array


def _unbox(array: Array, where: str) -> Array:
    """Turn an object array of texts, booleans or numbers into a plain one."""
    flat = array.ravel().tolist()
    missing = sum(1 for v in flat if v is None or v != v or type(v).__name__ == "NAType")
    if missing:
        raise DataError(
            f"{where} is missing in {missing} rows: drop these rows (`missing: drop` for a CSV)"
        )
    if all(isinstance(v, (bool, int, float, np.number, np.bool_)) for v in flat):
        return np.array(flat).reshape(array.shape)
    if all(isinstance(v, (str, bool, int, float, np.number, np.bool_)) for v in flat):
        return np.array([str(v) for v in flat]).reshape(array.shape)
    kinds = sorted({type(v).__name__ for v in flat})
    raise DataError(
        f"{where} must hold numbers or class names, but holds objects ({kinds[0]}): give it as one "
        "array with a row for each row of the inputs"
    )


def _infer(rows: Array) -> tuple[Task, str]:
    """Return the task that a one-column target asks for, and the sentence that says why."""
    distinct = np.unique(rows)
    n = len(distinct)
    if rows.dtype.kind in "UTb":
        kind = "texts" if rows.dtype.kind in "UT" else "booleans"
        return "classification", f"task inferred: classification, as the target holds {kind}"
    overrule = "; set `task` to overrule"
    if rows.dtype.kind == "f" and np.any(distinct != np.round(distinct)):
        return (
            "regression",
            f"task inferred: regression, as the target holds fractions ({n} distinct values)"
            f"{overrule}",
        )
    low, high = float(distinct[0]), float(distinct[-1])
    span = high - low + 1
    counts_up = low in (0, 1) and n == span and n <= MOST_CLASSES
    dense = n <= MOST_CODES and n / span >= CODE_DENSITY
    if n <= 2 or (n <= len(rows) / 2 and (counts_up or dense)):
        return (
            "classification",
            f"task inferred: classification, as the target holds {n} distinct whole numbers "
            f"({low:g} to {high:g}) that look like class codes{overrule}",
        )
    return (
        "regression",
        f"task inferred: regression, as the target holds {n} distinct whole numbers "
        f"({low:g} to {high:g}), unlike class codes{overrule}",
    )


def _encode_wide(
    arrays: Mapping[SplitName, Array], rows: Array, task: Task | None, names: tuple[str, ...]
) -> Targets:
    """Encode targets of several columns: one-hot rows, or several outputs."""
    binary = bool(np.isin(rows, (0, 1)).all())
    one_hot = binary and bool((rows.sum(axis=1) == 1).all())
    if one_hot and task != "regression":
        values: dict[SplitName, Array] = {n: y.astype(np.float32) for n, y in arrays.items()}
        width = rows.shape[1]
        names = names if len(names) == width else tuple(str(i) for i in range(width))
        note = f"targets are one-hot rows of {width} classes"
        return Targets("classification", values, names, (note,))
    if task == "classification" or (binary and task is None):
        kind = "0/1 rows with several ones (multi-label)" if binary else "several numbers a row"
        raise DataError(
            f"classification needs one class a row, but the target holds {kind}: choose one "
            "column, or set `task: regression` to train on them as numbers"
        )
    why = () if task else (f"task inferred: regression, with {rows.shape[1]} outputs a row",)
    return Targets("regression", _as_reals(arrays), (), why)


def _as_reals(arrays: Mapping[SplitName, Array]) -> dict[SplitName, Array]:
    reals: dict[SplitName, Array] = {}
    for name, array in arrays.items():
        if array.dtype.kind in "UT":
            raise DataError(
                f"regression needs numbers, but the {name} target holds texts such as "
                f"'{array[0]}': set `task: classification`, or convert it"
            )
        with np.errstate(over="ignore"):
            reals[name] = array.astype(np.float32)
        if not np.isfinite(reals[name]).all():
            raise DataError(f"the {name} target has values too large for float32: rescale it")
    return reals


def _encode_classes(
    arrays: Mapping[SplitName, Array], rows: Array, names: tuple[str, ...]
) -> tuple[dict[SplitName, Array], tuple[str, ...]]:
    """Return class indices by split and the classes' names, in sorted order."""
    classes = np.unique(rows)
    if len(classes) > len(rows) / 2 and len(classes) > 2:
        raise DataError(
            f"classification needs classes that occur more than once, but the target has "
            f"{len(classes)} distinct values in {len(rows)} rows: set `task: regression`, or name "
            "another target"
        )
    values = {
        name: np.searchsorted(classes, array).astype(np.int64) for name, array in arrays.items()
    }
    if names and classes.dtype.kind in "biu" and classes[0] >= 0 and classes[-1] < len(names):
        return values, tuple(str(names[int(i)]) for i in classes)
    return values, tuple(class_name(value) for value in classes.tolist())


def class_name(value: object) -> str:
    """The name of a class that is given as a value: `3` for 3 and 3.0."""
    return f"{value:g}" if isinstance(value, float) else str(value)
