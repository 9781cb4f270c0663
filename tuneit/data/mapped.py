"""Arrays that stay in their files (np.memmap, np.load(mmap_mode="r")): rows are read batch by
batch."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from tuneit.data.dataset import Array
from tuneit.data.features import count_rows, is_table
from tuneit.data.matching import matched
from tuneit.data.nested import map_arrays
from tuneit.data.raw import RawData, SplitName
from tuneit.data.splitter import Part as Rows
from tuneit.data.splitter import Splitter
from tuneit.data.stream_sources import Batch, Part, map_parts
from tuneit.data.streamed import RawStreams
from tuneit.errors import DataError
from tuneit.study import Split as Shares

MOST_LOADED = 2**28
"""Mapped arrays of more bytes together stay in their files. Fewer are read into memory, where
folds, scaling and cohorts are possible; a training needs about three times their size in memory."""

AT_ONCE = 256
"""Rows that are read at once before and after a training; a training reads `batch_size` rows."""


@dataclass(frozen=True, eq=False)
class MappedRows:
    """The rows of one split, by their numbers in the arrays.

    With a `seed` each pass has an order of its own, which the seed and the number of the pass
    decide; without one it is that of the file.
    """

    x: Any
    y: Any
    weight: Any
    rows: Array
    size: int = AT_ONCE
    seed: int | None = None
    passes: Iterator[int] = field(default_factory=count)
    rewinds = True
    is_batched = False

    def trained(self, batch_size: int, seed: int | None) -> MappedRows:
        """The same rows, in the batches of one training."""
        return replace(self, size=batch_size, seed=seed, passes=count())

    def count(self, part: Part) -> float | None:
        """See `Source`."""
        return part.count(-(-len(self.rows) // self.size))

    def elements(self, part: Part) -> Iterator[Any]:
        """See `Source`."""
        rows, whole = self.rows, Batch(self.x, self.y, self.weight).parts
        if self.seed is not None:
            rows = np.random.default_rng([self.seed, next(self.passes)]).permutation(rows)
        for first in part.of(range(0, len(rows), self.size)):
            # In the file's order, which a disk reads faster; within a batch no order matters.
            places = np.sort(rows[first : first + self.size])
            yield map_parts(lambda array: np.array(array[places]), whole)  # noqa: B023 - used now

    def end_of_epoch(self) -> None:
        """Nothing to do: the next pass has another order."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle where arrays are in files, not their values."""
        parts = map_parts(_reference, (self.x, self.y, self.weight))
        return _opened, (parts, self.rows)


@dataclass(frozen=True)
class _InFile:
    """Where an array is in a file."""

    path: str
    dtype: Any
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int

    def opened(self) -> Array:
        """The array again, read-only, in this process."""
        whole = np.memmap(self.path, np.uint8, "r")
        return np.ndarray(self.shape, self.dtype, whole, self.offset, self.strides)


def _reference(array: Any) -> Any:
    if not is_mapped(array):
        return array
    root = array
    while isinstance(root.base, np.ndarray):
        root = root.base
    path = getattr(root, "filename", None)
    if path is None or min(array.strides, default=0) < 0:
        raise DataError(
            "a mapped array whose file is not known cannot travel to worker processes: map it with "
            "np.load(path, mmap_mode='r'), or train with `workers: 1` and no `trial_timeout`"
        )
    begin = array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return _InFile(str(path), array.dtype, array.shape, array.strides, root.offset + begin)


def _opened(parts: tuple[Any, Any, Any], rows: Array) -> MappedRows:
    x, y, weight = map_parts(lambda a: a.opened() if isinstance(a, _InFile) else a, parts)
    return MappedRows(x, y, weight, rows)


def is_mapped(array: Any) -> bool:
    """Whether an array, or the array of which it is a view, is in a file."""
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return True
        array = array.base
    return isinstance(array, mmap.mmap)


def stays_in_files(raw: RawData) -> bool:
    """Whether arrays of the data are in files, and too large to be read whole."""
    size = 0
    for split in raw.splits.values():
        if is_table(split.x) or is_table(split.y):
            return False
        for part in (split.x, split.y, split.weight):
            several = list(part.values()) if isinstance(part, dict) else part
            arrays = several if isinstance(several, (list, tuple)) else [part]
            size += sum(array.nbytes for array in arrays if is_mapped(array))
    return size > MOST_LOADED


def mapped_streams(raw: RawData, shares: Shares, seed: int, in_time: bool) -> RawStreams:
    """The data as streams of batches; splits that are not given are drawn from the training rows.

    They are drawn at random, or as groups, times or the order of rows decide. Raises DataError
    where arrays differ in rows.
    """
    raw, said = matched(raw, in_time)
    numbers = {name: np.arange(count_rows(split.x, "x")) for name, split in raw.splits.items()}
    if raw.times is not None:
        numbers["train"] = np.argsort(raw.times, kind="stable")
        raw = replace(raw, times=raw.times[numbers["train"]])
    splitter = Splitter(seed, None, raw.groups, in_time or raw.times is not None, raw.times)
    wanted: dict[SplitName, float] = {"test": shares.test} if shares.test else {}
    wanted["validation"] = shares.validation
    parts = {name: Rows(rows, rows, None) for name, rows in numbers.items()}
    parts, _ = splitter.cut(parts, wanted)
    own = splitter.note(parts, set(raw.splits), in_folds=False)
    sources = {}
    for name, part in parts.items():
        split = raw.splits.get(name, raw.train)
        x, y, weight = (map_arrays(_array, nested) for nested in (split.x, split.y, split.weight))
        sources[name] = MappedRows(map_arrays(_column, x), y, weight, part.x)
    notes = (
        *raw.notes,
        *said,
        "arrays stay in their files: each batch of rows is read when it is needed, in another "
        "order in each epoch",
        *(own or ("rows are split at random, not stratified",) * (set(parts) > set(raw.splits))),
    )
    return RawStreams(
        raw.name,
        {},
        notes=notes,
        class_names=raw.class_names,
        sources=sources,
        reopen=partial(dict, sources),
    )


def _array(given: Any) -> Any:
    """An array; weights may be none."""
    plain = given.to_numpy() if hasattr(given, "to_numpy") else given
    return plain if plain is None or isinstance(plain, np.ndarray) else np.asarray(plain)


def _column(array: Array) -> Array:
    """Inputs of one number or text a row as a column."""
    return array[:, None] if array.ndim == 1 else array
