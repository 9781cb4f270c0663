"""A plain value (numbers, texts, containers of these) as a text that is the same in all runs."""

from __future__ import annotations

from typing import Any

LITERALS = (bool, int, float, complex, str, bytes, type(None))


def plain_text(value: Any) -> str | None:
    """A plain value as Python source, the same in all processes; None for any other value."""
    if isinstance(value, LITERALS):
        return repr(value) if type(value) in LITERALS else None
    if isinstance(value, (set, frozenset)):
        items = [plain_text(item) for item in value]
        return None if None in items else f"{{{', '.join(sorted(map(str, items)))}}}"
    if type(value) in (list, tuple):
        items = [plain_text(item) for item in value]
        ends = "[]" if isinstance(value, list) else "()"
        return None if None in items else f"{ends[0]}{', '.join(map(str, items))}{ends[1]}"
    if type(value) is dict:
        pairs = [(plain_text(key), plain_text(item)) for key, item in value.items()]
        if any(None in pair for pair in pairs):
            return None
        return f"{{{', '.join(f'{key}: {item}' for key, item in pairs)}}}"
    return None
