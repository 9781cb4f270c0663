"""Finds the line of a study file for errors that only data, builder or training could raise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from tuneit.study_file.document import Document
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
"""The keys of a study that an error may be about, the likeliest first."""


def placed(error: InputError, path: Path, overrides: Sequence[str] = ()) -> InputError:
    """Return the error with the place in the study file that it is about, where there is one.

    That is the value or key below the error's parts of the study which the message quotes, else
    the first of these parts that there is.
    """
    if type(error) not in KEYS:
        return error
    document = read_document(path)
    apply_overrides(document, overrides)
    keys = [key for key in KEYS[type(error)] if key in document.values]
    if not keys:
        return error
    below = (where for key in keys for where in _below(document, (key,)))
    quoted = [where for where in below if _is_quoted(document, where, error)]
    where = max(quoted, key=len, default=(keys[0],))
    return StudyFileError(f"{document.origin(where)}: {error}")


def _below(document: Document, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    yield path
    value = document.at(path)
    keys: Iterable[str | int] = ()
    if isinstance(value, Mapping):
        keys = value
    elif isinstance(value, list):
        keys = range(len(value))
    for key in keys:
        yield from _below(document, (*path, key))


def _is_quoted(document: Document, path: tuple[str | int, ...], error: InputError) -> bool:
    # A part's own name, and an item's number, tell nothing.
    named = path[-1] if len(path) > 1 else None
    texts = [text for text in (named, document.at(path)) if isinstance(text, str)]
    return any(f"'{text}'" in str(error) for text in texts)
