"""A dataset whose splits are streams, with a sample of the rows of each in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any

import numpy as np

from tuneit.data.dataset import Array, Dataset
from tuneit.data.nested import has_targets
from tuneit.data.output import Output
from tuneit.data.raw import RawData, RawSplit, SeenLabels, SplitName
from tuneit.data.stream import Head, StreamSplit, arrays_of, named_arrays
from tuneit.data.stream_scan import Labels, Scan, scan
from tuneit.data.stream_sources import Source, is_batched
from tuneit.data.stream_splits import (
    Sources,
    Steps,
    Streams,
    counts_of,
    streams_of,
    with_counts,
    with_known_counts,
)
from tuneit.data.weights import ClassWeight, with_class_weights
from tuneit.errors import DataError
from tuneit.study import Split as Shares

Reopen = Callable[[], Streams]


@dataclass(frozen=True, eq=False)
class RawStreams(RawData):
    """Data as a source streams them; there are no rows in `splits`.

    `reopen` makes the sources anew in another process; None where only this one has them.
    """

    sources: Sources = field(default_factory=dict)
    reopen: Callable[[], Sources] | None = None


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
    def labels(self) -> dict[Any, SeenLabels]:
        """The labels of each output, in all splits together."""
        found: dict[Any, set[float]] = {}
        for known in self.scans.values():
            for key, counts in known.labels.items():
                found.setdefault(key, set()).update(counts)
        whole = all(known.whole for known in self.scans.values())
        has_all = {
            key for key in found if all(key in known.labels for known in self.scans.values())
        }
        return {key: SeenLabels(tuple(sorted(found[key])), whole) for key in has_all}


@dataclass(frozen=True, eq=False)
class StreamedDataset(Dataset):
    """A dataset whose epochs are read from streams.

    `train`, `validation` and `test` hold a sample of the rows, for all that needs one; training and
    evaluation read `streams`. There are no folds, and features are not scaled. `rows` is how many
    an epoch has, `label_counts` their labels, `sizes` are the different sizes of their batches:
    of each split as far as it is known.
    """

    streams: Streams = field(default_factory=dict)
    rows: Mapping[SplitName, int | None] = field(default_factory=dict)
    label_counts: Mapping[SplitName, Labels] = field(default_factory=dict)
    sizes: Mapping[SplitName, tuple[int, ...]] = field(default_factory=dict)
    digest: str = ""
    reopen: Reopen | None = None

    def fingerprint(self) -> str:
        """SHA-256 over the streams' form, and over their first rows where these do not change."""
        plain = f"{self.task} {self.class_names} {self.digest}"
        return hashlib.sha256(plain.encode()).hexdigest()

    def describe(self) -> dict[str, Any]:
        """As for other data; rows are those of an epoch, None where that is not known."""
        described = super().describe()
        return {
            **described,
            "rows": {name: self.rows.get(name) for name in described["rows"]},
            "streamed": True,
            "classes": {
                name: counts if self.knows_classes(self.outputs[0]) else {}
                for name, counts in described["classes"].items()
            },
        }

    def knows_classes(self, output: Output) -> bool:
        """Whether the classes of all rows are counted, rather than those of the sample."""
        return bool(output.codes) and all(
            self._counts(split, output) is not None for split in self.streams
        )

    def class_counts(self, split: str, output: Output) -> Array:
        """As of other data; of the sample where not all rows were seen."""
        if not self.knows_classes(output):
            return super().class_counts(split, output)
        counts = self._counts(split, output) or {}
        return np.array([counts.get(code, 0) for code in output.codes])

    def _counts(self, split: str, output: Output) -> Mapping[float, int] | None:
        """The counts of an output's labels, whose key is that of the stream's targets."""
        known = self.label_counts.get(split, {})  # type: ignore[call-overload]
        keys = (output.key, output.name, output.place, None)
        return next((known[key] for key in keys if key in known), None)

    def row_count(self, split: str) -> int | None:
        """Rows of an epoch; None where that is not known."""
        rows: int | None = self.rows.get(split)  # type: ignore[call-overload]
        return rows

    @property
    def is_batched(self) -> bool:
        """Whether the training stream gives batches, rather than rows that tuneit joins to such."""
        return is_batched(self.streams["train"].source)

    def __reduce__(self) -> tuple[Any, ...]:
        if self.reopen is None:
            raise DataError(
                "a stream that is given in Python cannot travel to worker processes: let a "
                "function return it (data={'source': 'python', 'function': 'data.py:load'}), or "
                "train with `workers: 1` and no `trial_timeout`"
            )
        kept = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "streams"}
        return _reopened, (kept,)


def _reopened(kept: dict[str, Any]) -> StreamedDataset:
    return StreamedDataset(**kept, streams=kept["reopen"]())


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
    fixed = {split: _fixed(streams[split], head) for split, head in heads.items()}
    shared = streams["train"].part.cycle > 1
    stays = fixed["train"]["y"] and streams["train"].source.rewinds
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
    for split, head in heads.items():
        for label, array in named_arrays(_parts(head.split)):
            plain = np.ascontiguousarray(array)
            digest.update(f"{label} {plain.shape[1:]} {plain.dtype.str}".encode())
            if fixed[split][label[0]] and plain.dtype.kind != "O":
                digest.update(plain.tobytes())
    scans = {split: scan(streams[split], head) for split, head in heads.items()}
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


def _class_names(source: Source) -> tuple[str, ...]:
    """The names that Keras's image_dataset_from_directory leaves on its dataset."""
    names = getattr(getattr(source, "dataset", None), "class_names", None)
    return tuple(map(str, names)) if isinstance(names, (list, tuple)) else ()


def _notes(found: Read, sources: Sources) -> tuple[str, ...]:
    streams = found.streams
    notes = [
        "data are streamed: batches are read anew in every epoch, and what they draw at random is "
        "drawn anew; rows drawn at random stand for all in checks and in scores of constant "
        "predictions"
    ]
    for split, known in found.scans.items():
        if not known.whole:
            notes.append(
                f"of the {split} stream, {known.rows} rows were read before training: classes and "
                "forms that come later were not seen"
            )
    cycle = streams["train"].part.cycle
    if cycle > 1:
        mine = {name: s for name, s in streams.items() if s.source is streams["train"].source}
        dealt = ", ".join(f"{len(s.part.places)} for {name}" for name, s in mine.items())
        notes.append(
            f"whole batches are split off the stream: of every {cycle} batches {dealt}; each split "
            "reads the stream and leaves out the others' batches"
        )
    if "test" not in streams:
        notes.append(
            "there are no test rows, as the train stream cannot be split: a third stream gives them"
        )
    return tuple(notes)


def require_streamable(spec: Any, name: str) -> None:
    """Raise DataError for settings of the data that need all rows in memory."""
    needs = {
        "scale": (spec.scale != "none", "scale in the stream, or by a Normalization layer"),
        "folds": (
            spec.folds is not None,
            "give a validation stream, or arrays in memory (numpy.array(x))",
        ),
        "order": (spec.order is not None, "give a stream for each split"),
        "one_hot": (spec.one_hot, "map the targets to one-hot rows in the stream"),
    }
    for setting, (asked, instead) in needs.items():
        if asked:
            raise DataError(
                f"`{setting}` needs all rows of '{name}' in memory, but these are streamed: "
                f"{instead}"
            )


def streamed(
    raw: RawStreams,
    shares: Shares,
    steps: Steps,
    prepared: Callable[[RawData, Shares], Dataset],
    class_weight: ClassWeight | None = None,
) -> StreamedDataset:
    """Return the dataset of streams; `prepared` makes that of a sample of their rows.

    Raises DataError as `read`, and where encoding changes the targets, which streams give as they
    are.
    """
    found = read(raw, shares, steps)
    if "test" not in found.streams:
        shares = shares.model_copy(update={"test": 0.0})
    sample = RawData(
        name=raw.name,
        splits={split: known.sample for split, known in found.scans.items()},
        notes=(*raw.notes, *_notes(found, raw.sources)),
        class_names=_class_names(raw.sources["train"]),
        labels=found.labels,
    )
    dataset = prepared(sample, shares)
    was, now = sample.train.y, dataset.train.y
    pairs = [(output.of(was), output.of(now)) for output in dataset.outputs]
    if not all(np.array_equal(a.reshape(-1), b.reshape(-1)) for a, b in pairs):
        raise DataError(
            f"targets of '{raw.name}' are trained on as the stream gives them, but would be "
            "encoded anew: map them in the stream, with the positive class as the higher number"
        )
    reopen = None
    if raw.reopen is not None:
        counts = counts_of(found.streams)
        reopen = partial(_streams_again, raw.reopen, found.shares, steps, counts)
    scans = found.scans.items()
    made = StreamedDataset(
        **{f.name: getattr(dataset, f.name) for f in fields(dataset)},
        streams=found.streams,
        rows={"test": 0, **found.rows},
        label_counts={split: known.labels for split, known in scans if known.whole},
        sizes={split: known.sizes for split, known in scans},
        digest=found.digest,
        reopen=reopen,
    )
    return with_class_weights(made, class_weight)


def _streams_again(
    reopen: Callable[[], Sources],
    shares: Shares,
    steps: Steps,
    counts: Mapping[SplitName, int | None],
) -> Streams:
    return streams_of(with_known_counts(reopen(), counts), shares, steps)
