"""Find splits by the names of arrays: `x` and `y`, or `x_train`, `y_train`, `x_val`, …"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tuneit.data.raw import SPLIT_ALIASES, RawSplit, SplitName
from tuneit.errors import DataError, did_you_mean
from tuneit.study.names import Layout, names_in


def splits_from_mapping(
    arrays: Mapping[str, Any],
    where: str,
    x: Layout = "x",
    y: Layout = "y",
    weight: Layout | None = None,
) -> dict[SplitName, RawSplit]:
    """Find `x` and `y`, or `x_train`, `y_train`, `x_val`, …, in a mapping; case does not matter.

    Several inputs or outputs are a tuple of names, or a mapping of the model's names to these. If
    the mapping holds inputs alone, splits have no targets.
    `weight` is the key of the weights, without `_train`; those of the training rows are required.
    Raises DataError where a key is missing; it names the keys that there are.
    """
    splits = _pairs(arrays, where, x, None if _are_inputs_alone(arrays, x) else y)
    if weight is None:
        return splits
    found = _beside(arrays, where, x, weight, "the weights of the training rows")
    return {name: replace(split, weight=found.get(name)) for name, split in splits.items()}


def arrays_named(arrays: Mapping[str, Any], where: str, layout: Layout) -> Any:
    """The arrays of these names in their form, without a split; case does not matter.

    Raises DataError where one is missing.
    """
    by_name = {str(key).lower(): str(key) for key in arrays}
    for name in names_in(layout):
        if name.lower() not in by_name:
            raise _missing_key(name, arrays, where, "the model's input")
    return _arranged(arrays, by_name, layout)


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
    arrays: Mapping[str, Any], where: str, names: Mapping[str, str | None], x: Layout = "x"
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


def _are_inputs_alone(arrays: Mapping[str, Any], x: Layout) -> bool:
    """Whether a mapping holds inputs, and nothing that could be a target."""
    roles = (*names_in(x), "sample_weight", "groups", "times")
    suffixes = ("", *(f"_{alias}" for alias in SPLIT_ALIASES))
    known = {f"{role}{suffix}".lower() for role in roles for suffix in suffixes}
    return bool(arrays) and {str(key).lower() for key in arrays} <= known


def _pairs(
    arrays: Mapping[str, Any], where: str, x: Layout, y: Layout | None
) -> dict[SplitName, RawSplit]:
    by_name = {str(key).lower(): str(key) for key in arrays}
    names = [*names_in(x), *(() if y is None else names_in(y))]
    splits: dict[SplitName, RawSplit] = {}
    for alias, split in SPLIT_ALIASES.items():
        keys = [f"{name}_{alias}" for name in names]
        present = [key for key in keys if key.lower() in by_name]
        absent = [key for key in keys if key.lower() not in by_name]
        if present and absent:
            there = by_name[present[0].lower()]
            raise _missing_key(absent[0].lower(), arrays, where, f"'{there}' needs it")
        if present and split not in splits:
            splits[split] = RawSplit(
                *(_arranged(arrays, by_name, part, f"_{alias}") for part in (x, y))
            )
    if "train" in splits:
        return splits
    if splits:
        raise _missing_key(f"{names[0]}_train", arrays, where, "other splits are given")
    for name in names:
        if name.lower() not in by_name:
            raise _missing_key(name.lower(), arrays, where, f"or {_others(name, x, y)}")
    return {"train": RawSplit(*(_arranged(arrays, by_name, part) for part in (x, y)))}


def _others(name: str, x: Layout, y: Layout | None) -> str:
    """What there may be in place of an array, for a message."""
    by_split = "x_train, y_train, x_test, …" if isinstance(x, str) else f"{name}_train, …"
    return f"{by_split}; for an autoencoder, give x as y" if name == y else by_split


def _arranged(
    arrays: Mapping[str, Any], by_name: Mapping[str, str], layout: Any, suffix: str = ""
) -> Any:
    """The arrays of a split in the form of their names: one, a tuple, a dict, or None."""
    if layout is None:
        return None
    find: Callable[[Any], Any] = lambda part: _arranged(arrays, by_name, part, suffix)  # noqa: E731
    if isinstance(layout, Mapping):
        return {name: find(part) for name, part in layout.items()}
    if isinstance(layout, tuple):
        return tuple(map(find, layout))
    return arrays[by_name[f"{layout}{suffix}".lower()]]


def _beside(
    arrays: Mapping[str, Any], where: str, x: Layout, layout: Layout, said: str
) -> dict[SplitName, Any]:
    """The arrays `name` beside `x`, or `name_train`, … beside `x_train`, …; those of train are
    required."""
    by_name = {str(key).lower(): str(key) for key in arrays}
    suffixes = {f"_{alias}": split for alias, split in SPLIT_ALIASES.items()}
    first = names_in(x)[0]
    if not any(f"{first}{suffix}".lower() in by_name for suffix in suffixes):
        suffixes = {"": "train"}
    names = names_in(layout)
    found: dict[SplitName, Any] = {}
    for suffix, split in suffixes.items():
        if all(f"{name}{suffix}".lower() in by_name for name in names):
            found.setdefault(split, _arranged(arrays, by_name, layout, suffix))
    if found.get("train") is None:
        suffix = next(iter(suffixes))
        absent = [name for name in names if f"{name}{suffix}".lower() not in by_name]
        raise _missing_key(f"{(absent or names)[0]}{suffix}", arrays, where, said)
    return found


def _missing_key(key: str, arrays: Mapping[str, Any], where: str, why: str) -> DataError:
    there = ", ".join(str(name) for name in list(arrays)[:20]) or "nothing"
    return DataError(
        f"{where} has no '{key}' ({why}): it holds {there}{did_you_mean(key, map(str, arrays))}",
        at=("data", key),
    )
