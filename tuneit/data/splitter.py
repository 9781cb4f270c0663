"""Split rows into splits and folds: at random, by class, by group, or in order of time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from tuneit.data.dataset import Array, Fold, Nested, Split, take
from tuneit.data.features import is_table
from tuneit.data.folds import (
    cut_groups,
    cut_in_time,
    folds_at_random,
    folds_in_time,
    folds_of_groups,
)
from tuneit.data.nested import rows_of
from tuneit.data.output import Output
from tuneit.data.raw import SplitName
from tuneit.data.split import cut


class Part(NamedTuple):
    """Features (those of a table are not yet encoded), encoded targets, and weights."""

    x: Any
    y: Nested
    weight: Nested | None

    def take(self, rows: Array) -> Part:
        """The given rows, in the given order."""
        weight = None if self.weight is None else take(self.weight, rows)
        x = self.x.iloc[rows] if is_table(self.x) else take(self.x, rows)
        return Part(x, take(self.y, rows), weight)

    def __len__(self) -> int:
        return len(self.x) if is_table(self.x) else rows_of(self.x)


@dataclass(frozen=True, eq=False)
class Splitter:
    """How training rows are cut.

    Every split keeps the class shares of the output `stratified`. `groups` (a value a row) stay in
    one split. With `in_time` rows are in order of time; `moments` are their times as whole numbers,
    ascending, where these are known.
    """

    seed: int
    stratified: Output | None = None
    groups: Array | None = None
    in_time: bool = False
    moments: Array | None = None

    def cut(
        self, parts: dict[SplitName, Part], wanted: dict[SplitName, float]
    ) -> tuple[dict[SplitName, Part], Splitter]:
        """Cut the wanted splits that are not given from the training rows.

        Returns all splits, and the splitter of the training rows that are left.
        """
        wanted = {name: share for name, share in wanted.items() if name not in parts}
        if not wanted:
            return parts, self
        train = parts["train"]
        if self.in_time:
            rows = cut_in_time(len(train), wanted, self.moments)
        elif self.groups is not None:
            rows = cut_groups(self.groups, wanted, self.seed)
        else:
            labels = labels_of(train.y, self.stratified)
            names = self.stratified.class_names if self.stratified else ()
            rows = cut(len(train), wanted, labels=labels, class_names=names, seed=self.seed)
        cut_off = {name: train.take(index) for name, index in rows.items()}
        return parts | cut_off, self._of_rows(rows["train"])

    def note(
        self, parts: dict[SplitName, Part], given: set[SplitName], in_folds: bool
    ) -> tuple[str, ...]:
        """The note that rows were split by time or by groups."""
        keys = "groups" if self.groups is not None else "times" if self.moments is not None else ""
        if keys and not in_folds and given == set(parts):
            return (f"{keys} change nothing, as all splits are given",)
        cut_off = [name for name in ("validation", "test") if name in parts and name not in given]
        if not cut_off or not (self.in_time or self.groups is not None):
            return ()
        if self.in_time:
            said = " before ".join(f"{len(parts[name])} for {name}" for name in cut_off)
            return (
                f"rows are split in order of time: {len(parts['train'])} for train before {said}",
            )
        said = ", ".join(f"{len(parts[name])} rows for {name}" for name in cut_off)
        return (f"whole groups of rows are split off: {said}; no group is in two of these splits",)

    def folds(self, train: Split | Part, k: int) -> tuple[tuple[Fold, ...], str]:
        """The folds of rows, and words for how they were made."""
        count = len(train)
        if self.in_time:
            return folds_in_time(count, k, self.moments), "in order of time"
        if self.groups is not None:
            return folds_of_groups(self.groups, k, self.seed), "whole groups each"
        labels = labels_of(train.y, self.stratified)
        how = "at random" if labels is None else "stratified by class"
        return folds_at_random(count, k, self.seed, labels), how

    def _of_rows(self, rows: Array) -> Splitter:
        return replace(
            self,
            groups=None if self.groups is None else self.groups[rows],
            moments=None if self.moments is None else self.moments[rows],
        )


def labels_of(y: Nested, output: Output | None) -> Array | None:
    """Class indices of shape (rows,); None without an output that has them."""
    return None if output is None else output.labels(output.of(y))
