"""tf.data.Datasets, known by their methods alone: nothing here imports TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tuneit.data.raw import RawSplit
from tuneit.errors import DataError

MOST_BYTES = 8 * 2**30
"""A pipeline is held in memory; one that gives more than this never ends, or will not fit."""


READ_ONCE = (
    "a tf.data pipeline is read once, before the search: what it draws at random (augmentation) is "
    "the same in every epoch and trial; random layers in the model draw anew"
)
"""What may surprise whoever gives one."""


def is_tf_dataset(found: Any) -> bool:
    """Tell whether `found` looks like a tf.data.Dataset."""
    return hasattr(found, "as_numpy_iterator") and hasattr(found, "element_spec")


def split_from_tf(dataset: Any) -> RawSplit:
    """Read all elements (x, y) into arrays; batches are joined, single rows stacked.

    Elements are batches where x and y both have a first axis of the same, or of unknown, length.
    Raises DataError where elements are no pairs, or never end.
    """
    spec = dataset.element_spec
    if not isinstance(spec, tuple) or len(spec) != 2:
        got = f"{len(spec)} parts" if isinstance(spec, tuple) else type(spec).__name__
        raise DataError(f"elements of a tf.data.Dataset must be pairs (x, y), but have {got}")
    if int(getattr(dataset, "cardinality", lambda: 0)()) == -1:
        raise DataError("a tf.data.Dataset must end, but this one repeats without end: use take()")
    xs: list[Any] = []
    ys: list[Any] = []
    held = 0
    for x, y in dataset.as_numpy_iterator():
        xs.append(x)
        ys.append(y)
        held += _bytes(x)
        if held > MOST_BYTES:
            raise DataError(
                f"a tf.data.Dataset must fit in memory, but gave more than {MOST_BYTES >> 30} GiB: "
                "use take()"
            )
    if not xs:
        raise DataError("the tf.data.Dataset gave no elements")
    # Generators may come without shapes; then the first element speaks for all.
    known = all(_has_rank(part) for part in spec)
    batched = _is_batched(*spec) if known else _is_batched(xs[0], ys[0])
    join = np.concatenate if batched else np.stack
    return RawSplit(_joined(xs, join), join(ys))


def _joined(parts: list[Any], join: Callable[[list[Any]], Any]) -> Any:
    if isinstance(parts[0], dict):
        return {name: join([part[name] for part in parts]) for name in parts[0]}
    if isinstance(parts[0], tuple):
        raise DataError("several model inputs must be named: let x be a dict of arrays")
    return join(parts)


def _bytes(x: Any) -> int:
    if isinstance(x, dict):
        return sum(_bytes(part) for part in x.values())
    return int(np.asarray(x).nbytes)


def _is_batched(x: Any, y: Any) -> bool:
    """Tell from two specs, or from the two parts of an element, whether they are batches."""
    x = next(iter(x.values())) if isinstance(x, dict) else x
    x_shape, y_shape = _shape(x), _shape(y)
    return bool(x_shape) and bool(y_shape) and x_shape[0] == y_shape[0]


def _shape(part: Any) -> tuple[int | None, ...]:
    """The shape with None for a length that is not known; empty where there is no rank."""
    shape = getattr(part, "shape", ())
    return tuple(shape) if getattr(shape, "rank", 0) is not None else ()


def _has_rank(spec: Any) -> bool:
    shapes = [part.shape for part in (spec.values() if isinstance(spec, dict) else (spec,))]
    return all(getattr(shape, "rank", 0) is not None for shape in shapes)
