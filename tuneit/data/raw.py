"""What a source yields: features and targets as they were found, split or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tuneit.errors import DataError, did_you_mean

SplitName = Literal["train", "validation", "test"]

SPLIT_ALIASES: Mapping[str, SplitName] = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
}
"""The names under which sources give splits."""

Missing = Literal["refuse", "drop", "mean", "median", "most_frequent"]


@dataclass(frozen=True, eq=False)
class RawSplit:
    """Features (array, DataFrame, dict of arrays) and targets (array, Series, list), unchecked."""

    x: Any
    y: Any


@dataclass(frozen=True, eq=False)
class RawData:
    """Splits as found, `train` always; what is absent is cut from `train` later.

    `groups` names the group of each training row (`train` alone is given then).
    `missing` says what becomes of missing values in tables.
    """

    name: str
    splits: Mapping[SplitName, RawSplit]
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    missing: Missing = "refuse"
    groups: Any = None

    @property
    def train(self) -> RawSplit:
        """The training rows."""
        return self.splits["train"]


def splits_from_mapping(
    arrays: Mapping[str, Any], where: str, x: str = "x", y: str = "y"
) -> dict[SplitName, RawSplit]:
    """Find `x` and `y`, or `x_train`, `y_train`, `x_val`, …, in a mapping; case does not matter.

    Raises DataError where a key is missing, saying which there are.
    """
    by_name = {str(key).lower(): str(key) for key in arrays}
    x_name, y_name = x.lower(), y.lower()
    splits: dict[SplitName, RawSplit] = {}
    for alias, name in SPLIT_ALIASES.items():
        pair = f"{x_name}_{alias}", f"{y_name}_{alias}"
        present = [key for key in pair if key in by_name]
        if len(present) == 1:
            (absent,) = set(pair) - set(present)
            raise _missing_key(absent, arrays, where, f"'{by_name[present[0]]}' needs it")
        if present and name not in splits:
            splits[name] = RawSplit(*(arrays[by_name[key]] for key in pair))
    if "train" in splits:
        return splits
    if splits:
        raise _missing_key(f"{x}_train", arrays, where, "other splits are given")
    for key in (x_name, y_name):
        if key not in by_name:
            raise _missing_key(key, arrays, where, "or x_train, y_train, x_test, …")
    return {"train": RawSplit(arrays[by_name[x_name]], arrays[by_name[y_name]])}


def _missing_key(key: str, arrays: Mapping[str, Any], where: str, why: str) -> DataError:
    there = ", ".join(str(name) for name in list(arrays)[:20]) or "nothing"
    return DataError(
        f"{where} has no '{key}' ({why}): it holds {there}{did_you_mean(key, map(str, arrays))}"
    )
