"""A split whose rows are read batch by batch; they are never all in memory."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from tuneit.data.batch_form import (
    Form,
    Shape,
    arrays_of,
    form_of,
    joined,
    merged,
    require_form,
    row_shapes,
)
from tuneit.data.dataset import Array
from tuneit.data.raw import RawSplit, SplitName
from tuneit.data.stream_sources import (
    WHOLE,
    Batch,
    Part,
    Source,
    map_parts,
    steps_argument,
)
from tuneit.errors import DataError
from tuneit.errors.wording import kind_of

HEAD_ROWS = 512
"""The number of first rows that serve as a sample of a stream: for the inspection, the probes, the
checks of the data and the scores of constant predictions."""

HEAD_BYTES = 64 * 2**20
"""The sample of large rows, such as images, ends after this many bytes."""


@dataclass(frozen=True, eq=False)
class StreamSplit:
    """The batches of one split.

    `steps` is how many of them make an epoch; None for all of a pass. Where splits share a source,
    `part` says which of its batches belong to this one.
    """

    name: SplitName
    source: Source
    steps: int | None = None
    part: Part = WHOLE

    @property
    def count(self) -> int | None:
        """Batches in an epoch; None if that is known only after reading them."""
        if self.steps is not None:
            return self.steps
        count = self.source.count(self.part)
        return None if count is None or math.isinf(count) else int(count)

    @property
    def source_name(self) -> str:
        """Which of the given streams this one reads: splits are split off the training stream."""
        return self.name if self.part.cycle == 1 else "train"

    def batches(self) -> Iterator[Batch]:
        """Read an epoch. Raises DataError for a batch of another form than the first."""
        return itertools.islice(self.whole_pass(), self.steps)

    def whole_pass(self) -> Iterator[Batch]:
        """Read all batches, be they of one epoch or of several. Raises DataError as `batches`."""
        first: Form | None = None
        for position, element in enumerate(self.source.elements(self.part)):
            batch = as_batch(element, self.source_name)
            number = self.part.index(position)
            form = form_of(batch, self.source_name, number)
            first = first or form
            require_form(form, first, self.source_name, number)
            yield batch

    def read(self) -> Iterator[Batch]:
        """Read an epoch as `batches`. Errors of the user's pipeline become a DataError, too."""
        try:
            yield from self.batches()
        except DataError:
            raise
        except Exception as error:
            raise DataError(raised(self.source_name, error)) from error

    def head(self, most: int = HEAD_ROWS) -> Head:
        """The first rows, at least those of one batch.

        Raises DataError where the stream is empty, never ends, or ends before an epoch does.
        """
        if self.steps is None and self.source.count(self.part) == math.inf:
            raise DataError(self._says_no_end())
        batches: list[Batch] = []
        rows, size, ended = 0, 0, True
        for batch in self.read():
            batches.append(batch)
            rows += rows_in(batch)
            size += sum(array.nbytes for array in arrays_of(batch.parts))
            if rows >= most or size >= HEAD_BYTES:
                ended = False
                break
        if not rows:
            raise DataError(self._says_empty())
        if self.steps is not None and ended and len(batches) < self.steps:
            raise DataError(ends_early(self.name, self.steps, len(batches)))
        parts = [joined([part[i] for part in batches]) for i in range(len(batches[0].parts))]
        shapes = reduce(merged, (row_shapes(batch.parts) for batch in batches))
        return Head(RawSplit(*parts), rows_in(batches[0]), rows, ended, shapes)

    def _says_empty(self) -> str:
        if self.name == "train" or self.part.cycle == 1:
            return f"the {self.name} stream is empty: it gave no batch of rows"
        return (
            f"the stream has too few batches to keep {len(self.part.places)} of every "
            f"{self.part.cycle} for the {self.name} split: give that split a stream of "
            "its own, or smaller batches"
        )

    def _says_no_end(self) -> str:
        return (
            f"the {self.name} stream never ends: say how many batches make an epoch "
            f"({steps_argument(self.name)}), or end it with take()"
        )


@dataclass(frozen=True, eq=False)
class Head:
    """The first rows of a stream: `read` is how many, `whole` whether there are no others.

    `batch` is the number of rows of the first batch, `shapes` are those of rows, by array.
    """

    split: RawSplit
    batch: int
    read: int
    whole: bool
    shapes: Mapping[str, Shape]


def raised(name: str, error: Exception) -> str:
    """The sentence on an error of the user's stream."""
    message = " ".join(str(error).split())
    return f"the {name} stream raised {type(error).__name__}: {message}"


def ends_early(name: str, steps: int, batches: int) -> str:
    """The sentence on a stream with fewer batches than an epoch has steps."""
    return (
        f"an epoch of the {name} stream has {steps} steps, but the stream ends after "
        f"{batches} {'batch' if batches == 1 else 'batches'}: give more batches, or fewer steps"
    )


def as_batch(element: Any, name: str) -> Batch:
    """Read an element of a stream as Keras does: (x, y), (x, y, weight), or x alone.

    Raises DataError for anything else.
    """
    if isinstance(element, dict) or (hasattr(element, "shape") and np.ndim(element)):
        element = (element,)
    if isinstance(element, (tuple, list)) and len(element) in (1, 2, 3):
        return Batch(*(map_parts(_plain, part) for part in element if part is not None))
    got = f"{len(element)} parts" if isinstance(element, (tuple, list)) else f"{kind_of(element)}"
    raise DataError(
        f"elements of the {name} stream must be (x, y) or (x, y, sample_weight), or x alone where "
        f"the model makes its loss of it, but are {got}"
    )


def rows_in(batch: Batch) -> int:
    """The number of rows of a batch."""
    return len(arrays_of(batch.x)[0])


def _plain(part: Any) -> Array:
    array = np.asarray(part)
    if array.ndim == 0:
        raise DataError("batches of a stream must hold arrays of rows, but one holds single values")
    return array
