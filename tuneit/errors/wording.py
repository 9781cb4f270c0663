"""Parts of messages: counted nouns, types, lists."""

from __future__ import annotations

import math
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


def figures(value: float, digits: int = 4, *, grouped: bool = True) -> str:
    """A finite number as people write it: `23,530`, `0.0043`, `1.2e-6`.

    Fractions have `digits` significant digits; whole numbers, and what is before the point, are
    written in full up to 10¹⁵, with a comma at thousands if `grouped`.
    """
    size, comma = abs(value), "," if grouped and abs(value) >= 10_000 else ""
    if isinstance(value, int) and size < 10**15:
        return f"{value:{comma}}"
    if 10 ** (digits - 1) <= size < 1e15:
        return f"{value:{comma}.0f}"
    return f"{value:{comma}.{digits}g}".replace("e-0", "e-").replace("e+", "e")


def score_text(value: float) -> str:
    """A score: four decimals if it is 0 or lies from 0.001 to 10 in size, else four digits.

    So that scores of a table are as long as one another, and none below 0.00005 is `0.0000`.
    """
    plain = value == 0 or 1e-3 <= abs(value) <= 10
    return f"{value:.4f}" if plain or not math.isfinite(value) else figures(float(value))


def signed_score(value: float) -> str:
    """A difference of scores, with its sign."""
    return f"{'-' if value < 0 else '+'}{score_text(abs(value))}"


def p_text(value: float) -> str:
    """A p-value: three decimals, or that it is below the smallest of them."""
    return f"{value:.3f}" if value >= 0.001 else "<0.001"
