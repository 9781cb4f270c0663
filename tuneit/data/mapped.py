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

from tuneit.data.dataset import Array, Fold, Split
from tuneit.data.features import count_rows, is_table
from tuneit.data.matching import matched, require_no_validation
from tuneit.data.nested import as_nested, map_arrays
from tuneit.data.raw import RawData, RawSplit, SplitName
from tuneit.data.scale import Scaler, fit_in_pieces
from tuneit.data.splitter import Part as Rows
from tuneit.data.splitter import Splitter
from tuneit.data.stream_reading import RawStreams
from tuneit.data.stream_sources import WHOLE, Batch, Part, map_parts
from tuneit.data.target import read_targets
from tuneit.data.task import AskHeads
from tuneit.errors import DataError
from tuneit.study import DataSpec

MOST_LOADED = 2**28
"""Mapped arrays of more bytes together stay in their files. Fewer are read into memory, where
folds, scaling and cohorts are possible; a training needs about three times their size in memory."""

AT_ONCE = 256
"""Rows that are read at once before and after a training; a training reads `batch_size` rows."""

MANY = 2**16
"""Rows whose targets are read at once, to count labels."""


@dataclass(frozen=True, eq=False)
class MappedRows:
    """The rows of one split, by their numbers in the arrays.

    With a `seed` each pass has an order of its own, which the seed and the number of the pass
    decide; without one it is that of the file. Inputs are scaled where there is a `scaler`.
    """

    x: Any
    y: Any
    weight: Any
    rows: Array
    size: int = AT_ONCE
    seed: int | None = None
    passes: Iterator[int] = field(default_factory=count)
    scaler: Scaler | None = None
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
        rows = self.rows
        if self.seed is not None:
            rows = np.random.default_rng([self.seed, next(self.passes)]).permutation(rows)
        for first in part.of(range(0, len(rows), self.size)):
            # In the file's order, which a disk reads faster; within a batch no order matters.
            yield self._read(np.sort(rows[first : first + self.size])).parts

    def _read(self, rows: Array) -> Batch:
        """These rows in memory."""
        whole = Batch(self.x, self.y, self.weight).parts
        batch = Batch(*map_parts(lambda array: np.array(array[rows]), whole))
        return batch if self.scaler is None else batch._replace(x=self.scaler.apply(batch.x))

    def sample(self, most: int) -> Split:
        """Rows drawn at random, in the file's order; equal rows give an equal sample."""
        drawn = np.random.default_rng(len(self.rows)).permutation(self.rows)[:most]
        return Split(*self._read(np.sort(drawn)))

    def labels(self) -> Iterator[Any]:
        """The targets of all rows, as they stand in the file; many rows at once."""
        for first in range(0, len(self.rows), MANY):
            rows = np.sort(self.rows[first : first + MANY])
            yield map_arrays(lambda array: np.array(array[rows]), self.y)  # noqa: B023 - used now

    def end_of_epoch(self) -> None:
        """Nothing to do: the next pass has another order."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle where arrays are in files, not their values."""
        parts = map_parts(_reference, (self.x, self.y, self.weight))
        return _opened, (parts, self.rows, self.scaler)


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
            "np.load(path, mmap_mode='r'), or train with `workers: 1` and without "
            "`trial_timeout` and `max_memory`"
        )
    begin = array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return _InFile(str(path), array.dtype, array.shape, array.strides, root.offset + begin)


def _opened(parts: tuple[Any, Any, Any], rows: Array, scaler: Scaler | None) -> MappedRows:
    x, y, weight = map_parts(lambda a: a.opened() if isinstance(a, _InFile) else a, parts)
    return MappedRows(x, y, weight, rows, scaler=scaler)


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


def mapped_streams(raw: RawData, spec: DataSpec, seed: int, ask: AskHeads) -> RawStreams:
    """The data as streams of batches; splits that are not given are drawn from the training rows.

    They are drawn at random, or as groups, times or the order of rows decide; so are folds. Scales
    are fitted on the training rows in pieces. Texts become class numbers, as targets fit in memory.
    Raises DataError where arrays differ in rows, and for `folds` beside validation rows.
    """
    in_time, folds, shares = spec.order == "time", spec.folds or 0, spec.split
    raw, said = matched(raw, in_time)
    if folds:
        require_no_validation(raw)
    raw, encoded = _with_class_numbers(raw, spec.positive, ask)
    numbers = {name: np.arange(count_rows(split.x, "x")) for name, split in raw.splits.items()}
    if raw.times is not None:
        numbers["train"] = np.argsort(raw.times, kind="stable")
        raw = replace(raw, times=raw.times[numbers["train"]])
    splitter = Splitter(seed, None, raw.groups, in_time or raw.times is not None, raw.times)
    wanted: dict[SplitName, float] = {"test": shares.test} if shares.test else {}
    if not folds:
        wanted["validation"] = shares.validation
    parts = {name: Rows(rows, rows, None) for name, rows in numbers.items()}
    parts, splitter = splitter.cut(parts, wanted)
    own = splitter.note(parts, set(raw.splits), in_folds=bool(folds))
    sources = {name: _rows_of(raw.splits.get(name, raw.train), p.x) for name, p in parts.items()}
    scaler = fit_in_pieces(lambda: (e[0] for e in sources["train"].elements(WHOLE)), spec.scale)
    sources = {name: replace(source, scaler=scaler) for name, source in sources.items()}
    notes = [
        "arrays stay in their files: each batch of rows is read when it is needed, in another "
        "order in each epoch",
        *(own or ("rows are split at random, not stratified",) * (set(parts) > set(raw.splits))),
    ]
    if scaler is not None:
        of = "all rows but the test's" if folds else "the training split alone"
        notes.append(f"features are scaled ({spec.scale}), fitted on {of}")
    cut: tuple[Fold, ...] = ()
    if folds:
        cut, how = splitter.folds(parts["train"], folds)
        notes.append(f"each trial trains on {folds} folds, {how}; row counts are the first one's")
        train, rows = sources["train"], parts["train"].x
        cut = tuple((rows[fitted], rows[held]) for fitted, held in cut)
        sources["train"], sources["validation"] = (replace(train, rows=r) for r in cut[0])
    return RawStreams(
        raw.name,
        {},
        notes=(*raw.notes, *said, *notes, *encoded),
        class_names=raw.class_names,
        sources=sources,
        reopen=partial(dict, sources),
        scaler=scaler,
        folds=cut,
    )


def _rows_of(split: RawSplit, rows: Array) -> MappedRows:
    given = (split.x, split.y, as_nested(split.weight, split.y))
    x, y, weight = (map_arrays(_array, nested) for nested in given)
    return MappedRows(map_arrays(_column, x), y, weight, rows)


def _with_class_numbers(
    raw: RawData, positive: object, ask: AskHeads
) -> tuple[RawData, tuple[str, ...]]:
    """Encode the texts of a single target as other data's are, and say how."""
    given = {name: split.y for name, split in raw.splits.items()}
    if isinstance(raw.train.y, (dict, tuple)) or _array(raw.train.y).dtype.kind not in "OUT":
        return raw, ()
    heads = tuple(ask())
    found = read_targets(given, positive=positive, ask=lambda: next(iter(heads), None))
    splits = {name: replace(split, y=found.values[name]) for name, split in raw.splits.items()}
    return replace(raw, splits=splits, class_names=found.class_names), found.notes


def _array(given: Any) -> Any:
    """An array; weights may be none."""
    plain = given.to_numpy() if hasattr(given, "to_numpy") else given
    return plain if plain is None or isinstance(plain, np.ndarray) else np.asarray(plain)


def _column(array: Array) -> Array:
    """Inputs of one number or text a row as a column."""
    return array[:, None] if array.ndim == 1 else array
