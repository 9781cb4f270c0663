"""Numbers, durations and names as the report writes them."""

from __future__ import annotations

import math
from typing import Any

from tuneit.errors.wording import figures, nouns, score_text

MISSING = "–"


def number(value: Any, digits: int = 4) -> str:
    """A number as `figures` writes it, thousands apart; `–` for None and NaN.

    Booleans and text are returned as text.
    """
    if value is None:
        return MISSING
    if isinstance(value, (str, bool)):
        return str(value)
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    shown = figures(value, digits)
    return f"−{shown[1:]}" if shown.startswith("-") else shown


def score(value: float | None) -> str:
    """A score as `score_text` writes it; `–` for None and NaN."""
    if value is None or not math.isfinite(value):
        return number(value)
    shown = score_text(value)
    return f"−{shown[1:]}" if shown.startswith("-") else shown


def end(value: float) -> str:
    """An end of an interval: three decimals in [0.01, 10] and for 0, else three digits."""
    plain = value == 0 or 0.01 <= abs(value) <= 10
    return f"{value:.3f}".replace("-", "−") if plain else number(value, 3)


def percent(share: float | None, digits: int = 1) -> str:
    """A share in [0, 1] as percent; `–` if it is unknown."""
    if share is None or not math.isfinite(share):
        return MISSING
    return f"{100 * share:.{digits}f}\u202f%"


def duration(seconds: float) -> str:
    """Seconds as `4.2 s`, `3 min 07 s` or `2 h 05 min`."""
    if not math.isfinite(seconds):
        return MISSING
    if seconds < 59.95:
        return f"{seconds:.1f}\u202fs"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}\u202fmin {rest:02d}\u202fs"
    return f"{minutes // 60}\u202fh {minutes % 60:02d}\u202fmin"


def plural(count: int, noun: str) -> str:
    """A count with its noun: `1 trial`, `2 trials`, `3 classes`."""
    return f"{number(count)} {nouns(count, noun)}"


def capitalise(text: str) -> str:
    """The text with its first letter in upper case; names of hyperparameters stay as they are."""
    first = text.split(" ", 1)[0]
    return text if "_" in first else text[:1].upper() + text[1:]


def shorten(text: str, length: int) -> str:
    """The text; if it is longer than `length`, its middle is left out."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"


def label(name: str) -> str:
    """A finding's name as words: `not converged`."""
    return name.replace("_", " ")
