"""How a number over a threshold becomes a confidence."""

from __future__ import annotations

import math

import pytest

from tuneit.diagnosis.check import Limit, RatioLimit

AT_ONE_WIDTH = 1 / (1 + math.exp(-1))


def test_a_confidence_is_one_half_at_the_threshold_and_three_quarters_a_width_beyond() -> None:
    limit = Limit(3.0, 0.7)
    assert limit.above(3.0) == limit.below(3.0) == 0.5
    assert limit.above(3.7) == pytest.approx(AT_ONE_WIDTH)
    assert limit.below(2.3) == pytest.approx(AT_ONE_WIDTH)
    assert limit.above(1e9) == 1 - limit.below(1e9) == 1.0


def test_a_ratio_has_its_width_as_a_factor() -> None:
    limit = RatioLimit(0.1, 1.25)
    assert limit.above(0.1) == limit.below(0.1) == 0.5
    assert limit.above(0.125) == pytest.approx(AT_ONE_WIDTH)
    assert limit.below(0.08) == pytest.approx(AT_ONE_WIDTH)
    assert limit.above(0.0) == limit.above(-1.0) == 0.0


def test_a_moved_limit_keeps_its_width() -> None:
    assert Limit(3.0, 0.7).moved(2.0) == Limit(2.0, 0.7)
    assert RatioLimit(0.1, 1.25).moved(0.2).above(0.25) == pytest.approx(AT_ONE_WIDTH)


@pytest.mark.parametrize("limit", [Limit(1.0, 0.5), RatioLimit(1.0, 1.2)])
def test_what_is_no_number_is_not_above(limit: Limit | RatioLimit) -> None:
    assert limit.above(math.nan) == 0.0
