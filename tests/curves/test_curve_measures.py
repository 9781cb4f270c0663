"""Measures on curves: noise that ignores trend, smoothing that ignores spikes, the gap."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tuneit.curves import gap, noise, smooth


@pytest.mark.parametrize("n", [10, 30, 200])
def test_noise_is_the_standard_deviation_around_a_trend(n: int) -> None:
    rng = np.random.default_rng(0)
    trend = 5 - 0.1 * np.arange(n)
    seen = [noise(trend + 0.3 * rng.standard_normal(n)) for _ in range(200)]
    assert np.mean(seen) == pytest.approx(0.3, rel=0.15)


def test_noise_leaves_out_jumps_and_missing_values() -> None:
    rng = np.random.default_rng(1)
    values = 0.1 * rng.standard_normal(60)
    values[20:] += 50
    values[40] = math.nan
    assert noise(values) == pytest.approx(0.1, rel=0.4)
    assert noise(np.array([1.0, math.nan, 2.0])) == 0.0
    assert noise(np.arange(9.0)) == pytest.approx(0.0, abs=1e-12)


def test_smoothing_drops_spikes_and_keeps_length() -> None:
    values = np.ones(50)
    values[10] = 100.0
    np.testing.assert_allclose(smooth(values), 1.0)
    assert len(smooth(np.arange(200.0))) == 200
    np.testing.assert_allclose(smooth(np.arange(200.0))[5:-5], np.arange(200.0)[5:-5])
    np.testing.assert_array_equal(smooth(np.array([3.0, 1.0, 2.0])), [3.0, 1.0, 2.0])


def test_the_gap_is_that_of_the_last_epochs() -> None:
    train, validation = np.zeros(40), np.linspace(0, 1, 40)
    assert gap(train, validation) == pytest.approx(validation[-4:].mean())
    assert gap(train, np.where(np.arange(40) < 20, 0.5, math.nan)) == pytest.approx(0.5)
    assert math.isnan(gap(train, np.full(40, math.nan)))
