"""How far validation rises: against its noise, which is that around a line."""

from __future__ import annotations

import numpy as np
import pytest

from tuneit.diagnosis.rise import _line


def test_the_line_is_that_of_least_squares() -> None:
    from scipy.stats import linregress

    values = np.random.default_rng(0).normal(size=9) + np.arange(9)
    slope, spread, scatter = _line(values)
    expected = linregress(np.arange(9), values)
    assert slope == pytest.approx(expected.slope)
    assert scatter / np.sqrt(spread) == pytest.approx(expected.stderr)
