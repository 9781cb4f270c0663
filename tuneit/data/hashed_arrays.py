"""The forms in which a dataset's arrays are hashed; earlier versions used the same."""

from __future__ import annotations

import json

import numpy as np

from tuneit.data.nested import Array, Nested, is_text, named
from tuneit.data.output import Output


def hashed_parts(what: str, nested: Nested) -> list[tuple[str, Array]]:
    """The arrays with the names under which they are hashed: one array by what it is."""
    by_name = isinstance(nested, dict)
    parts = [(name if by_name else joined_name(what, name), array) for name, array in named(nested)]
    return sorted(parts, key=lambda part: part[0]) if by_name else parts


def joined_name(what: str, name: str) -> str:
    """What an array is called: `x`, or `x left` for one of several."""
    return f"{what} {name}" if name else what


def hashed_input(array: Array) -> Array:
    """Numbers in float32, as earlier versions trained on them; texts as bytes."""
    if is_text(array):
        return np.frombuffer(json.dumps(array.tolist()).encode(), np.uint8)
    return array.astype(np.float32, copy=False)


def hashed_targets(output: Output, y: Array) -> Array:
    """Targets in the form in which earlier versions trained on them and hashed them.

    So that their studies resume where what is trained on is the same: class indices from 0 and
    reals in float32. Other targets they changed, and what was trained on them is another study.
    """
    if output.task != "classification" or output.is_one_hot:
        return y.astype(np.float32)
    if output.codes == tuple(range(len(output.codes))):
        return output.labels(y)
    return y.reshape(len(y), *output.positions).astype(np.float64)
