"""Runs that were cut short, and runs that only look so: extrapolation, restarts, saturation."""

from __future__ import annotations

import numpy as np
import pytest
from curve_zoo import curve, falling, not_converged, shaken

from tuneit.curves import LearningCurve, Series
from tuneit.diagnosis import diagnose_curve
from tuneit.diagnosis.trend import measure_trend
from tuneit.diagnosis.view import Signal


def signal(values: Series) -> Signal:
    return Signal(values, np.arange(len(values), dtype=np.float64))


def test_a_loss_is_never_extrapolated_below_zero() -> None:
    # A straight line that would cross zero within the epochs asked for.
    straight = signal(np.linspace(1.0, 0.1, 20))
    trend = measure_trend(straight)
    for more in (5, 10, 100):
        assert 0 < trend.gain(more) < straight.tail
        assert trend.gain_interval(more)[1] <= straight.tail


def test_negative_costs_have_no_floor() -> None:
    assert measure_trend(signal(np.linspace(0.0, -2.0, 20))).gain(20) > 1.0


@pytest.mark.parametrize("tau", [10, 20, 40])
def test_the_interval_holds_what_came_next(tau: int) -> None:
    whole = falling(60, 2.0, 0.2, tau)
    trend = measure_trend(signal(shaken(whole[:40], 0.002, tau)))
    low, high = trend.gain_interval(20)
    assert low <= whole[39] - whole[-1] <= high
    assert low <= trend.gain(20) <= high


def test_a_power_law_goes_on_longer_than_an_exponential() -> None:
    epochs = np.arange(1, 91)
    power = 2 / np.sqrt(epochs)
    trend = measure_trend(signal(power[:60]))
    low, high = trend.gain_interval(30)
    assert low <= power[59] - power[89] <= high


def test_warm_restarts_are_judged_by_their_cycles() -> None:
    cycle = np.concatenate([falling(10, 1.0, 0.3, 3) for _ in range(4)])
    sawtooth = curve(shaken(cycle, 0.005, 1), shaken(cycle * 1.1, 0.005, 2))
    diagnosis = diagnose_curve(sawtooth)
    assert diagnosis.verdict == "healthy", str(diagnosis)


def test_a_saturated_metric_makes_a_falling_loss_harmless() -> None:
    sick = not_converged(30)
    for accuracy, verdict in ((0.985, "healthy"), (0.7, "not_converged")):
        shown = curve(
            sick["loss"], sick["val_loss"], accuracy=np.linspace(accuracy - 0.02, accuracy, 30),
            val_accuracy=np.linspace(accuracy - 0.02, accuracy, 30),
        )  # fmt: skip
        assert diagnose_curve(shown).verdict == verdict


def test_a_schedule_that_has_wound_down_ends_the_run() -> None:
    sick = not_converged(30)
    rates = np.linspace(1e-3, 1e-6, 30)
    assert diagnose_curve(curve(sick["loss"], sick["val_loss"], lr=rates)).verdict == "healthy"


def test_creeping_down_on_both_splits_is_slow_not_stuck() -> None:
    slow = np.linspace(2.47, 2.41, 12)
    accuracy = np.full(12, 0.1) + np.arange(12) / 5000
    both = curve(slow, slow + 0.01, accuracy=accuracy, val_accuracy=accuracy)
    diagnosis = diagnose_curve(both)
    assert diagnosis.verdict == "not_converged"
    assert diagnosis.finding("learning_rate_too_low") is not None
    assert diagnosis.recommendations[0].key == "raise_learning_rate"


def test_labels_learned_by_heart_are_no_learning() -> None:
    rng = np.random.default_rng(0)
    val = 2.32 + 0.003 * rng.standard_normal(12)
    by_heart = curve(
        np.linspace(2.31, 2.15, 12), val,
        accuracy=np.linspace(0.1, 0.2, 12), val_accuracy=0.1 + 0.01 * rng.standard_normal(12),
    )  # fmt: skip
    diagnosis = diagnose_curve(by_heart)
    assert diagnosis.verdict == "no_learning", str(diagnosis)
    assert diagnosis.recommendations[0].key == "check_labels"


def test_validation_every_fifth_epoch_is_counted_in_epochs() -> None:
    epochs = np.arange(100)
    loss = 2 * np.exp(-epochs / 12) + 0.02
    rising = 1.6 * np.exp(-epochs / 12) + 0.5 + np.clip(epochs - 30, 0, None) * 0.008
    found = diagnose_curve(LearningCurve.from_history({"loss": loss, "val_loss": rising[4::5]}))
    (overfitting,) = [f for f in found.findings if f.name == "overfitting"]
    assert overfitting.evidence["epochs_past_best"] == 100 - overfitting.evidence["best_epoch"]
    assert overfitting.epochs_used == 100
    line = 2 - 0.004 * epochs
    slow = diagnose_curve(LearningCurve.from_history({"loss": line, "val_loss": line[4::5] + 0.1}))
    (falling_yet,) = [f for f in slow.findings if f.name == "not_converged"]
    assert falling_yet.evidence["more_epochs"] == 50
    assert falling_yet.evidence["slope"] == pytest.approx(-0.004, rel=0.01)
    few = diagnose_curve(LearningCurve.from_history({"loss": line[:30], "val_loss": line[9:30:10]}))
    assert any("validation in 3 of 30 epochs" in f.summary for f in few.findings)
