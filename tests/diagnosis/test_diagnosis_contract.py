"""One contract for every check: silent on healthy runs, loud on its own, silent when too short."""

from __future__ import annotations

import math

import numpy as np
import pytest
from curve_zoo import HEALTHY, SICK, curve, falling, healthy, nan_at_the_end, overfitting
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tuneit.curves import LearningCurve
from tuneit.diagnosis import diagnose_curve
from tuneit.diagnosis.checks import CHECKS
from tuneit.diagnosis.view import view_of
from tuneit.findings import Diagnosis, Reference, Severity

LENGTHS = (12, 30, 80, 300)
NOISY = ("unstable", "noisy_validation")


def warnings_of(diagnosis: Diagnosis) -> list[str]:
    return [f.name for f in diagnosis.findings if f.severity is not Severity.INFO]


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("name", HEALTHY)
@pytest.mark.parametrize("seed", range(3))
def test_healthy_runs_raise_no_warning(name: str, n: int, seed: int) -> None:
    diagnosis = diagnose_curve(HEALTHY[name](n, 10 * seed))
    assert diagnosis.verdict == "healthy"
    assert not warnings_of(diagnosis)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("name", SICK)
@pytest.mark.parametrize("seed", range(3))
def test_each_fault_is_found_on_its_own_sick_curve(name: str, n: int, seed: int) -> None:
    # A dozen epochs do not tell noise from trend.
    diagnosis = diagnose_curve(SICK[name](max(n, 25) if name in NOISY else n, 10 * seed))
    assert diagnosis.verdict == name, str(diagnosis)
    found = diagnosis.finding(name)
    assert found is not None
    assert 0.5 <= found.confidence <= 1
    assert found.summary
    assert found.evidence
    assert found.epochs_used > 0
    assert diagnosis.recommendations


@pytest.mark.parametrize("name", {**SICK, **HEALTHY})
@pytest.mark.parametrize("n", [1, 2])
def test_too_short_runs_get_no_other_verdict(name: str, n: int) -> None:
    sick = ({**SICK, **HEALTHY}[name])(30, 0).head(n)
    diagnosis = diagnose_curve(sick)
    assert diagnosis.verdict == "too_short"
    assert not warnings_of(diagnosis)


@pytest.mark.parametrize("check", CHECKS)
def test_no_check_minds_an_empty_curve(check: str) -> None:
    empty = LearningCurve.from_history({"loss": [], "val_loss": []})
    found = list(CHECKS[check](view_of(empty)))
    assert [f.name for f in found] in ([], ["too_short"])


def test_nan_is_divergence_from_its_first_epoch() -> None:
    diagnosis = diagnose_curve(nan_at_the_end(20))
    assert diagnosis.verdict == "diverged"
    assert diagnosis.findings[0].onset_epoch == 19
    assert diagnosis.findings[0].severity is Severity.CRITICAL


def test_nan_from_the_start_and_infinity_are_divergence() -> None:
    for values in ([math.nan] * 6, [1.0, 2.0, math.inf, math.inf]):
        assert diagnose_curve(curve(np.array(values))).verdict == "diverged"


def test_validation_that_never_moves_does_not_measure_the_model() -> None:
    still = curve(falling(20, 2.3, 0.3, 4), np.full(20, 0.693))
    assert diagnose_curve(still).verdict == "unrepresentative_validation"


def test_validation_worse_than_the_first_training_epoch_is_other_data() -> None:
    train = falling(25, 0.6, 0.15, 4)
    rising = 1.0 + 0.3 * (1 - np.exp(-np.arange(25) / 4))
    diagnosis = diagnose_curve(curve(train, rising))
    assert diagnosis.verdict == "unrepresentative_validation"
    overfitted = diagnosis.finding("overfitting")
    assert overfitted is None or overfitted.severity is Severity.INFO
    few = diagnose_curve(curve(train, rising), Reference(n_validation=10))
    assert few.verdict != "unrepresentative_validation"


def test_a_loss_out_of_all_proportion_has_diverged() -> None:
    huge = falling(12, 5e20, 1e20, 8)
    accuracy = np.full(12, 0.5) + np.arange(12) / 1000
    diagnosis = diagnose_curve(curve(huge, huge, accuracy=accuracy, val_accuracy=accuracy))
    assert diagnosis.verdict == "diverged"


def test_a_metric_frozen_at_chance_outweighs_a_falling_loss() -> None:
    loss, still = falling(20, 0.7, 0.2, 6), np.full(20, 0.525)
    wired_wrong = curve(loss, loss * 1.05, accuracy=still, val_accuracy=still)
    assert diagnose_curve(wired_wrong).verdict == "no_learning"


def test_what_a_verdict_explains_is_no_warning_of_its_own() -> None:
    sick = SICK["not_converged"](30, 0)
    poor = np.linspace(0.2, 0.5, 30)
    shown = curve(sick["loss"], sick["val_loss"], accuracy=poor, val_accuracy=poor)
    diagnosis = diagnose_curve(shown, Reference(metric="accuracy", target=0.95, baseline=0.1))
    assert diagnosis.verdict == "not_converged"
    assert warnings_of(diagnosis) in (["not_converged"], ["not_converged", "learning_rate_too_low"])


def test_a_rise_on_a_dozen_rows_is_no_overfitting() -> None:
    val = falling(30, 1.0, 0.5, 2) + 0.0025 * np.maximum(0, np.arange(30) - 10)
    shown = curve(falling(30, 1.0, 0.1, 5), val)
    assert diagnose_curve(shown, Reference(n_validation=2000)).verdict == "overfitting"
    assert diagnose_curve(shown, Reference(n_validation=12)).verdict != "overfitting"


def test_few_epochs_make_modest_claims() -> None:
    rising = 0.35 + 0.06 * np.arange(10)
    for n, most in ((3, 0.8), (5, 0.92), (10, 0.98)):
        found = diagnose_curve(curve(falling(n, 0.6, 0.02, 2), rising[:n]))
        assert found.verdict == "overfitting"
        assert found.confidence <= most


def test_missing_validation_cells_are_not_divergence() -> None:
    val = falling(30, 2.3, 0.4, 4)
    val[::2] = math.nan
    assert diagnose_curve(curve(falling(30, 2.3, 0.3, 4), val)).verdict == "healthy"


def test_onset_is_the_best_epoch() -> None:
    found = diagnose_curve(overfitting(60)).findings[0]
    assert found.onset_epoch == pytest.approx(20, abs=8)


def test_without_validation_overfitting_is_not_claimed() -> None:
    diagnosis = diagnose_curve(curve(overfitting(40)["loss"]))
    assert diagnosis.finding("overfitting") is None
    assert diagnosis.findings[0].name == "not_validated"
    assert diagnosis.confidence < 0.6
    assert diagnosis.finding("uncertain") is None


def test_metric_alone_shows_overfitting() -> None:
    n = 40
    train = 1 - falling(n, 0.9, 0.02, 8)
    val = 1 - (falling(n, 0.9, 0.3, 4) + 0.15 * np.maximum(0, np.arange(n) - 15) / n)
    shown = LearningCurve.from_history({"accuracy": list(train), "val_accuracy": list(val)})
    assert diagnose_curve(shown).verdict == "overfitting"


def test_rising_loss_with_a_steady_metric_is_explained() -> None:
    sick = overfitting(40)
    accuracy = 1 - falling(40, 0.9, 0.3, 5)
    with_metric = curve(sick["loss"], sick["val_loss"], accuracy=accuracy, val_accuracy=accuracy)
    diagnosis = diagnose_curve(with_metric)
    assert diagnosis.verdict == "overfitting"
    assert diagnosis.finding("calibration_loss") is not None


def test_negative_losses_are_judged_by_their_fall() -> None:
    sick = overfitting(40)
    moved = curve(sick["loss"] - 5, sick["val_loss"] - 5)
    assert diagnose_curve(moved).verdict == "overfitting"
    assert diagnose_curve(curve(*(healthy(40)[n] - 5 for n in ("loss", "val_loss")))).verdict == (
        "healthy"
    )


# ------------------------------------------------------------------ reference


def test_underfitting_needs_a_reference() -> None:
    flat = curve(
        falling(40, 1.2, 0.9, 4),
        falling(40, 1.2, 0.95, 4),
        accuracy=1 - falling(40, 0.8, 0.4, 4),
        val_accuracy=1 - falling(40, 0.8, 0.41, 4),
    )
    assert diagnose_curve(flat).verdict == "healthy"
    for reference in (
        Reference(metric="accuracy", target=0.95, baseline=0.3),
        Reference(metric="val_accuracy", human_error=0.02),
        Reference(metric="accuracy", target=95.0),
    ):
        diagnosis = diagnose_curve(flat, reference)
        assert diagnosis.verdict == "underfitting", reference
        assert diagnosis.recommendations[0].key == "more_capacity"


def test_a_steep_start_has_not_reached_its_target() -> None:
    steep = {
        "loss": [1.8, 0.85, 0.51],
        "accuracy": [0.44, 0.76, 0.87],
        "val_loss": [1.0, 0.42, 0.31],
        "val_accuracy": [0.855, 0.930, 0.933],
    }
    reference = Reference(metric="accuracy", maximize=True, target=0.98, n_validation=359)
    diagnosis = diagnose_curve(LearningCurve.from_history(steep), reference)
    assert diagnosis.finding("at_the_limit") is None


def test_at_the_limit_says_stop() -> None:
    good = curve(
        falling(40, 1.2, 0.1, 4),
        falling(40, 1.2, 0.12, 4),
        accuracy=1 - falling(40, 0.8, 0.02, 4),
        val_accuracy=1 - falling(40, 0.8, 0.03, 4),
    )
    diagnosis = diagnose_curve(good, Reference(metric="accuracy", target=0.96))
    assert diagnosis.verdict == "healthy"
    assert diagnosis.finding("at_the_limit") is not None
    assert [r.key for r in diagnosis.recommendations] == ["stop"]


def test_no_better_than_the_trivial_model_is_no_learning() -> None:
    loss = falling(40, 0.75, 0.69, 3)
    share = np.full(40, 0.52)
    diagnosis = diagnose_curve(
        curve(loss, loss, accuracy=share, val_accuracy=share),
        Reference(metric="accuracy", baseline=0.52, baseline_loss=0.69, n_classes=2),
    )
    assert diagnosis.verdict == "no_learning"


def test_noise_of_a_small_validation_set_is_put_in_numbers() -> None:
    noisy = SICK["noisy_validation"](40, 3)
    rng = np.random.default_rng(0)
    accuracy = np.clip(0.8 + 0.09 * rng.standard_normal(40), 0, 1)
    shown = curve(noisy["loss"], noisy["val_loss"], val_accuracy=accuracy)
    found = diagnose_curve(shown, Reference(n_validation=20)).finding("noisy_validation")
    assert found is not None
    assert "20 rows" in found.summary
    assert found.evidence["binomial_error"] == pytest.approx(0.09, abs=0.02)


# ------------------------------------------------------------------ invariance

ALL = {**HEALTHY, **SICK}


def same(first: Diagnosis, second: Diagnosis) -> None:
    assert first.verdict == second.verdict
    assert first.confidence == pytest.approx(second.confidence, abs=1e-6)
    assert [f.name for f in first.findings] == [f.name for f in second.findings]


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(ALL)),
    n=st.integers(5, 120),
    seed=st.integers(0, 1000),
    # Losses of classification know ln K: only curves without accuracy are free of all scale.
    factor=st.floats(1e-4, 1e4),
)
def test_the_loss_has_no_unit(name: str, n: int, seed: int, factor: float) -> None:
    bare = curve(*(ALL[name](n, seed)[s] for s in ("loss", "val_loss")))
    scaled = curve(bare["loss"] * factor, bare["val_loss"] * factor)
    same(diagnose_curve(bare), diagnose_curve(scaled))


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(["healthy", "settled", "no_learning"]), n=st.integers(5, 120))
def test_percent_and_other_names_change_nothing(name: str, n: int) -> None:
    plain = ALL[name](n, 0)
    percent = LearningCurve.from_history(
        {
            "Train Loss": plain["loss"],
            "Valid Loss": plain["val_loss"],
            "Train Acc (%)": 100 * plain["accuracy"],
            "Valid Acc (%)": 100 * plain["val_accuracy"],
        }
    )
    same(diagnose_curve(plain), diagnose_curve(percent))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 25).flatmap(
        lambda n: st.fixed_dictionaries(
            {},
            optional={
                name: hnp.arrays(np.float64, n, elements=st.floats(width=64))
                for name in ("loss", "val_loss", "accuracy", "val_accuracy", "mae", "lr", "what")
            },
        )
    )
)
@example({"loss": -np.ones(5), "val_loss": np.zeros(5)})
def test_any_numbers_get_a_diagnosis(series: dict[str, np.ndarray]) -> None:
    diagnosis = diagnose_curve(LearningCurve.from_history({k: list(v) for k, v in series.items()}))
    assert 0 <= diagnosis.confidence <= 1
    for found in diagnosis.findings:
        assert 0 <= found.confidence <= 1
