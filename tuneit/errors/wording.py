"""Parts of messages: counted nouns, types, lists."""

from __future__ import annotations

from collections.abc import Sequence


def nouns(count: int, noun: str) -> str:
    """The noun as it stands beside a count: `trial` beside 1, else `trials`; `classes`."""
    if count == 1:
        return noun
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


def counted(count: int, noun: str) -> str:
    """`1 trial`, `2 trials`, `3 classes`."""
    return f"{count} {nouns(count, noun)}"


def kind_of(value: object) -> str:
    """What a value is: `a function`, `an int`."""
    name = type(value).__name__
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"


def listing(items: Sequence[str]) -> str:
    """`a, b and c`."""
    return ", ".join(items[:-1]) + (" and " if len(items) > 1 else "") + "".join(items[-1:])
