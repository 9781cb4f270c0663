"""Words that agree with numbers."""

from __future__ import annotations


def nouns(count: int, noun: str) -> str:
    """The noun as it stands beside a count: `trial` beside 1, else `trials`; `classes`."""
    if count == 1:
        return noun
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


def counted(count: int, noun: str) -> str:
    """`1 trial`, `2 trials`, `3 classes`."""
    return f"{count} {nouns(count, noun)}"
