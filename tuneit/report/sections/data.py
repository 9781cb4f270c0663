"""What the model was trained, selected and tested on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section
from tuneit.report.words import number, shorten

_ITEMS = 24
"""Items of a list shown at most."""


def data(content: ReportContent) -> Section | None:
    """Build the section; None where nothing is known."""
    if not content.data:
        return None
    described = {k: v for k, v in content.data.items() if v not in (None, "", [], (), {})}
    notes = described.pop("notes", ())
    return Section("data", "Data", {"rows": list(flat_rows(described)), "notes": notes})


def flat_rows(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Name and text of each value, nested mappings as `outer: inner`."""
    for key, value in values.items():
        name = f"{prefix}{str(key).replace('_', ' ')}"
        if isinstance(value, Mapping):
            if len(value) <= _ITEMS and not any(isinstance(v, Mapping) for v in value.values()):
                yield name, ", ".join(f"{k}: {_text(v)}" for k, v in value.items())
            else:
                yield from flat_rows(dict(list(value.items())[:_ITEMS]), f"{name}: ")
        else:
            yield name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        more = f" and {len(value) - _ITEMS} more" if len(value) > _ITEMS else ""
        return ", ".join(_text(item) for item in value[:_ITEMS]) + more
    if value is None or isinstance(value, (str, int, float)):
        return shorten(number(value), 200)
    return shorten(str(value), 200)
