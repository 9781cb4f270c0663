from __future__ import annotations

import numpy as np
import pytest

from tuneit.report import words


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (True, "True"),
        ("adam", "adam"),
        (1077, "1077"),
        (12345, "12,345"),
        (23530.4, "23,530"),
        (-2.5e6, "−2,500,000"),
        (1234.5, "1234"),
        (1e20, "1e20"),
        (np.float32(0.25), "0.25"),
        (np.int64(23530), "23,530"),
        (-0.5, "−0.5"),
        (0.00314159, "0.003142"),
        (1e-4, "0.0001"),
    ],
)
def test_number(value: object, expected: str) -> None:
    assert words.number(value) == expected


def test_score() -> None:
    assert words.score(0.98) == "0.9800"
    assert words.score(54321.9) == "54,322"
    assert words.score(0.0000123) == "1.23e-5"
    assert words.score(-0.25) == "−0.2500"
    assert words.score(None) == "–"


def test_duration() -> None:
    assert words.duration(4.21) == "4.2\u202fs"
    assert words.duration(59.97) == "1\u202fmin 00\u202fs"
    assert words.duration(187) == "3\u202fmin 07\u202fs"
    assert words.duration(7500) == "2\u202fh 05\u202fmin"


def test_plural_and_shorten() -> None:
    assert words.plural(1, "trial") == "1 trial"
    assert words.plural(3, "class") == "3 classes"
    assert words.shorten("abcdefghij", 5) == "ab…ij"
    assert words.shorten("abc", 5) == "abc"
    assert words.capitalise("raise it") == "Raise it"
    assert words.capitalise("learning_rate up") == "learning_rate up"
