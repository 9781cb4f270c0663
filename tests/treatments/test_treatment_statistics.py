"""The statistics of paired gains, beside brute force and known values."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuneit.treatments.statistics import (
    holm,
    least_gain,
    mean_interval,
    pairs_needed,
    sign_flip_p,
    status_of,
    status_of_smaller,
)

WHOLE = st.lists(st.integers(-20, 20), min_size=1, max_size=8)
SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=6)


def counted_p(gains: list[int]) -> float:
    """The same p-value by counting, in whole numbers."""
    seen = sum(gains)
    flips = [
        sum(g * s for g, s in zip(gains, signs, strict=True))
        for signs in product((1, -1), repeat=len(gains))
    ]
    return sum(total >= seen for total in flips) / len(flips)


@settings(max_examples=40, deadline=None)
@given(WHOLE)
def test_sign_flips_are_counted_exactly(gains: list[int]) -> None:
    assert sign_flip_p(gains) == pytest.approx(counted_p(gains))


def test_sign_flips_of_known_gains() -> None:
    assert sign_flip_p([0.1] * 5) == pytest.approx(1 / 32)
    assert sign_flip_p([0.4, 0.3, 0.2, 0.2, 0.3, -0.1]) == pytest.approx(2 / 64)
    assert sign_flip_p([0.0] * 6) == 1.0


def test_many_pairs_are_drawn_rather_than_counted() -> None:
    assert sign_flip_p([0.1] * 24) < 1e-4


@given(SHARES)
def test_holm_rejects_what_its_step_down_procedure_rejects(p_values: list[float]) -> None:
    corrected = holm(p_values)
    order = np.argsort(p_values, kind="stable")
    rejecting = True
    for rank, index in enumerate(order):
        rejecting = rejecting and p_values[index] * (len(p_values) - rank) <= 0.05
        assert (corrected[index] <= 0.05) == rejecting
    assert all(0 <= p <= c <= 1 for p, c in zip(p_values, corrected, strict=True))


def test_holm_of_known_values() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-10, 10), min_size=2, max_size=8))
def test_the_interval_lies_within_the_gains(gains: list[float]) -> None:
    low, high = mean_interval(gains)
    assert min(gains) - 1e-9 <= low <= high <= max(gains) + 1e-9


def test_the_interval_covers_the_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    samples = rng.normal(0.3, 1.0, (120, 12))
    covered = sum(low <= 0.3 <= high for low, high in map(mean_interval, samples))
    # BCa is somewhat narrow for so few values: 95 % become about 90 %.
    assert covered / len(samples) > 0.85


def test_gains_that_are_alike_have_an_interval_without_width() -> None:
    assert mean_interval([0.25] * 5) == (0.25, 0.25)


@pytest.mark.parametrize(("treatments", "pairs"), [(1, 5), (2, 6), (3, 6), (5, 7), (10, 8)])
def test_pairs_needed(treatments: int, pairs: int) -> None:
    assert pairs_needed(treatments) == pairs


@pytest.mark.parametrize(
    ("gains", "p", "interval", "worth", "status"),
    [
        ([0.02] * 6, 0.03, (0.01, 0.03), 0.005, "verified"),
        ([0.02] * 6, 0.06, (0.01, 0.03), 0.005, "not_shown"),
        ([0.001] * 6, 0.03, (0.0005, 0.002), 0.005, "not_shown"),
        ([-0.02] * 6, 1.0, (-0.03, -0.01), 0.005, "harmful"),
        ([-0.02] * 6, 1.0, (-0.03, 0.01), 0.005, "not_shown"),
        ([0.02] * 4, 0.01, (0.01, 0.03), 0.005, "not_shown"),
        ([0.0] * 6, 0.0, (0.0, 0.0), 0.0, "not_shown"),
    ],
)
def test_status(
    gains: list[float], p: float, interval: tuple[float, float], worth: float, status: str
) -> None:
    assert status_of(gains, p, interval, worth) == status


@pytest.mark.parametrize(
    ("pairs", "p", "interval", "margin", "status"),
    [
        (6, 0.03, (-0.004, -0.001), 0.005, "verified"),
        (6, 0.03, (-0.006, 0.002), 0.005, "not_shown"),
        (6, 0.06, (-0.004, 0.002), 0.005, "not_shown"),
        (4, 0.03, (-0.004, 0.002), 0.005, "not_shown"),
        (6, 1.0, (-0.03, -0.01), 0.005, "harmful"),
        (6, 0.03, (0.01, 0.02), 0.0, "verified"),
    ],
)
def test_a_smaller_model_is_verified_where_a_loss_is_ruled_out(
    pairs: int, p: float, interval: tuple[float, float], margin: float, status: str
) -> None:
    assert status_of_smaller([sum(interval) / 2] * pairs, p, interval, margin) == status


def test_the_least_gain_is_a_share_of_what_the_model_has_learnt() -> None:
    assert least_gain(0.5, 0.9) == pytest.approx(0.004)
    assert least_gain(None, 0.9) == 0.0
