"""A dataset whose splits are streams, with the first rows of each in memory."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from tuneit.data.dataset import Dataset
from tuneit.data.raw import RawData, RawSplit, SplitName
from tuneit.data.stream import Head, StreamSplit, arrays_of, named_arrays, raised
from tuneit.data.stream_sources import WHOLE, Generating, Part, Source
from tuneit.errors import DataError
from tuneit.study import Split as Shares

Streams = Mapping[SplitName, StreamSplit]
Reopen = Callable[[], Streams]

CLOSEST = 20
"""Shares of a stream are rounded to fractions with at most this denominator."""


Sources = Mapping[SplitName, Source]
Steps = Mapping[SplitName, int | None]
"""How many batches make an epoch of a split; None for all of a pass."""


@dataclass(frozen=True, eq=False)
class RawStreams(RawData):
    """Data as a source streams them; there are no rows in `splits`.

    `reopen` makes the sources anew in another process; None where only this one has them.
    """

    sources: Sources = field(default_factory=dict)
    reopen: Callable[[], Sources] | None = None


@dataclass(frozen=True, eq=False)
class Heads:
    """The streams of data, and their first rows in `raw`.

    `digest` is that of their form, and of the first rows where these are alike in every pass.
    `rows` is how many rows an epoch has, as far as it is known.
    """

    raw: RawData
    streams: Streams
    rows: Mapping[SplitName, int | None]
    digest: str


@dataclass(frozen=True, eq=False)
class StreamedDataset(Dataset):
    """A dataset whose epochs are read from streams.

    `train`, `validation` and `test` hold the first rows alone, for all that needs a sample;
    training and evaluation read `streams`. There are no folds, and features are not scaled.
    """

    streams: Streams = field(default_factory=dict)
    rows: Mapping[SplitName, int | None] = field(default_factory=dict)
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
            "classes": {name: {} for name in described["classes"]},
        }

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


def streams_of(sources: Sources, shares: Shares, steps: Steps) -> dict[SplitName, StreamSplit]:
    """Return a stream for each split; those without a source take whole batches of the train's.

    `steps` is how many batches make an epoch of `train` and of `validation`.
    """
    wanted = {"validation": shares.validation, "test": shares.test}
    cut = {name: share for name, share in wanted.items() if share and name not in sources}
    train = sources["train"]
    if "validation" in cut and steps.get("train") and not _is_known_to_end(train):
        raise DataError(
            "nothing tells whether the train stream ends, so that no batches of it can be kept to "
            "validate on: give a validation stream beside it"
        )
    if "validation" in sources and not _may_share(train, steps):
        cut.pop("test", None)
    parts = parts_of(cut)
    found: dict[SplitName, StreamSplit] = {}
    for name in ("train", "validation", "test"):
        if name in sources:
            part = parts["train"] if name == "train" else WHOLE
            found[name] = StreamSplit(name, sources[name], steps.get(name), part)
        elif name in cut:
            found[name] = StreamSplit(name, sources["train"], None, parts[name])
    return found


def _counted(source: Source, name: SplitName, steps: Steps) -> Source:
    """A generator's function with the number of its batches, where no steps are given."""
    if not isinstance(source, Generating) or steps.get(name) is not None:
        return source
    try:
        return source.counted(name)
    except DataError:
        raise
    except Exception as error:  # of the user's function
        raise DataError(raised(name, error)) from error


def _is_known_to_end(source: Source) -> bool:
    count = source.count(WHOLE)
    return count is not None and math.isfinite(count)


def _may_share(source: Source, steps: Steps) -> bool:
    """Whether batches of a stream may be kept for another split: it is read from its beginning."""
    return source.rewinds and steps.get("train") is None


def parts_of(cut: Mapping[str, float]) -> dict[str, Part]:
    """Deal the batches of a cycle out to `train` and the splits cut from it, evenly spread.

    With 0.2 for each of two splits it is of 5 batches, 3 of them to train on.
    """
    exact = {name: Fraction(share).limit_denominator(CLOSEST) for name, share in cut.items()}
    shares = {"train": 1 - sum(exact.values()), **exact}
    cycle = int(np.lcm.reduce([share.denominator for share in shares.values()]))
    places: dict[str, list[int]] = {name: [] for name in shares}
    owed = dict.fromkeys(shares, Fraction(0))
    for place in range(cycle):
        owed = {name: owed[name] + share for name, share in shares.items()}
        next_ = max(owed, key=lambda name: owed[name])
        owed[next_] -= 1
        places[next_].append(place)
    return {name: Part(cycle, tuple(found)) for name, found in places.items()}


def read_heads(raw: RawStreams, shares: Shares, steps: Steps) -> Heads:
    """Read the first rows of each stream, twice: what differs between two passes is random.

    Raises DataError for streams that are empty, endless without steps, or end before an epoch does,
    for batches that are not alike, and where a stream that is split gives its batches in another
    order each time.
    """
    sources = {name: _counted(source, name, steps) for name, source in raw.sources.items()}
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
        return read_heads(raw, shares.model_copy(update={"test": 0.0}), steps)
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
    return Heads(
        RawData(
            name=raw.name,
            splits={split: head.split for split, head in heads.items()},
            notes=_notes(streams, sources),
            class_names=_class_names(sources["train"]),
        ),
        streams,
        {split: head.rows(streams[split].count) for split, head in heads.items()},
        digest.hexdigest(),
    )


def _parts(split: RawSplit) -> tuple[Any, ...]:
    return (split.x, split.y) if split.weight is None else (split.x, split.y, split.weight)


def _require_numbers(name: str, split: RawSplit) -> None:
    if any(array.dtype.kind in "OSU" for array in arrays_of(split.y)):
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


def _notes(streams: Streams, sources: Sources) -> tuple[str, ...]:
    notes = [
        "data are streamed: batches are read anew in every epoch, and what they draw at random is "
        "drawn anew; the first rows stand for all in checks and in scores of constant predictions"
    ]
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
        "folds": (spec.folds is not None, "give a validation stream, or arrays"),
        "order": (spec.order is not None, "give a stream for each split"),
        "one_hot": (spec.one_hot, "map the targets to one-hot rows in the stream"),
        "class_weight": (
            spec.class_weight is not None,
            "give weights as the third part of each batch",
        ),
    }
    for setting, (asked, instead) in needs.items():
        if asked:
            raise DataError(
                f"`{setting}` needs all rows of '{name}' in memory, but these are streamed: "
                f"{instead}"
            )


def streamed(
    raw: RawStreams, shares: Shares, steps: Steps, prepared: Callable[[RawData, Shares], Dataset]
) -> StreamedDataset:
    """Return the dataset of streams; `prepared` makes that of their first rows.

    Raises DataError as `read_heads`, and where encoding changes the targets, which streams give as
    they are.
    """
    heads = read_heads(raw, shares, steps)
    if "test" not in heads.streams:
        shares = shares.model_copy(update={"test": 0.0})
    dataset = prepared(heads.raw, shares)
    was, now = arrays_of(heads.raw.train.y), arrays_of(dataset.train.y)
    if not all(np.array_equal(a.reshape(-1), b.reshape(-1)) for a, b in zip(was, now, strict=True)):
        raise DataError(
            f"targets of '{raw.name}' are trained on as the stream gives them, but would be "
            "encoded anew: map them in the stream, with the positive class as the higher number"
        )
    return StreamedDataset(
        **{f.name: getattr(dataset, f.name) for f in fields(dataset)},
        streams=heads.streams,
        rows={"test": 0, **heads.rows},
        digest=heads.digest,
        reopen=None if raw.reopen is None else partial(_streams_again, raw.reopen, shares, steps),
    )


def _streams_again(reopen: Callable[[], Sources], shares: Shares, steps: Steps) -> Streams:
    return streams_of(reopen(), shares, steps)
