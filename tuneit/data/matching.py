"""Check that inputs, targets, weights and groups have matching forms and numbers of rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tuneit.data.features import count_rows, is_table
from tuneit.data.nested import NO_TARGETS, as_nested, has_targets, map_arrays
from tuneit.data.outputs import require_same_form
from tuneit.data.raw import RawData, RawSplit
from tuneit.data.row_keys import as_groups, as_moments
from tuneit.errors import DataError


def matched(raw: RawData, in_time: bool) -> tuple[RawData, tuple[str, ...]]:
    """Return data in nested form, with groups and times that can be sorted, and notes.

    Raises DataError where parts of a split differ in rows, splits in form, or groups and times do
    not fit together.
    """
    raw = _in_nested_form(raw)
    _require_matching_rows(raw)
    return _with_keys(raw, in_time)


def require_no_validation(raw: RawData) -> None:
    """Raise DataError where data that are to be folded come with validation rows."""
    if "validation" in raw.splits:
        raise DataError(
            f"'{raw.name}' comes with a validation split, which folds replace: remove `folds`, or "
            "leave its rows among the training rows"
        )


def _in_nested_form(raw: RawData) -> RawData:
    """Decide whether a list holds several arrays or the rows of one array, alike in all splits."""
    _require_targets_in_all_or_none(raw)
    splits = {
        name: RawSplit(
            split.x if is_table(split.x) else as_nested(split.x, split.y),
            split.y if is_table(split.y) else as_nested(split.y, split.x),
            split.weight,
        )
        if has_targets(split.y)
        else RawSplit(_inputs(split.x), NO_TARGETS, split.weight)
        for name, split in raw.splits.items()
    }
    require_same_form({name: split.x for name, split in splits.items()}, "inputs")
    require_same_form({name: split.y for name, split in splits.items()}, "targets")
    return replace(raw, splits=splits)


def _require_targets_in_all_or_none(raw: RawData) -> None:
    """Raise DataError where some splits are inputs alone, or such inputs have weights."""
    targets = {name: has_targets(split.y) for name, split in raw.splits.items()}
    absent = [name for name, found in targets.items() if not found]
    if absent and any(targets.values()):
        some = next(name for name, found in targets.items() if found)
        raise DataError(
            f"the {absent[0]} split has no targets, but the {some} split has: give y for all "
            "splits, or for none where the model makes its loss of x alone"
        )
    if absent and any(split.weight is not None for split in raw.splits.values()):
        raise DataError(
            "weights of rows are for targets, but the data are inputs alone, of which the model "
            "makes its loss itself: leave the weights out, or give y"
        )


def _inputs(x: Any) -> Any:
    """Inputs without targets: a list or tuple of arrays is one of inputs."""
    return x if is_table(x) else as_nested(x, None)


def _rows_in(split: RawSplit, name: str) -> int:
    """The rows of a split; those of its targets where it has such."""
    what = "y" if has_targets(split.y) else "x"
    return count_rows(getattr(split, what), f"{what} of the {name} split")


def _with_keys(raw: RawData, in_time: bool) -> tuple[RawData, tuple[str, ...]]:
    """Check groups and times of the training rows; return them in a form that can be sorted."""
    rows = _rows_in(raw.train, "train")
    if raw.groups is not None and (in_time or raw.times is not None):
        other = "`order: time`" if raw.times is None else "times"
        raise DataError(f"give groups or {other}, not both: one of them decides the splits")
    groups, notes = (None, ()) if raw.groups is None else as_groups(raw.groups, rows)
    times = None if raw.times is None else as_moments(raw.times, rows)
    return replace(raw, groups=groups, times=times), notes


def _require_matching_rows(raw: RawData) -> None:
    for name, split in raw.splits.items():
        n_x = count_rows(split.x, f"x of the {name} split")
        n_y = _rows_in(split, name)
        if n_x == 0 or n_y == 0:
            raise DataError(f"the {name} split of '{raw.name}' has no rows")
        if n_x != n_y:
            shapes = f"{_shapes(split.x)} and {_shapes(split.y)}"
            raise DataError(
                f"x and y must have as many rows, but in the {name} split x has {n_x} and y {n_y}"
                f" (shapes {shapes}){_if_splits(split)}"
            )
        if split.weight is None:
            continue
        weight = as_nested(split.weight, split.y)
        n_w = count_rows(weight, f"the weights of the {name} split")
        if n_w != n_y:
            raise DataError(
                f"weights must be one a row, but the {name} split has {n_y} rows and {n_w} weights"
            )


def _if_splits(split: RawSplit) -> str:
    """The next step of who gave a pair (x, y) of each split as the two arguments."""
    if all(isinstance(part, (list, tuple)) and len(part) == 2 for part in (split.x, split.y)):
        return (
            "; if these are the pairs (x, y) of two splits, give both as one argument: "
            "((x, y), (x_val, y_val))"
        )
    return ""


def _shapes(nested: Any) -> str:
    """The shapes of what was given, for a message."""
    return str(map_arrays(lambda part: tuple(np.shape(part)), nested))
