"""Read streams before training: their first rows, and one pass over each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np

from tuneit.data.batch_form import (
    Shape,
    alike,
    are_alike,
    arrays_of,
    form_of,
    merged,
    named_arrays,
    require_form,
)
from tuneit.data.dataset import Fold
from tuneit.data.nested import has_targets
from tuneit.data.raw import RawData, RawSplit, SeenLabels, SplitName
from tuneit.data.scale import Scaler
from tuneit.data.stream import Head, StreamSplit
from tuneit.data.stream_scan import Scan, scan
from tuneit.data.stream_sources import Batch
from tuneit.data.stream_splits import Sources, Steps, Streams, streams_of, with_counts
from tuneit.errors import DataError
from tuneit.study import Split as Shares


@dataclass(frozen=True, eq=False)
class RawStreams(RawData):
    """Data as a source streams them; there are no rows in `splits`.

    `reopen` makes the sources anew in another process; None where only this one has them. Of arrays
    in files, `scaler` is what scales the inputs, and `folds` are the rows of each fold.
    """

    sources: Sources = field(default_factory=dict)
    reopen: Callable[[], Sources] | None = None
    scaler: Scaler | None = None
    folds: tuple[Fold, ...] = ()


@dataclass(frozen=True, eq=False)
class Read:
    """The streams of data, and what was read of each before training.

    `shares` are those that splits were cut by. `digest` is that of the streams' form, and of their
    first rows where these are alike in every pass.
    """

    streams: Streams
    shares: Shares
    heads: Mapping[SplitName, Head]
    scans: Mapping[SplitName, Scan]
    digest: str

    @property
    def rows(self) -> dict[SplitName, int | None]:
        """The rows of an epoch of each split; None where that is not known."""
        return {split: self._rows(split) for split in self.streams}

    def _rows(self, split: SplitName) -> int | None:
        if self.scans[split].is_epoch:
            return self.scans[split].rows
        batches = self.streams[split].count
        return None if batches is None else batches * self.heads[split].batch

    @property
    def shapes(self) -> Mapping[str, Shape]:
        """The shapes of rows by array, in all splits together: None for lengths that differ."""
        return reduce(merged, (known.shapes for known in self.scans.values()))

    @property
    def lengths_differ(self) -> bool:
        """Whether rows of one batch are longer than those of another."""
        return any(None in shape for shape in self.shapes.values())

    @property
    def samples(self) -> dict[SplitName, RawSplit]:
        """A sample of each split; shorter sequences end in zeros, so that all have one shape."""
        found = {split: known.sample for split, known in self.scans.items()}
        forms = [form_of(Batch(*_parts(sample)), split, 0) for split, sample in found.items()]
        if not self.lengths_differ or not all(are_alike(form, forms[0]) for form in forms):
            return found
        filled = alike([_parts(sample) for sample in found.values()])
        return {split: RawSplit(*parts) for split, parts in zip(found, filled, strict=True)}

    @property
    def labels(self) -> dict[Any, SeenLabels]:
        """The labels of each output, in all splits together."""
        found: dict[Any, set[float]] = {}
        for known in self.scans.values():
            for key, counts in known.labels.items():
                found.setdefault(key, set()).update(counts)
        whole = all(known.knows_labels for known in self.scans.values())
        has_all = {
            key for key in found if all(key in known.labels for known in self.scans.values())
        }
        return {key: SeenLabels(tuple(sorted(found[key])), whole) for key in has_all}


def read(raw: RawStreams, shares: Shares, steps: Steps) -> Read:
    """Read the first rows of each stream twice, as what differs is random; then an epoch once.

    Raises DataError for streams that are empty, endless without steps, or end before an epoch does,
    for batches that are not alike, and where a stream that is split gives its batches in another
    order each time.
    """
    sources = with_counts(raw.sources, steps)
    streams = streams_of(sources, shares, steps)
    heads: dict[SplitName, Head] = {}
    digest = hashlib.sha256()
    for split, stream in streams.items():
        heads[split] = stream.head()
        _require_numbers(split, heads[split].split)
        digest.update(f"{split} {stream.steps} {stream.part}".encode())
    _require_like_train(streams, heads)
    fixed = {split: _fixed(streams[split], head) for split, head in heads.items()}
    shared = streams["train"].part.cycle > 1
    ordered = "y" if has_targets(heads["train"].split.y) else "x"
    stays = fixed["train"][ordered] and streams["train"].source.rewinds
    if shared and not stays and "validation" in sources:  # then only a test was to be split off
        alone = shares.model_copy(update={"test": 0.0})
        return read(replace(raw, sources=sources), alone, steps)
    if shared and not stays:
        raise DataError(
            f"the train stream cannot be split: its batches come in another order in each pass, so "
            f"that rows to train on would be validated on; give a stream of their own for "
            f"{' and '.join(n for n in streams if n not in sources)}, or shuffle so that the order "
            "stays (shuffle(…, reshuffle_each_iteration=False))"
        )
    scans = {split: scan(streams[split], head) for split, head in heads.items()}
    for split, head in heads.items():
        for label, array in named_arrays(_parts(head.split)):
            plain = np.ascontiguousarray(array)
            shape = scans[split].shapes[label]
            digest.update(f"{label} {shape} {plain.dtype.str}".encode())
            if fixed[split][label[0]] and plain.dtype.kind != "O":
                digest.update(plain.tobytes())
    return Read(streams, shares, heads, scans, digest.hexdigest())


def _parts(split: RawSplit) -> tuple[Any, ...]:
    return tuple(p for p in (split.x, split.y, split.weight) if p is not None)


def _require_numbers(name: str, split: RawSplit) -> None:
    arrays = arrays_of(split.y) if has_targets(split.y) else []
    if any(array.dtype.kind in "OSU" for array in arrays):
        raise DataError(
            f"targets of a stream must be numbers, but those of the {name} stream are texts: map "
            "them to class numbers from 0 (tf.keras.layers.StringLookup, or a dict)"
        )


def _require_like_train(streams: Streams, heads: Mapping[SplitName, Head]) -> None:
    """Raise DataError where the first batches of a split that is split off are unlike train's."""
    forms = {
        split: form_of(Batch(*_parts(head.split)), split, 0)
        for split, head in heads.items()
        if streams[split].source is streams["train"].source
    }
    for split, form in forms.items():
        if not are_alike(form, forms["train"]):
            first = streams[split].part.index(0)
            require_form(form, forms["train"], streams[split].source_name, first)


def _fixed(stream: StreamSplit, head: Head) -> dict[str, bool]:
    """Whether the first inputs, targets and weights are the same in another pass."""
    labels = ("x", "y", "w")
    if not stream.source.rewinds:
        return dict.fromkeys(labels, False)
    stream.source.end_of_epoch()
    again = dict(named_arrays(_parts(stream.head().split)))
    first = dict(named_arrays(_parts(head.split)))
    return {
        label: all(
            name in again and np.array_equal(array, again[name])
            for name, array in first.items()
            if name.startswith(label)
        )
        for label in labels
    }
