"""The shapes of a stream's batches: what may differ between batches, and what must be alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tuneit.data.nested import Array
from tuneit.data.stream_sources import Batch, map_parts
from tuneit.errors import DataError

Shape = tuple[int | None, ...]
"""The axes of a row; None for one whose length differs between batches, such as time."""


class RowForm(NamedTuple):
    """The shape of one row of an array, and whether its last axis holds features.

    The number of features is the same in all batches. Numbers of one axis are features; whole
    numbers or texts of one axis may be a sequence, such as token ids.
    """

    shape: tuple[int, ...]
    has_features: bool

    def is_like(self, other: RowForm) -> bool:
        """Whether only the lengths of axes differ that may differ."""
        last = slice(-1, None) if self.has_features else slice(0, 0)
        return len(self.shape) == len(other.shape) and self.shape[last] == other.shape[last]


Form = dict[str, RowForm]
"""The form of each array of a batch, by the array's name: x, y[0], x['left'], …"""


def form_of(batch: Batch, name: str, number: int) -> Form:
    """The form of a batch. Raises DataError where its arrays differ in rows."""
    rows = {label: len(array) for label, array in named_arrays(batch.parts)}
    if len(set(rows.values())) > 1:
        listed = ", ".join(f"{label} {count}" for label, count in rows.items())
        raise DataError(
            f"batch {number + 1} of the {name} stream must have as many rows in every array, but "
            f"has {listed}"
        )
    return {
        label: RowForm(
            array.shape[1:], array.ndim > 2 or (label[0] == "x" and array.dtype.kind == "f")
        )
        for label, array in named_arrays(batch.parts)
    }


def require_form(form: Form, first: Form, name: str, number: int) -> None:
    """Raise DataError where a batch is unlike the first one.

    Batches of sequences may differ in length, and then targets and weights may, too.
    """
    if form == first:
        return
    faulty = [label for label in {**first, **form} if not _is_like(form, first, label)]
    if not faulty:
        differing = [label for label in first if form[label] != first[label]]
        faulty = [] if any(label[0] == "x" for label in differing) else differing
    if faulty:
        was, now = (_said(f.get(faulty[0])) for f in (first, form))
        raise DataError(
            f"batch {number + 1} of the {name} stream has rows of {faulty[0]} of shape {now}, but "
            f"the first batch has {was}: give all batches one shape, padded where needed; only the "
            "lengths of sequences may differ, not the number of their features"
        )


def are_alike(form: Form, first: Form) -> bool:
    """Whether two forms have the same arrays, and only lengths differ that may differ."""
    return all(_is_like(form, first, label) for label in {**first, **form})


def _is_like(form: Form, first: Form, label: str) -> bool:
    return label in form and label in first and form[label].is_like(first[label])


def _said(form: RowForm | None) -> str:
    return "nothing" if form is None else str(form.shape)


def merged(known: Mapping[str, Shape], shapes: Mapping[str, Shape]) -> Mapping[str, Shape]:
    """The shapes of both by name, None for lengths that differ; those of the first alone else."""
    return {
        label: tuple(a if a == b else None for a, b in zip(shape, shapes[label], strict=True))
        if label in shapes and len(shapes[label]) == len(shape)
        else shape
        for label, shape in known.items()
    } or dict(shapes)


def row_shapes(parts: Sequence[Any]) -> Mapping[str, Shape]:
    """The shape of a row of each array of (x, y) or (x, y, weight), by name."""
    return {label: array.shape[1:] for label, array in named_arrays(parts)}


def arrays_of(nested: Any) -> list[Array]:
    """The arrays of a batch or of its inputs or targets, in order."""
    found: list[Array] = []
    map_parts(found.append, nested)
    return found


def named_arrays(parts: Sequence[Any]) -> list[tuple[str, Array]]:
    """Name and array of all that (x, y) or (x, y, weight) hold: x, y[0], x['left'], …"""
    return [
        (label + suffix, array)
        for label, part in zip(("x", "y", "weight"), parts, strict=False)
        for suffix, array in _labelled(part)
    ]


def _labelled(part: Any) -> list[tuple[str, Array]]:
    if isinstance(part, dict):
        return [(f"['{k}']{s}", a) for k, v in part.items() for s, a in _labelled(v)]
    if isinstance(part, tuple):
        return [(f"[{i}]{s}", a) for i, v in enumerate(part) for s, a in _labelled(v)]
    return [("", part)]


def joined(parts: Sequence[Any]) -> Any:
    """Join batches of inputs, targets or predictions to one; shorter sequences end in zeros."""
    first = parts[0]
    if isinstance(first, dict):
        return {name: joined([part[name] for part in parts]) for name in first}
    if isinstance(first, (tuple, list)):
        return tuple(joined([part[i] for part in parts]) for i in range(len(first)))
    return np.concatenate(alike(parts))


def alike(parts: Sequence[Any]) -> list[Any]:
    """The parts in one shape a row: shorter sequences end in zeros, those of texts in ""."""
    first = parts[0]
    if isinstance(first, dict):
        columns = {name: alike([part[name] for part in parts]) for name in first}
        return [{name: found[i] for name, found in columns.items()} for i in range(len(parts))]
    if isinstance(first, (tuple, list)):
        places = [alike([part[i] for part in parts]) for i in range(len(first))]
        return [tuple(found[i] for found in places) for i in range(len(parts))]
    longest = tuple(map(max, zip(*(array.shape[1:] for array in parts), strict=True)))
    return [_filled(array, longest) for array in parts]


def _filled(array: Array, shape: Iterable[int]) -> Array:
    short = [(0, size - own) for size, own in zip(shape, array.shape[1:], strict=True)]
    if not any(after for _, after in short):
        return array
    fill = {"O": "", "U": "", "S": b""}.get(array.dtype.kind, 0)
    return np.pad(array, [(0, 0), *short], constant_values=fill)  # type: ignore[arg-type]
