"""Sources of a stream's batches, recognised by their methods without importing TensorFlow."""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import islice
from typing import Any, NamedTuple, Protocol

import numpy as np

from tuneit.data.nested import NO_TARGETS, has_targets
from tuneit.errors import DataError
from tuneit.errors.wording import kind_of

ROWS = 32
"""The batch size for sources of single rows, which is Keras's default."""


MOST_COUNTED = 10_000
"""A stream of unknown length with more batches in a pass counts as one that may not end."""


def steps_argument(name: str) -> str:
    """The argument that says how many batches of a split make an epoch."""
    return "steps_per_epoch" if name == "train" else "validation_steps"


class Batch(NamedTuple):
    """What `fit` takes in a step: `x` and `y` are an array, a tuple or a dict.

    Weights may lack, and targets where the model makes its loss of `x` alone.
    """

    x: Any
    y: Any = NO_TARGETS
    weight: Any = None

    @property
    def parts(self) -> tuple[Any, ...]:
        """What the batch holds: (x,), (x, y) or (x, y, weight)."""
        if not has_targets(self.y):
            return (self.x,)
        return (self.x, self.y) if self.weight is None else tuple(self)


@dataclass(frozen=True)
class Part:
    """Which batches of a source belong to one split: their places in each cycle of batches."""

    cycle: int = 1
    places: tuple[int, ...] = (0,)

    def count(self, total: float) -> float:
        """How many of `total` successive batches belong to the split."""
        if math.isinf(total):
            return total
        whole, rest = divmod(int(total), self.cycle)
        return whole * len(self.places) + sum(place < rest for place in self.places)

    def index(self, position: int) -> int:
        """The place in the source of the split's batch number `position`, from 0."""
        whole, rest = divmod(position, len(self.places))
        return whole * self.cycle + self.places[rest]

    def of(self, elements: Iterable[Any]) -> Iterator[Any]:
        """Those of successive batches that belong to the split."""
        return (e for index, e in enumerate(elements) if index % self.cycle in self.places)


WHOLE = Part()
"""All batches of a source."""


class Source(Protocol):
    """Batches that may be read again and again.

    `rewinds` says whether each pass starts from the beginning.
    """

    rewinds: bool

    def count(self, part: Part) -> float | None:
        """Batches in a pass: None where it is unknown, infinity where they never end."""
        ...

    def elements(self, part: Part) -> Iterator[Any]:
        """Begin a pass."""
        ...

    def end_of_epoch(self) -> None:
        """Tell the source that a pass has ended, as Keras does."""
        ...


@dataclass(frozen=True, eq=False)
class TfDataset:
    """A tf.data.Dataset; single rows are joined to batches.

    `known` is how many elements a pass has, where TensorFlow does not know it and somebody has
    counted them.
    """

    dataset: Any
    known: int | None = None
    rewinds = True

    def counted(self, name: str) -> TfDataset:
        """Read a pass to count its elements. Raises DataError where it does not seem to end."""
        most = MOST_COUNTED * (1 if self.is_batched else ROWS)
        return replace(self, known=_counted(self.dataset.as_numpy_iterator(), most, name))

    @cached_property
    def is_batched(self) -> bool:
        """Whether its elements are batches: x and y have a first axis of one, or unknown, length.

        A pipeline of generators may come without shapes; then its first element decides.
        """
        element = self.dataset.element_spec
        if not all(_has_rank(part) for part in _leaves(element)):
            element = next(iter(self.dataset.as_numpy_iterator()), ())
        first = {tuple(part.shape)[:1] for part in _leaves(element)}
        return len(first) == 1 and first != {()}

    def count(self, part: Part, size: int = ROWS) -> float | None:
        """See `Source`; single rows are counted in batches of `size`."""
        found: int | None = int(self.dataset.cardinality())
        if found == -1:
            return math.inf
        found = self.known if found == -2 else found
        if found is None:
            return None
        mine = part.count(found)
        return mine if self.is_batched else -(-mine // size)

    def part(self, part: Part) -> Any:
        """The dataset of those elements, rows or batches, that belong to a split."""
        if part.cycle == 1:
            return self.dataset

        def belongs(index: Any, *_: Any) -> Any:
            place = index % part.cycle
            return reduce(operator.or_, [place == mine for mine in part.places])

        return self.dataset.enumerate().filter(belongs).map(lambda _, element: element)

    def elements(self, part: Part) -> Iterator[Any]:
        """See `Source`."""
        mine = self.part(part)
        yield from (mine if self.is_batched else mine.batch(ROWS)).as_numpy_iterator()

    def end_of_epoch(self) -> None:
        """Nothing to do: a pass that begins draws anew."""


@dataclass(frozen=True, eq=False)
class Indexed:
    """A keras.utils.PyDataset or Sequence: batches by index."""

    dataset: Any
    rewinds = True

    def count(self, part: Part) -> float | None:
        """See `Source`."""
        known = hasattr(self.dataset, "num_batches")
        count = self.dataset.num_batches if known else len(self.dataset)
        return math.inf if count is None else part.count(int(count))

    def elements(self, part: Part) -> Iterator[Any]:
        """See `Source`."""
        position = 0
        while position < (self.count(part) or 0):
            yield self.dataset[part.index(position)]
            position += 1

    def end_of_epoch(self) -> None:
        """Let it shuffle its batches, where it does."""
        if hasattr(self.dataset, "on_epoch_end"):
            self.dataset.on_epoch_end()


@dataclass(frozen=True, eq=False)
class Generating:
    """A function that returns a generator; each pass calls it again.

    `known` is how many batches it gives in a pass; None where nobody has counted them.
    """

    function: Callable[[], Any]
    known: int | None = None
    rewinds = True

    def counted(self, name: str) -> Generating:
        """Read a pass to count its batches. Raises DataError where it does not seem to end."""
        return replace(self, known=_counted(self.function(), MOST_COUNTED, name))

    def count(self, part: Part) -> float | None:
        """See `Source`."""
        return None if self.known is None else part.count(self.known)

    def elements(self, part: Part) -> Iterator[Any]:
        """See `Source`."""
        yield from part.of(self.function())

    def end_of_epoch(self) -> None:
        """Nothing to do: the function is called again."""


@dataclass(frozen=True, eq=False)
class OneGenerator:
    """A generator itself: each pass goes on where the one before stopped."""

    generator: Iterator[Any]
    rewinds = False

    def count(self, part: Part) -> float | None:
        """See `Source`."""
        return None

    def elements(self, part: Part) -> Iterator[Any]:
        """See `Source`."""
        yield from part.of(self.generator)

    def end_of_epoch(self) -> None:
        """Nothing to do: the generator goes on."""


@dataclass(frozen=True, eq=False)
class InMemory:
    """Arrays that stand beside streams, such as validation rows; batches are cut from them."""

    x: Any
    y: Any = NO_TARGETS
    weight: Any = None
    rewinds = True

    def count(self, part: Part) -> float | None:
        """See `Source`."""
        return part.count(-(-self._rows() // ROWS))

    def elements(self, part: Part) -> Iterator[Any]:
        """See `Source`."""
        firsts = part.of(range(0, self._rows(), ROWS))
        return (self._rows_from(first) for first in firsts)

    def _rows_from(self, first: int) -> Any:
        whole = Batch(self.x, self.y, self.weight).parts
        return map_parts(lambda array: array[first : first + ROWS], whole)

    def _rows(self) -> int:
        return len(_leaves(self.x)[0])

    def end_of_epoch(self) -> None:
        """Nothing to do: arrays stay."""


def _counted(elements: Iterable[Any], most: int, name: str) -> int:
    """How many elements a pass gives. Raises DataError where there are more than `most`."""
    count = sum(1 for _ in islice(elements, most + 1))
    if count > most:
        raise DataError(
            f"the {name} stream gave more than {MOST_COUNTED:,} batches and may never end: say how "
            f"many make an epoch ({steps_argument(name)})"
        )
    return count


def is_batched(source: Source) -> bool:
    """Whether a source gives batches itself, so that `batch_size` does not apply to it."""
    return not isinstance(source, InMemory) and getattr(source, "is_batched", True)


def is_stream(given: Any) -> bool:
    """Tell whether this is a stream: a tf.data.Dataset, PyDataset, generator or its function."""
    return (
        is_tf_dataset(given)
        or _is_indexed(given)
        or inspect.isgenerator(given)
        or inspect.isfunction(given)
        or inspect.ismethod(given)
    )


def source_of(given: Any, name: str) -> Source:
    """Return the source of a stream, or of the arrays (x, y), or x alone, beside one.

    `name` says which split it is. Raises DataError for what is no stream.
    """
    if is_tf_dataset(given):
        return TfDataset(given)
    if _is_indexed(given):
        return Indexed(given)
    if inspect.isgenerator(given):
        return OneGenerator(given)
    if callable(given):
        return Generating(given)
    given = (given,) if hasattr(given, "shape") and np.ndim(given) else given
    if isinstance(given, (tuple, list)) and len(given) in (1, 2, 3):
        return InMemory(*(map_parts(np.asarray, part) for part in given))
    raise DataError(
        f"{name} beside a stream is a stream too, or arrays (x, y), but is {kind_of(given)}"
    )


def map_parts(function: Callable[[Any], Any], nested: Any) -> Any:
    """Apply a function to each array of a batch's inputs or targets."""
    if isinstance(nested, dict):
        return {name: map_parts(function, part) for name, part in nested.items()}
    if isinstance(nested, (tuple, list)):
        return tuple(map_parts(function, part) for part in nested)
    return function(nested)


def is_tf_dataset(found: Any) -> bool:
    """Tell whether `found` looks like a tf.data.Dataset."""
    return hasattr(found, "as_numpy_iterator") and hasattr(found, "element_spec")


def _leaves(nested: Any) -> list[Any]:
    found: list[Any] = []
    map_parts(found.append, nested)
    return found


def _has_rank(spec: Any) -> bool:
    return getattr(spec.shape, "rank", 0) is not None


def _is_indexed(given: Any) -> bool:
    return any(
        kind.__name__ in ("PyDataset", "Sequence") and kind.__module__.startswith("keras")
        for kind in type(given).__mro__
    )
