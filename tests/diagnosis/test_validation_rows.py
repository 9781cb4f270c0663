"""What the curves and the reference together show: rows, swings of the model, missed aims."""

from __future__ import annotations

import numpy as np
import pytest

from tuneit.curves import LearningCurve
from tuneit.diagnosis import diagnose_curve
from tuneit.diagnosis.rows import validation_rows
from tuneit.diagnosis.view import view_of
from tuneit.findings import Reference


def curve(**series: np.ndarray) -> LearningCurve:
    return LearningCurve.from_history({name: list(values) for name, values in series.items()})


def falling(n: int, first: float, last: float, pace: float) -> np.ndarray:
    return last + (first - last) * np.exp(-np.arange(n) / pace)


@pytest.mark.parametrize("rows", [16, 88, 400, 1500])
@pytest.mark.parametrize("digits", [4, 7])
def test_an_accuracy_shows_its_rows(rows: int, digits: int) -> None:
    counts = np.random.default_rng(rows).integers(rows // 2, rows, 25)
    shown = validation_rows(view_of(curve(val_accuracy=np.round(counts / rows, digits))))
    # Beyond what four digits can tell, nothing is said rather than something wrong.
    assert shown == rows or (digits == 4 and rows == 1500 and shown is None)


def test_an_accuracy_of_no_rows_shows_none() -> None:
    values = np.random.default_rng(0).uniform(0.5, 0.9, 25)
    assert validation_rows(view_of(curve(val_accuracy=values))) is None
    assert validation_rows(view_of(curve(val_accuracy=values[:3]))) is None
    assert validation_rows(view_of(curve(val_accuracy=values), Reference(n_validation=50))) == 50


def swinging(seed: int = 1) -> LearningCurve:
    rng = np.random.default_rng(seed)
    loss = falling(24, 1.0, 0.4, 4) * (1 + 0.04 * rng.standard_normal(24))
    held = falling(24, 1.0, 0.45, 4) * (1 + 0.25 * rng.choice([-1, 1], 24))
    return curve(loss=loss, val_loss=held)


def test_swings_beyond_what_the_rows_explain_are_the_models() -> None:
    assert diagnose_curve(swinging(), Reference(n_validation=1000)).verdict == "unstable"
    assert diagnose_curve(swinging(), Reference(n_validation=20)).verdict == "noisy_validation"


@pytest.mark.parametrize("rows", [None, 50, 5000])
def test_validation_that_swings_beside_smooth_training_is_noisy(rows: int | None) -> None:
    smooth = curve(loss=falling(24, 1.0, 0.4, 4), val_loss=swinging()["val_loss"])
    assert diagnose_curve(smooth, Reference(n_validation=rows)).verdict == "noisy_validation"


def test_a_bend_in_few_epochs_is_no_swing() -> None:
    steep = falling(7, 2.0, 0.05, 1.2)
    assert diagnose_curve(curve(loss=steep, val_loss=1.1 * steep)).verdict == "healthy"


def test_a_missed_target_asks_for_convergence_first() -> None:
    still = falling(12, 1.0, 0.40, 5)
    log = curve(loss=still, val_loss=still + 0.01, mae=still, val_mae=still + 0.01)
    asked = Reference(metric="mae", target=0.1, baseline=1.0, n_validation=400)
    assert diagnose_curve(log, asked).verdict == "not_converged"
    done = falling(40, 1.0, 0.40, 3)
    log = curve(loss=done, val_loss=done + 0.01, mae=done, val_mae=done + 0.01)
    assert diagnose_curve(log, asked).verdict == "underfitting"


def test_penalties_alone_are_no_learning() -> None:
    rng = np.random.default_rng(2)
    accuracy = 0.5 + 0.01 * rng.standard_normal((2, 20))
    loss = falling(20, 9.0, 0.70, 2)
    log = curve(loss=loss, val_loss=loss, accuracy=accuracy[0], val_accuracy=accuracy[1])
    asked = Reference(metric="accuracy", target=0.95, baseline=0.5, n_validation=400)
    assert diagnose_curve(log, asked).verdict == "no_learning"


def test_a_wide_gap_of_the_accuracy_alone_is_overfitting() -> None:
    train = 1 - falling(30, 0.6, 0.005, 5)
    held = 1 - falling(30, 0.6, 0.35, 3)
    assert diagnose_curve(curve(accuracy=train, val_accuracy=held)).verdict == "overfitting"
    narrow = 1 - falling(30, 0.6, 0.10, 3)
    assert diagnose_curve(curve(accuracy=train - 0.05, val_accuracy=narrow)).verdict == "healthy"


def test_validation_that_never_took_part_leaves_a_doubt() -> None:
    train = falling(30, 0.7, 0.02, 5)
    held = 0.69 + 0.05 * np.arange(30)
    diagnosis = diagnose_curve(curve(loss=train, val_loss=held))
    assert diagnosis.verdict == "overfitting"
    assert diagnosis.confidence < 0.7
    assert diagnosis.finding("unrepresentative_validation") is not None


def test_of_a_hard_problem_a_loss_near_guessing_is_no_failure() -> None:
    rng = np.random.default_rng(3)
    train = falling(20, 0.70, 0.66, 4)
    accuracy = 0.59 - falling(20, 0.09, 0.0, 3) + 0.002 * rng.standard_normal((2, 20))
    log = curve(
        loss=train, val_loss=0.69 + 0 * train, accuracy=accuracy[0], val_accuracy=accuracy[1] - 0.02
    )
    hard = Reference(metric="accuracy", target=0.58, baseline=0.51, baseline_loss=0.693)
    assert diagnose_curve(log, hard).verdict == "healthy"
    assert diagnose_curve(log, Reference(baseline_loss=0.693)).verdict == "no_learning"


def weighted(n: int = 20) -> LearningCurve:
    """Balanced class weights, 5 % positives: the weighted training loss and the plain one."""
    rng = np.random.default_rng(0)
    shaken = 1 + 0.01 * rng.standard_normal(n)
    loss, held = falling(n, 0.69, 0.48, 4) * shaken, falling(n, 0.66, 0.50, 4) * shaken
    return curve(loss=loss, val_loss=held, accuracy=0.6 + 0.2 * shaken, val_accuracy=0.8 * shaken)


def test_a_weighted_training_is_held_against_a_weighted_guess() -> None:
    guess = {"metric": "accuracy", "baseline": 0.95, "target": 0.97, "n_classes": 2}
    plain = Reference(**guess, baseline_loss=0.2)
    own = Reference(**guess, baseline_loss=0.693, baseline_train_loss=0.693)
    assert diagnose_curve(weighted(), plain).verdict == "no_learning"
    found = diagnose_curve(weighted(), own)
    assert found.finding("no_learning") is None
    still = curve(loss=np.full(20, 0.694), val_loss=np.full(20, 0.695))
    assert diagnose_curve(still, own).verdict == "no_learning"


def test_a_baseline_of_another_metric_is_no_accuracy() -> None:
    rng = np.random.default_rng(1)
    loss = falling(30, 0.41, 0.33, 6)
    held = 0.42 + 0.003 * rng.standard_normal(30)
    log = curve(loss=loss, val_loss=held, val_accuracy=0.5 + 0.01 * rng.standard_normal(30))
    by_loss = Reference(metric="loss", baseline=0.4, baseline_loss=0.4, n_classes=2)
    by_accuracy = Reference(metric="accuracy", baseline=0.55, baseline_loss=0.4, n_classes=2)
    one, other = (diagnose_curve(log, r).finding("no_learning") for r in (by_loss, by_accuracy))
    assert one is not None
    assert other is not None
    assert one.confidence == pytest.approx(other.confidence, abs=0.05)


def test_dropout_keeps_training_at_chance_while_validation_learns() -> None:
    rng = np.random.default_rng(2)
    loss = 0.69 + 0.004 * rng.standard_normal(15)
    held = falling(15, 0.69, 0.55, 5)
    known = Reference(baseline_loss=0.693, baseline_train_loss=0.693)
    assert diagnose_curve(curve(loss=loss, val_loss=held), known).finding("no_learning") is None


@pytest.mark.parametrize("accuracy", [0.0, 0.0004, 0.3])
def test_an_accuracy_beside_real_targets_is_no_sign_of_an_explosion(accuracy: float) -> None:
    rng = np.random.default_rng(3)
    flat = 6e5 * (1 + 1e-4 * rng.standard_normal(20))
    hits = np.full(20, accuracy)
    log = curve(loss=flat, val_loss=1.1 * flat, accuracy=hits, val_accuracy=hits)
    assert diagnose_curve(log).verdict == "no_learning"
    known = Reference(metric="loss", baseline=6e5, baseline_loss=6e5, baseline_train_loss=6e5)
    assert diagnose_curve(log, known).verdict == "no_learning"
    falls = curve(loss=falling(20, 6e5, 2e4, 4), accuracy=np.minimum(hits, 9e-4))
    assert diagnose_curve(falls).finding("diverged") is None


def test_a_loss_of_classes_that_is_out_of_proportion_has_exploded() -> None:
    rng = np.random.default_rng(4)
    loss = 4e4 * np.exp(0.3 * rng.standard_normal(20))
    log = curve(loss=loss, val_loss=loss, accuracy=0.1 + 0.01 * rng.standard_normal(20))
    found = diagnose_curve(log).finding("diverged")
    assert found is not None
    assert "exploded" in found.summary
