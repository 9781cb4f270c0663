"""One array, or several by position or by name: the forms in which Keras takes inputs and targets.

A `Nested` is an array of shape (rows, …), a tuple of such arrays, or a dict of them. Keys and order
are the user's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Nested = Array | tuple[Array, ...] | dict[str, Array]


NO_TARGETS: tuple[()] = ()
"""What stands for the targets of data that are inputs alone: those of no output."""


def has_targets(y: Any) -> bool:
    """Whether there are targets beside the inputs: neither None nor `NO_TARGETS`."""
    return y is not None and not (isinstance(y, tuple) and not y)


def named(nested: Nested) -> list[tuple[str, Array]]:
    """Name and array of each part, in order: keys of a dict, "0", "1", … of a tuple, "" of one."""
    if isinstance(nested, dict):
        return list(nested.items())
    if isinstance(nested, tuple):
        return [(str(index), array) for index, array in enumerate(nested)]
    return [("", nested)]


def arrays_of(nested: Nested) -> list[Array]:
    """The arrays, in order."""
    return [array for _, array in named(nested)]


def map_arrays(function: Callable[[Any], Any], nested: Any) -> Any:
    """Apply a function to each array; the results stand in the same tuple or dict."""
    if isinstance(nested, dict):
        return {name: function(array) for name, array in nested.items()}
    if isinstance(nested, tuple):
        return tuple(function(array) for array in nested)
    return function(nested)


def take(nested: Nested, rows: Array) -> Nested:
    """The given rows of each array, in the given order."""
    taken: Nested = map_arrays(lambda array: array[rows], nested)
    return taken


def rows_of(nested: Nested) -> int:
    """The number of rows, which all arrays share."""
    return len(arrays_of(nested)[0])


def row_shapes(nested: Nested) -> Any:
    """The shape of one row of each array, in the same tuple or dict."""
    return map_arrays(lambda array: array.shape[1:], nested)


def plain_shapes(shapes: Any) -> Any:
    """Shapes of arrays as JSON holds them."""
    if isinstance(shapes, dict):
        return {name: list(shape) for name, shape in shapes.items()}
    several = any(isinstance(shape, tuple) for shape in shapes)
    return [list(shape) for shape in shapes] if several else list(shapes)


def is_text(array: Array) -> bool:
    """Whether an array holds texts, as TensorFlow's string tensors do."""
    return array.dtype.kind in "OUT"


def as_nested(given: Any, other: Any) -> Any:
    """Tell several arrays from rows of one: a list or tuple of arrays becomes a tuple of them.

    `other` is what stands beside it (targets beside inputs), in any form. A list of as many arrays
    as `other` has rows is taken for one array's rows, unless the arrays themselves have as many
    rows. A mapping becomes a dict with texts as keys. All else is returned as it is.
    """
    if isinstance(given, Mapping) and not hasattr(given, "iloc"):
        return {str(name): array for name, array in given.items()}
    if not _are_arrays(given):
        return given
    counts = _row_counts(other)
    if len(given) in counts and len(given[0]) not in counts:
        return given
    return tuple(given)


def _are_arrays(given: Any) -> bool:
    if not isinstance(given, (list, tuple)) or not given:
        return False
    return all(len(getattr(part, "shape", ())) > 0 for part in given)


def _row_counts(given: Any) -> set[int]:
    """The numbers of rows that some data may have, whichever way a list is read."""
    if isinstance(given, Mapping) and not hasattr(given, "iloc"):
        given = list(given.values())
        return {len(part) for part in given if np.ndim(part) or hasattr(part, "iloc")}
    try:
        counts = {len(given)}
    except TypeError:
        return set()
    return counts | ({len(given[0])} if _are_arrays(given) else set())
