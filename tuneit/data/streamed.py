"""A dataset whose splits are streams, with a sample of the rows of each in memory."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from tuneit.data.batch_form import Shape
from tuneit.data.dataset import Array, Dataset
from tuneit.data.output import Output
from tuneit.data.raw import RawData, SplitName
from tuneit.data.stream import HEAD_ROWS, StreamSplit
from tuneit.data.stream_reading import RawStreams, Read, read
from tuneit.data.stream_scan import Labels
from tuneit.data.stream_sources import Source, is_batched
from tuneit.data.stream_splits import (
    Sources,
    Steps,
    Streams,
    counts_of,
    streams_of,
    with_known_counts,
)
from tuneit.data.weights import ClassWeight, with_class_weights
from tuneit.errors import DataError
from tuneit.study import Split as Shares

if TYPE_CHECKING:
    from tuneit.data.mapped import MappedRows

Reopen = Callable[[], Streams]


@dataclass(frozen=True, eq=False)
class StreamedDataset(Dataset):
    """A dataset whose epochs are read from streams.

    `train`, `validation` and `test` hold a sample of the rows, for all that needs one; training and
    evaluation read `streams`. Only arrays in files have folds and scaled features. `rows` is how
    many an epoch has, `label_counts` their labels, `sizes` are the different sizes of their
    batches: of each split as far as it is known. `shapes` are those of rows by array (x,
    y['kind'], …), None for a length that differs between batches; the sample's shorter rows end in
    zeros.
    """

    streams: Streams = field(default_factory=dict)
    rows: Mapping[SplitName, int | None] = field(default_factory=dict)
    label_counts: Mapping[SplitName, Labels] = field(default_factory=dict)
    sizes: Mapping[SplitName, tuple[int, ...]] = field(default_factory=dict)
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    digest: str = ""
    reopen: Reopen | None = None

    def fingerprint(self) -> str:
        """SHA-256 over the streams' form, and over their first rows where these do not change."""
        digest = hashlib.sha256(f"{self.task} {self.class_names} {self.digest}".encode())
        for rows in itertools.chain(*self.folds):
            digest.update(np.ascontiguousarray(rows, dtype="<i8").tobytes())
        return digest.hexdigest()

    def of_execution(self, index: int) -> Dataset:
        """As of other data; folds are rows of arrays that stay in their files."""
        if not self.folds:
            return self
        rows = cast("MappedRows", self.streams["train"].source)
        train, validation = (replace(rows, rows=r) for r in self.folds[index % len(self.folds)])
        own: dict[SplitName, StreamSplit] = {
            "train": replace(self.streams["train"], source=train),
            "validation": replace(self.streams["validation"], source=validation),
        }
        return replace(
            self,
            streams={**self.streams, **own},
            train=train.sample(HEAD_ROWS),
            validation=validation.sample(HEAD_ROWS),
        )

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
    def input_shapes(self) -> dict[str, Shape]:
        """As of other data; None for a length that differs between batches."""
        given = [shape for label, shape in self.shapes.items() if label[0] == "x"]
        pairs = zip(super().input_shapes.items(), given, strict=True)
        # A number a row, (rows,), has become a column.
        return {name: own if len(own) == len(known) else known for (name, known), own in pairs}

    @property
    def lengths_differ(self) -> bool:
        """Whether rows of one batch are longer than those of another."""
        return any(None in shape for shape in self.shapes.values())

    @property
    def is_batched(self) -> bool:
        """Whether the training stream gives batches, rather than rows that tuneit joins to such."""
        return is_batched(self.streams["train"].source)

    def __reduce__(self) -> tuple[Any, ...]:
        if self.reopen is None:
            raise DataError(
                "a stream that is given in Python cannot travel to worker processes: let a "
                "function return it (data={'source': 'python', 'function': 'data.py:load'}), or "
                "train with `workers: 1` and without `trial_timeout` and `max_memory`"
            )
        kept = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "streams"}
        return _reopened, (kept,)


def _reopened(kept: dict[str, Any]) -> StreamedDataset:
    return StreamedDataset(**kept, streams=kept["reopen"]())


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
    if found.lengths_differ:
        notes.append(
            "batches differ in the length of their rows; in the sample, shorter rows end in zeros"
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
        "scale_target": (
            spec.scale_target != "none",
            "scale the targets in the stream",
        ),
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
        splits=found.samples,
        notes=(*raw.notes, *_notes(found, raw.sources)),
        class_names=raw.class_names or _class_names(raw.sources["train"]),
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
        **{f.name: getattr(dataset, f.name) for f in fields(dataset)}
        | {"scaler": raw.scaler, "folds": raw.folds},
        streams=found.streams,
        rows={"test": 0, **found.rows},
        label_counts={split: known.labels for split, known in scans if known.knows_labels},
        sizes={split: known.sizes for split, known in scans},
        shapes=found.shapes,
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
