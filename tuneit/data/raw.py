"""Data as a source yields them: features and targets, split or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from tuneit.data.head import Task
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
    """Features (array, DataFrame) and targets (array, Series, list), unchecked.

    Either may be a list, tuple or dict of arrays. `weight` is how much each row counts, a number a
    row; None where all count alike.
    """

    x: Any
    y: Any
    weight: Any = None


@dataclass(frozen=True)
class SeenLabels:
    """The different labels of one output, ascending, where the splits hold a sample of the rows.

    `whole` is whether all rows were seen, so that no other label comes.
    """

    values: tuple[float, ...]
    whole: bool


@dataclass(frozen=True, eq=False)
class RawData:
    """The splits that a source has, always `train`; missing ones are cut from `train` later.

    `groups` is the group of each training row, or `times` its time; they decide how splits are cut
    from these rows. `missing` is what to do with missing values in tables. A study may overrule
    `class_weight` and `task`. `labels` are those of a stream, of which the splits are a sample, by
    the key of an output's targets (None for the only one).
    """

    name: str
    splits: Mapping[SplitName, RawSplit]
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    missing: Missing = "refuse"
    groups: Any = None
    times: Any = None
    class_weight: Mapping[str, float] | None = None
    task: Task | None = None
    labels: Mapping[Any, SeenLabels] = field(default_factory=dict)

    @property
    def train(self) -> RawSplit:
        """The training rows."""
        return self.splits["train"]


def splits_from_parts(
    given: tuple[Any, ...] | list[Any], names: Mapping[int, tuple[SplitName, ...]]
) -> dict[SplitName, RawSplit]:
    """Read (x, y) or (x, y, weight); or two or three such tuples, one a split.

    `given` has two or three parts. `names` are the splits that tuples stand for, by their number.
    """
    if all(map(_is_split, given)):
        order = names[len(given)]
        return {name: RawSplit(*part) for name, part in zip(order, given, strict=True)}
    return {"train": RawSplit(*given)}


def _is_split(given: Any) -> bool:
    """Whether this is (x, y) or (x, y, weight), rather than an array, or a list of inputs."""
    return (
        isinstance(given, tuple)
        and len(given) in (2, 3)
        and all(hasattr(part, "__len__") and not isinstance(part, str) for part in given)
    )


def splits_from_mapping(
    arrays: Mapping[str, Any], where: str, x: str = "x", y: str = "y", weight: str | None = None
) -> dict[SplitName, RawSplit]:
    """Find `x` and `y`, or `x_train`, `y_train`, `x_val`, …, in a mapping; case does not matter.

    `weight` is the key of the weights, without `_train`; those of the training rows are required.
    Raises DataError where a key is missing; it names the keys that there are.
    """
    splits = _pairs(arrays, where, x, y)
    return splits if weight is None else _weighted(splits, arrays, where, x, weight)


def names_of_weights(arrays: Mapping[str, Any]) -> str | None:
    """Return `sample_weight` where a mapping has weights of that name for any split, else None."""
    given = (key for key, value in arrays.items() if value is not None)
    named = any(str(key).lower().startswith("sample_weight") for key in given)
    return "sample_weight" if named else None


def names_of_keys(arrays: Mapping[str, Any]) -> dict[str, str]:
    """Return `groups` and `times` by these names, where a mapping has them for training rows."""
    given = [str(key).lower() for key, value in arrays.items() if value is not None]
    return {
        role: role
        for role in ("groups", "times")
        if any(key in (role, f"{role}_train", f"{role}_training") for key in given)
    }


def keys_from_mapping(
    arrays: Mapping[str, Any], where: str, names: Mapping[str, str | None], x: str = "x"
) -> dict[str, Any]:
    """Find the arrays of `groups` and `times`, by these names, of the training rows.

    `names` are the arrays' own, without `_train`. Raises DataError where one is missing.
    """
    found: dict[str, Any] = {}
    for role, name in names.items():
        if name is not None:
            said = f"the {role} of the training rows"
            found[role] = _beside(arrays, where, x, name, said)["train"]
    return found


def _weighted(
    splits: Mapping[SplitName, RawSplit], arrays: Mapping[str, Any], where: str, x: str, weight: str
) -> dict[SplitName, RawSplit]:
    found = _beside(arrays, where, x, weight, "the weights of the training rows")
    return {name: replace(split, weight=found.get(name)) for name, split in splits.items()}


def _beside(
    arrays: Mapping[str, Any], where: str, x: str, name: str, said: str
) -> dict[SplitName, Any]:
    """The arrays `name`, or `name_train`, … beside `x_train`, …; those of training rows must be."""
    by_name = {str(key).lower(): str(key) for key in arrays}
    suffixes = {f"_{alias}": split for alias, split in SPLIT_ALIASES.items()}
    if not any(f"{x}{suffix}".lower() in by_name for suffix in suffixes):
        suffixes = {"": "train"}
    found: dict[SplitName, Any] = {}
    for suffix, split in suffixes.items():
        key = by_name.get(f"{name}{suffix}".lower())
        if key is not None:
            found.setdefault(split, arrays[key])
    if found.get("train") is None:
        raise _missing_key(f"{name}{next(iter(suffixes))}", arrays, where, said)
    return found


def _pairs(arrays: Mapping[str, Any], where: str, x: str, y: str) -> dict[SplitName, RawSplit]:
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
        f"{where} has no '{key}' ({why}): it holds {there}{did_you_mean(key, map(str, arrays))}",
        at=("data", key),
    )
