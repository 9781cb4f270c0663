"""Turn anything array-like into target arrays that have the same form in all splits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tuneit.data.dataset import Array
from tuneit.data.features import plain_array
from tuneit.data.finite import is_missing, non_finite
from tuneit.data.raw import SplitName
from tuneit.errors import DataError
from tuneit.errors.wording import counted


def as_targets(raw: Mapping[SplitName, Any], what: str) -> dict[SplitName, Array]:
    """Return the targets of all splits; a column (rows, 1) beside (rows,) becomes as train's are.

    `what` is what they are called. Raises DataError as `as_target`, and where splits differ in the
    shape of a row, or only some hold texts.
    """
    arrays = {split: as_target(y, f"the {split} {what}") for split, y in raw.items()}
    train = arrays["train"]
    for split, array in arrays.items():
        if {array.shape[1:], train.shape[1:]} == {(), (1,)}:
            arrays[split] = array.reshape(len(array), *train.shape[1:])
    if len({array.shape[1:] for array in arrays.values()}) > 1:
        shapes = ", ".join(f"{split} {array.shape[1:]}" for split, array in arrays.items())
        raise DataError(
            f"targets of all splits must have one shape a row, but those of a row are {shapes} "
            "(an empty one is a single number)"
        )
    kinds = {split: "texts" if a.dtype.kind in "UT" else "numbers" for split, a in arrays.items()}
    if len(set(kinds.values())) > 1:
        said = ", ".join(f"{kind} in {split}" for split, kind in kinds.items())
        raise DataError(
            f"targets of all splits must be alike, but the {what} holds {said}: encode all of them "
            "in one way"
        )
    return arrays


def as_target(y: Any, where: str) -> Array:
    """Return a target as an array of numbers, booleans or texts of shape (rows, …).

    Raises DataError where it holds anything else, or misses values.
    """
    array = plain_array(y, where)
    if array.dtype.kind == "O":
        array = _unbox(array, where)
    if array.dtype.kind not in "biufU" + "T":
        raise DataError(
            f"{where} must hold numbers or class names, but holds {array.dtype}: "
            "convert it, to seconds or to a real part for instance"
        )
    if array.ndim == 0 or 0 in array.shape[1:]:
        raise DataError(f"{where} must have the shape (rows, …), but has {array.shape}")
    if array.dtype.kind in "UT" and array.shape[1:] not in ((), (1,)):
        raise DataError(
            f"{where} holds texts, so it must have the shape (rows,), but has {array.shape}: give "
            "each column as the target of an output of its own, or encode them as numbers"
        )
    if said := non_finite(array, column="output"):
        raise DataError(f"{where} must be finite, but has {said}: drop these rows before training")
    return array


def _unbox(array: Array, where: str) -> Array:
    """Turn an object array of texts, booleans or numbers into a plain one."""
    flat = array.ravel().tolist()
    missing = sum(map(is_missing, flat))
    if missing:
        raise DataError(
            f"{where} is missing in {counted(missing, 'row')}: drop these rows (`missing: drop` "
            "for a table)"
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
