"""What differs between studies: settings, search space, data and best hyperparameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tuneit.report.content import ReportContent
from tuneit.report.words import number, shorten

Row = tuple[str, list[str]]
"""A name, and a text for each study."""

_LONGEST = 120


def settings(contents: Sequence[ReportContent]) -> list[Row]:
    """Keys of study.yaml whose values differ, by dotted name; names and spaces stand elsewhere."""
    return _differing(contents, lambda c: c.study.model_dump(exclude={"name", "parameters"}))


def spaces(contents: Sequence[ReportContent]) -> list[Row]:
    """Hyperparameters whose ranges differ, or that only some studies have."""
    return _differing(contents, lambda c: {p.name: p.describe() for p in c.space})


def data(contents: Sequence[ReportContent]) -> list[Row]:
    """What the descriptions of the data say differently, their notes left out."""
    return _differing(contents, lambda c: {k: v for k, v in c.data.items() if k != "notes"})


def best_hyperparameters(contents: Sequence[ReportContent]) -> list[Row]:
    """The hyperparameters of each study's best trial, also where they agree."""
    found = [dict(c.best.params) if c.best else {} for c in contents]
    names = dict.fromkeys(name for params in found for name in params)
    return [(name, [_text(params.get(name, "")) for params in found]) for name in names]


def _differing(
    contents: Sequence[ReportContent], read: Callable[[ReportContent], Mapping[str, Any]]
) -> list[Row]:
    found = [dict(_leaves(read(content))) for content in contents]
    names = dict.fromkeys(name for values in found for name in values)
    rows = [(name, [_text(values.get(name, "")) for values in found]) for name in names]
    return [(name, texts) for name, texts in rows if len(set(texts)) > 1]


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _text(value: Any) -> str:
    plain = value is None or isinstance(value, (str, int, float))
    return shorten(number(value, 6) if plain else str(value), _LONGEST)
