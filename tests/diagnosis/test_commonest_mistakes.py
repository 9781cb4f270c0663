"""Kinds of logs that were once judged wrongly, each with its right verdict."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from curve_zoo import EPOCHS, after, falling, history, shaken

from tuneit.curves import LearningCurve, Series
from tuneit.diagnosis import diagnose_curve
from tuneit.findings import Reference

Made = Callable[[int], dict[str, Series]]


def learned(seed: int, epochs: int = EPOCHS) -> dict[str, Series]:
    return history(seed, (0.05, 0.09), (0.15, 0.32), epochs=epochs)


def validation_swings_alone(seed: int) -> dict[str, Series]:
    made = learned(seed)
    rng = np.random.default_rng(seed + 5)
    made["val_loss"] = made["val_loss"] * np.exp(rng.normal(0, 0.3, EPOCHS))
    return made


def swings_after_its_best_epoch(seed: int) -> dict[str, Series]:
    made = history(seed, (0.05, 0.06), (0.15, 0.18), tau=4)
    rng = np.random.default_rng(seed + 5)
    worse = np.abs(rng.normal(0, 0.9, EPOCHS - 28)) * (np.arange(28, EPOCHS) % 3 > 0)
    made["val_loss"][28:] *= 1.02 + worse
    return made


def swings_and_rises(seed: int) -> dict[str, Series]:
    made = history(seed, (0.01, 0.15), (0.02, 0.45))
    rng = np.random.default_rng(seed + 5)
    risen = made["val_loss"] + after(12, EPOCHS, 0.03)
    made["val_loss"] = risen * np.exp(rng.normal(0, 0.12, EPOCHS))
    return made


def cut_short_exponential(seed: int) -> dict[str, Series]:
    return history(seed, (0.1, 0.12), (0.25, 0.3), epochs=6 + seed % 7, tau=7, noise=0.008)


def cut_short_power(seed: int) -> dict[str, Series]:
    t = np.arange(1, 9 + seed % 4)
    loss, val = 1.6 * t**-0.45 + 0.05, 1.5 * t**-0.4 + 0.1
    return {"loss": shaken(loss, 0.003, seed), "val_loss": shaken(val, 0.005, seed + 1)}


def rises_after_a_near_perfect_start(seed: int) -> dict[str, Series]:
    t = np.arange(12)
    val = 0.085 - 0.01 * (1 - np.exp(-t)) + after(2, 12, 0.012)
    right = {"accuracy": 1 - falling(12, 0.035, 0.0, 2.5), "val_accuracy": 0.974 + 0 * t}
    loss = shaken(falling(12, 0.1, 0.002, 2.5), 0.02, seed)
    return {"loss": loss, "val_loss": shaken(val, 0.015, seed + 1), **right}


def rises_in_a_bend(seed: int) -> dict[str, Series]:
    t = np.arange(15) / 15
    val = 0.6 + 1.2 * np.exp(-12 * t) + 0.5 * t**2
    return {
        "loss": shaken(falling(15, 1.5, 0.02, 3), 0.02, seed),
        "val_loss": shaken(val, 0.012, 9),
    }


def spikes_of_one_kind(seed: int) -> dict[str, Series]:
    made = history(seed, (0.02, 0.03), (0.06, 0.08))
    for epoch in (20 + seed, EPOCHS - 1):
        made["val_loss"][epoch] *= 1.6
    return made


def comes_back_up(seed: int) -> dict[str, Series]:
    up = np.exp(after(30, EPOCHS, np.log(9) / (EPOCHS - 31)))
    made = history(seed, (0.03, 0.05), (0.05, 0.12))
    made["loss"], made["val_loss"] = made["loss"] * up, made["val_loss"] * up
    return {name: made[name] for name in ("loss", "val_loss")}


def dropout_hides_learning(seed: int) -> dict[str, Series]:
    return history(seed, (0.72, 0.10), (2.2, 0.6), start=2.4)


def number_metric_stands_still(seed: int) -> dict[str, Series]:
    loss = shaken(falling(20, 30.0, 25.0, 3), 0.001, seed)
    still = {"mae": np.full(20, 4.1234), "val_mae": np.full(20, 4.2341)}
    return {"loss": loss, "val_loss": loss * 1.02, **still}


def accuracy_stands_still(seed: int) -> dict[str, Series]:
    made = history(seed, (0.5, 0.5), (0.1, 0.12))
    return made | {"accuracy": np.full(EPOCHS, 0.8325), "val_accuracy": np.full(EPOCHS, 0.8275)}


CASES: list[tuple[Made, set[str], Reference]] = [
    (validation_swings_alone, {"noisy_validation"}, Reference()),
    (validation_swings_alone, {"noisy_validation"}, Reference(n_validation=5000)),
    (swings_after_its_best_epoch, {"healthy", "overfitting"}, Reference()),
    (swings_and_rises, {"overfitting"}, Reference()),
    (cut_short_exponential, {"not_converged"}, Reference()),
    (cut_short_power, {"not_converged"}, Reference()),
    (rises_after_a_near_perfect_start, {"overfitting"}, Reference()),
    (rises_in_a_bend, {"overfitting"}, Reference()),
    (spikes_of_one_kind, {"healthy"}, Reference()),
    (comes_back_up, {"diverged"}, Reference()),
    (dropout_hides_learning, {"healthy"}, Reference(n_classes=10, n_validation=500)),
    (dropout_hides_learning, {"healthy"}, Reference()),
    (number_metric_stands_still, {"no_learning"}, Reference()),
    (accuracy_stands_still, {"no_learning"}, Reference()),
]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("made", "verdicts", "reference"),
    CASES,
    ids=[f"{i} {c[0].__name__}" for i, c in enumerate(CASES)],
)
def test_it_is_judged_right(
    made: Made, verdicts: set[str], reference: Reference, seed: int
) -> None:
    series = {name: list(values) for name, values in made(seed).items()}
    diagnosis = diagnose_curve(LearningCurve.from_history(series), reference)
    assert diagnosis.verdict in verdicts, str(diagnosis)
