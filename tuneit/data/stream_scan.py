"""One pass over a stream before training: a sample of its rows, and what its batches hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuneit.data.batch_form import Shape, arrays_of, joined, merged, row_shapes
from tuneit.data.nested import has_targets, named
from tuneit.data.raw import RawSplit
from tuneit.data.stream import Head, StreamSplit, ends_early, rows_in
from tuneit.data.stream_sources import map_parts
from tuneit.errors import DataError

MOST_BYTES = 2**30
"""The pass ends after batches of this many bytes, which takes seconds; later ones are not read."""

MOST_LABELS = 10_000
"""Targets with more different values than this are not classes, and are not counted."""

Labels = Mapping[Any, Mapping[float, int]]
"""How many rows have each label, by the key of the output's targets (None for the only output)."""


@dataclass(frozen=True, eq=False)
class Scan:
    """What one pass over a stream has shown.

    `sample` holds rows drawn at random from those that were read, in their order, or all if they
    are few. `rows` is the number of rows read. `is_epoch` is true if they are an epoch, and `whole`
    if every epoch has the same rows. `labels` counts the labels of targets with one number a row,
    and `knows_labels` whether of all rows.
    `sizes` are the different numbers of rows of the batches, `shapes` are those of rows, by array.
    """

    sample: RawSplit
    rows: int
    is_epoch: bool
    whole: bool
    labels: Labels
    sizes: tuple[int, ...]
    shapes: Mapping[str, Shape]
    knows_labels: bool

    @classmethod
    def of_head(cls, head: Head) -> Scan:
        """The scan of a stream that cannot be read twice: only its first rows are known."""
        counts = _Counts()
        if has_targets(head.split.y):
            counts.add(head.split.y)
        return cls(
            head.split, head.read, False, False, counts.found, (head.batch,), head.shapes, False
        )


def scan(stream: StreamSplit, head: Head) -> Scan:
    """Read an epoch, or its first gigabyte, and draw as many rows as the stream's `head` holds.

    Raises DataError where a later batch is not like the first, or the stream itself raises.
    """
    if not stream.source.rewinds:
        return Scan.of_head(head)
    drawn, counts = _Reservoir(head.read), _Counts()
    sizes: dict[int, None] = {}
    shapes: Mapping[str, Shape] = {}
    read, batches, ended = 0, 0, True
    for batch in stream.read():
        batches += 1
        drawn.add(batch.parts)
        counts.add(batch.y)
        sizes[rows_in(batch)] = None
        shapes = merged(shapes, row_shapes(batch.parts))
        read += sum(array.nbytes for array in arrays_of(batch.parts))
        if read >= MOST_BYTES:
            ended = False
            break
    if ended and stream.steps is not None and batches < stream.steps:
        raise DataError(ends_early(stream.name, stream.steps, batches))
    whole = ended and stream.steps is None
    knows_labels = whole
    if not ended and (labels := getattr(stream.source, "labels", None)) is not None:
        counts, knows_labels = _Counts(), True  # arrays in files are read without their inputs
        for y in labels():
            counts.add(y)
    found = counts.found
    return Scan(drawn.split(), drawn.seen, ended, whole, found, tuple(sizes), shapes, knows_labels)


class _Reservoir:
    """A random sample of the rows seen so far, all equally probable (Vitter 1985, algorithm R)."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._random = np.random.default_rng(0)
        self._kept: list[tuple[int, tuple[Any, ...]]] = []
        self.seen = 0

    def add(self, parts: tuple[Any, ...]) -> None:
        """See a batch: (x,), (x, y) or (x, y, weight)."""
        count = len(arrays_of(parts[0])[0])
        places = self.seen + np.arange(count)
        drawn = np.where(
            places < self._most, places, (self._random.random(count) * (places + 1)).astype(int)
        )
        for row in np.flatnonzero(drawn < self._most).tolist():
            # A copy, since a part of an array would keep all of it in memory.
            entry = (int(places[row]), tuple(_row(part, row) for part in parts))
            if drawn[row] < len(self._kept):
                self._kept[drawn[row]] = entry
            else:
                self._kept.append(entry)
        self.seen += count

    def split(self) -> RawSplit:
        """The rows in the order in which they were seen."""
        rows = [parts for _, parts in sorted(self._kept, key=lambda entry: entry[0])]
        return RawSplit(*(joined([row[i] for row in rows]) for i in range(len(rows[0]))))


def _row(part: Any, row: int) -> Any:
    return map_parts(lambda array: array[row : row + 1].copy(), part)


class _Counts:
    """Counts the labels of each output."""

    def __init__(self) -> None:
        self._by_key: dict[Any, dict[float, int] | None] = {}

    def add(self, y: Any) -> None:
        """Count the targets of a batch."""
        for name, array in named(y):
            key = name if isinstance(y, dict) else int(name) if isinstance(y, tuple) else None
            known = self._by_key.setdefault(key, {})
            if known is None:
                continue
            found = _labels(array)
            if found is not None:
                for value, count in zip(*found, strict=True):
                    known[value] = known.get(value, 0) + count
            if found is None or len(known) > MOST_LABELS:
                self._by_key[key] = None

    @property
    def found(self) -> Labels:
        """The counts of outputs that have labels."""
        return {key: dict(sorted(known.items())) for key, known in self._by_key.items() if known}


def _labels(y: Any) -> tuple[list[float], list[int]] | None:
    """Labels and how often each occurs; None for anything but one whole number a row."""
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "biuf" or y.shape[1:] not in ((), (1,)):
        return None
    values, counts = np.unique(y, return_counts=True)
    whole = values == np.round(values)  # False for NaN, too
    return (values.astype(float).tolist(), counts.tolist()) if whole.all() else None
