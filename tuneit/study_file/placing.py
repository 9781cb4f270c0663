"""Find the line of a study file that an error of data, builder or training is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tuneit.errors import (
    BuilderError,
    CallbackError,
    DataError,
    InputError,
    ObjectiveError,
    PruningError,
    SpaceError,
    StrategyError,
    StudyFileError,
)
from tuneit.study_file.document import Document, has_child
from tuneit.study_file.load import read_document
from tuneit.study_file.overrides import apply_overrides

KEYS: Mapping[type[InputError], tuple[str, ...]] = {
    DataError: ("data",),
    BuilderError: ("model",),
    SpaceError: ("parameters", "model"),
    ObjectiveError: ("objective", "early_stopping"),
    CallbackError: ("callbacks",),
    StrategyError: ("strategy",),
    PruningError: ("pruning",),
}
"""For each class of errors, the keys of a study that it may be about, the likeliest first."""


def placed(error: InputError, path: Path, overrides: Sequence[str] = ()) -> InputError:
    """Return the error with the line of the study file that it is about, if there is one.

    This is the line of the key that the error names. If the file lacks that key, or the error names
    none, it is the first key that errors of this class are about and that the file has.
    """
    if type(error) not in KEYS and not error.at:
        return error
    document = read_document(path)
    apply_overrides(document, overrides)
    where = _nearest(document, error.at)
    parts = [key for key in KEYS.get(type(error), ()) if key in document.values]
    if not where and not parts:
        return error
    return StudyFileError(f"{document.origin(where or (parts[0],))}: {error}")


def _nearest(document: Document, at: Sequence[str]) -> tuple[str | int, ...]:
    """Follow a path as far as the file has it; a step may name a key, or an item of a list."""
    where: tuple[str | int, ...] = ()
    for step in at:
        value = document.at(where)
        child = step if has_child(value, step) else _child_of(value, step)
        if child is None:
            break
        where += (child,)
    return where


def _child_of(value: object, wanted: str) -> str | int | None:
    """The key of the child that is `wanted`, or that is a mapping with such a field."""
    children: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, Mapping):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    for key, child in children:
        fields = child.values() if isinstance(child, Mapping) else (child,)
        if wanted in map(str, fields):
            return key
    return None
