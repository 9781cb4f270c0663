"""A network beside a reference model: better only beyond the noise of both scores."""

from __future__ import annotations

import pytest

from tuneit.diagnosis.comparison import Comparison


@pytest.mark.parametrize(
    ("reference", "better", "said"),
    [
        (0.10, True, "boosting reaches accuracy 90.0 %, the network only 80.0 %"),
        (0.17, False, "boosting reaches accuracy 83.0 %, the network 80.0 %: within noise"),
        (0.23, False, "boosting reaches accuracy 77.0 %, the network 80.0 %: within noise"),
        (0.40, False, "the network reaches accuracy 80.0 %, boosting only 60.0 %"),
    ],
)
def test_differences_within_noise_are_none(reference: float, better: bool, said: str) -> None:
    found = Comparison("boosting", "accuracy", 0.2, 0.02, reference, 0.02, trivial=0.5)
    assert found.is_better == better
    assert str(found).startswith(f"{said}; boosting is ahead by ")


def test_the_interval_of_the_difference_is_told() -> None:
    found = Comparison("boosting", "accuracy", 0.2, 0.02, 0.1, 0.02, trivial=0.5)
    assert found.interval == pytest.approx((0.0446, 0.1554), abs=1e-4)
    assert "ahead by 4.5 to 15.5 points (95 %, at most: as if on different rows)" in str(found)


def test_a_network_is_weak_if_it_is_no_better_than_a_linear_model() -> None:
    costs = ("boosting", "accuracy", 0.2, 0.02, 0.1, 0.02, 0.5)
    assert Comparison(*costs, linear=0.19).is_weak
    assert not Comparison(*costs, linear=0.1).is_weak
    assert not Comparison(*costs).is_weak
