"""Counts and lists in words."""

from __future__ import annotations

from tuneit.errors.wording import counted, listing


def test_nouns_agree_with_their_number() -> None:
    assert [counted(n, "trial") for n in (0, 1, 2)] == ["0 trials", "1 trial", "2 trials"]
    assert counted(3, "class") == "3 classes"


def test_lists_end_in_and() -> None:
    names = ["a", "b", "c"]
    assert [listing(names[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
