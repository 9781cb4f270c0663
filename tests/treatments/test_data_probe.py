"""What twice the rows would bring, extrapolated from a quarter, half and all of them."""

from __future__ import annotations

import numpy as np
import pytest

from tuneit.treatments.arm import Arm, Run
from tuneit.treatments.data_probe import DataProbe, arms_of_probe, probe


def probed(quarter: float, half: float, whole: float, noise: float = 0.002) -> DataProbe:
    rng = np.random.default_rng(0)
    runs = [
        [Run("arm", pair, mean + noise * float(rng.normal()), 1.0) for pair in range(6)]
        for mean in (quarter, half, whole)
    ]
    return probe(runs, (100, 200, 400), sign=1.0, worth=0.005)


def test_a_power_law_goes_on() -> None:
    found = probed(0.60, 0.80, 0.90)
    assert (found.status, found.gain) == ("verified", pytest.approx(0.05, abs=0.01))
    assert found.interval is not None
    assert found.interval[0] < 0.05 < found.interval[1]
    assert found.to_dict()["pairs"] == 6


def test_a_curve_that_has_flattened_promises_nothing() -> None:
    found = probed(0.80, 0.90, 0.902)
    assert (found.status, found.gain) == ("not_shown", pytest.approx(0.0, abs=0.01))
    assert probed(0.9, 0.9, 0.9, noise=0.0).status == "not_shown"


def test_no_more_than_the_last_doubling_is_promised() -> None:
    found = probed(0.70, 0.72, 0.80)
    assert found.gain == pytest.approx(0.08, abs=0.01)


def test_a_curve_that_falls_and_rises_is_unknown() -> None:
    found = probed(0.80, 0.70, 0.90)
    assert (found.status, found.gain, found.interval) == ("unknown", None, None)


def test_few_pairs_are_unknown() -> None:
    runs = [[Run("arm", pair, 0.5, 1.0) for pair in range(n)] for n in (2, 5, 5)]
    assert probe(runs, (1, 2, 4), sign=1.0, worth=0.0).status == "unknown"


def test_parts_of_the_rows_are_trained_for_as_many_steps() -> None:
    parts = arms_of_probe(Arm("baseline", {"units": 8}), 10)
    assert [(arm.share, arm.params["epochs"]) for arm in parts] == [(0.25, 40), (0.5, 20)]
