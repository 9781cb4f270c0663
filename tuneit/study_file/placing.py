"""Finds the line of a study file for errors that only data, builder or training could raise."""

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
"""The parts of a study that errors of a class are about, the likeliest first."""


def placed(error: InputError, path: Path, overrides: Sequence[str] = ()) -> InputError:
    """Return the error with the place in the study file that it is about, where there is one.

    That is the study's key that the error names; where it names none that the file has, the first
    of the parts that errors of its class are about.
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
    """Follow a path as far as the file has it; a list's item, or its fields, may be a step."""
    where: tuple[str | int, ...] = ()
    for step in at:
        value = document.at(where)
        child = step if has_child(value, step) else _child_of(value, step)
        if child is None:
            break
        where += (child,)
    return where


def _child_of(value: object, wanted: str) -> str | int | None:
    """The key of the child that is `wanted`, or a mapping with such a field."""
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
