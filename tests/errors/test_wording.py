"""Counts and lists in words."""

from __future__ import annotations

from tuneit.errors.wording import counted, figures, listing, p_text, score_text, signed_score


def test_nouns_agree_with_their_number() -> None:
    assert [counted(n, "trial") for n in (0, 1, 2)] == ["0 trials", "1 trial", "2 trials"]
    assert counted(3, "class") == "3 classes"


def test_lists_end_in_and() -> None:
    names = ["a", "b", "c"]
    assert [listing(names[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_large_numbers_are_written_in_full() -> None:
    numbers = [23530, 15_000.0, 9359.6, 0.0042991, 1.2e-6, -8.63e9]
    shown = ["23,530", "15,000", "9360", "0.0043", "1.2e-6", "-8,630,000,000"]
    assert [figures(value, 3) for value in numbers] == shown
    assert figures(23530, grouped=False) == "23530"


def test_scores_have_four_decimals_unless_these_say_nothing() -> None:
    shown = {0.0: "0.0000", 0.5: "0.5000", -1.25: "-1.2500", 4.3e-05: "4.3e-5", 23530.0: "23,530"}
    assert {value: score_text(value) for value in shown} == shown
    assert [score_text(float("nan")), score_text(float("inf"))] == ["nan", "inf"]
    assert [signed_score(0.25), signed_score(-2e-6), signed_score(0.0)] == [
        *("+0.2500", "-2e-6", "+0.0000")
    ]
    assert [p_text(0.047), p_text(1e-9)] == ["0.047", "<0.001"]
