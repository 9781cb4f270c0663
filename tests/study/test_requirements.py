"""Requirements: what their sentences may say, and when they hold."""

from __future__ import annotations

import pytest
from builders import a_study

from tuneit.study.requirements import Requirement


@pytest.mark.parametrize(
    ("text", "measured", "holds"),
    [
        ("test.f1 >= 0.9", 0.9, True),
        ("test.f1>0.9", 0.9, False),
        ("val_loss < 1e-3", 0.0005, True),
        ("score <= -2", -1.0, False),
        ("failed == 0", 0.0, True),
        ("trials != 3", 3.0, False),
        ("verdict != overfitting", "healthy", True),
        ("verdict == healthy", "too_short", False),
        ("finding != leakage", {"leakage", "plateau"}, False),
        ("finding == plateau", {"plateau"}, True),
    ],
)
def test_a_sentence_is_read_and_compared(text: str, measured: object, holds: bool) -> None:
    read = Requirement.parse(text)
    assert read.holds(measured) is holds
    assert Requirement.parse(str(read)) == read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("test.f1", "compares a name with a value"),
        ("test.f1 => 0.9", "compares a name with a value"),
        ("test.f1 >= high", "compared with a number, not with 'high'"),
        ("verdict != overfiting", "no verdict 'overfiting' - did you mean 'overfitting'"),
        ("verdict >= healthy", "compared by == or !="),
        ("finding != leekage", "did you mean 'leakage'"),
    ],
)
def test_a_sentence_that_makes_no_sense_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Requirement.parse(text)
    with pytest.raises(ValueError, match=said):
        a_study(checks=[text])


def test_what_must_not_be_found_is_a_verdict_or_a_finding() -> None:
    assert str(Requirement.not_found("overfitting")) == "verdict != overfitting"
    assert str(Requirement.not_found("duplicate_rows")) == "finding != duplicate_rows"
    with pytest.raises(ValueError, match="did you mean 'overfitting'"):
        Requirement.not_found("overfiting")
