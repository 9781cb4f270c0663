"""Raw data from a source: features and targets, already split or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tuneit.data.head import Task
from tuneit.study.names import Layout

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

    Either may be a list, tuple or dict of arrays; `y` is None for inputs alone. `weight` is how
    much each row counts, a number a row; None where all count alike.
    """

    x: Any
    y: Any = None
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
    inputs: Layout | None = None
    class_weight: Mapping[str, float] | None = None
    task: Task | None = None
    labels: Mapping[Any, SeenLabels] = field(default_factory=dict)

    @property
    def inputs_as_they_are(self) -> dict[str, str]:
        """The columns of a table that are an input alone, by its name ("" for the only one)."""
        inputs = self.inputs if isinstance(self.inputs, dict) else {"": self.inputs}
        return {name: column for name, column in inputs.items() if isinstance(column, str)}

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
