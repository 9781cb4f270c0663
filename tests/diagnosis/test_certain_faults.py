"""Faults that a curve shows for certain, in the first epochs, whatever else it looks like."""

from __future__ import annotations

import numpy as np
import pytest
from curve_zoo import falling

from tuneit.curves import LearningCurve
from tuneit.diagnosis import AdviceContext, diagnose_curve
from tuneit.diagnosis.verdict import beside_critical, choose_verdict
from tuneit.findings import Finding, Severity, Verdict

Series = dict[str, list[float]]


def still(value: float, n: int) -> list[float]:
    return [value] * n


FAULTS: list[tuple[str, str, Series]] = [
    ("negative_loss", "diverged", {"loss": [-4515.0], "accuracy": [0.02]}),
    ("negative_loss", "diverged", {"loss": [3.0, -2.0, -90.0], "accuracy": [0.3, 0.2, 0.3]}),
    ("zero_loss", "no_learning", {"loss": [0.0], "accuracy": [0.5]}),
    ("zero_loss", "no_learning", {"loss": still(0, 12), "accuracy": still(0.334567, 12)}),
    ("frozen_metric", "no_learning",
     {"loss": list(falling(4, 0.9, 0.2, 1)), "accuracy": still(0.5, 4)}),
    ("frozen_metric", "no_learning",
     {"loss": list(falling(20, 0.8, 0.1, 4)), "val_loss": list(falling(20, 0.9, 0.2, 4)),
      "accuracy": still(0.4, 20), "val_accuracy": still(0.42, 20)}),
]  # fmt: skip

SOUND: list[tuple[str, Series]] = [
    ("negative_loss", {"loss": list(falling(9, 2.0, -40.0, 2))}),  # of a density
    ("negative_loss", {"loss": list(falling(9, -0.1, -0.9, 2)), "accuracy": still(0.9, 9)}),
    ("negative_loss", {"loss": list(falling(9, 2, -40, 2)), "accuracy": still(0, 9)}),
    ("zero_loss", {"loss": [0.2, 0.0, 0.0], "accuracy": [0.9, 1.0, 1.0]}),
    ("zero_loss", {"loss": still(0, 6), "mae": [0.0008, 0.0007, 0.0006, 0.0006, 0.0005, 0.0005]}),
    # The rare class is not found yet: the loss falls to what the constant answer costs.
    ("frozen_metric", {"loss": list(falling(9, 1.2, 0.61, 1)), "accuracy": still(0.7, 9)}),
    ("frozen_metric", {"loss": list(falling(9, 0.9, 0.2, 2)), "accuracy": still(0.96, 9)}),
    ("frozen_metric", {"loss": list(falling(2, 0.9, 0.2, 1)), "accuracy": still(0.5, 2)}),
    ("frozen_metric", {"loss": list(falling(9, 0.9, 0.2, 2)), "accuracy": [*still(0.5, 8), 0.6]}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "verdict", "series"), FAULTS)
def test_said_at_once_and_nothing_else_is_advised(name: str, verdict: str, series: Series) -> None:
    diagnosis = diagnose_curve(LearningCurve.from_history(series))
    found = diagnosis.finding(name)
    assert found is not None
    assert found.severity is Severity.CRITICAL
    assert diagnosis.verdict == verdict
    assert diagnosis.confidence >= 0.5
    assert {r.key for r in diagnosis.recommendations} <= {"match_output_and_loss"}
    assert diagnosis.recommendations[0].reason == found.evidence["write"]


def test_a_regression_without_loss_is_not_told_to_classify() -> None:
    series = {"loss": still(0, 3), "mae": [0.123456, 0.234567, 0.345678]}
    [advice] = diagnose_curve(LearningCurve.from_history(series)).recommendations
    assert advice.reason == "look for a loss, sample weights or targets that are all 0"


@pytest.mark.parametrize(("name", "series"), SOUND)
def test_sound_twins_are_not_accused(name: str, series: Series) -> None:
    found = diagnose_curve(LearningCurve.from_history(series)).finding(name)
    assert found is None or found.severity is Severity.INFO


def test_accuracy_of_numbers_wants_another_metric_and_is_no_verdict() -> None:
    series = {"loss": list(falling(12, 40.0, 2.0, 3)), "accuracy": still(0.0, 12)}
    found = diagnose_curve(LearningCurve.from_history(series)).finding("frozen_metric")
    assert found is not None
    assert found.severity is Severity.WARNING
    assert "metrics=['mae']" in found.summary


UNREACHED = Finding(
    "output_cannot_reach_targets", Severity.CRITICAL, 0.97, "ReLU", {"write": "activation=None"}
)


def test_no_verdict_is_better_than_a_critical_finding() -> None:
    verdict, confidence, findings = choose_verdict([UNREACHED])
    assert (verdict, confidence) == (Verdict.UNDERFITTING, 0.97)
    assert findings[0] == UNREACHED
    slow = LearningCurve.from_history(
        {"loss": list(np.linspace(2, 1, 30)), "val_loss": still(2, 30)}
    )
    diagnosis = diagnose_curve(slow, context=AdviceContext(wiring=(UNREACHED,)))
    assert [r.reason for r in diagnosis.recommendations] == ["activation=None"]


def test_a_fault_that_explains_more_stays_the_verdict() -> None:
    assert beside_critical(Verdict.DIVERGED, 0.9, [UNREACHED]) == (Verdict.DIVERGED, 0.9)
    assert beside_critical(Verdict.HEALTHY, 0.9, []) == (Verdict.HEALTHY, 0.9)
