"""A trial of several executions is judged by all of their curves."""

from __future__ import annotations

import pytest
from curve_zoo import healthy, overfitting

from tuneit.diagnosis import diagnose_curve
from tuneit.diagnosis.executions import commonest
from tuneit.findings import Diagnosis, Verdict


def test_one_execution_is_its_own_diagnosis() -> None:
    alone = diagnose_curve(healthy(30))
    assert commonest([alone]) is alone


def test_most_executions_decide_and_their_number_is_said() -> None:
    found = [diagnose_curve(healthy(40, 0))]
    found += [diagnose_curve(overfitting(40, seed)) for seed in range(4)]
    trial = commonest(found)
    assert trial.verdict == "overfitting"
    assert trial.recommendations
    shared = trial.finding("executions_compared")
    assert shared is not None
    assert "4 of 5 executions" in shared.summary
    assert "1 healthy" in shared.summary
    middle = sorted(d.confidence for d in found[1:])[2]
    assert trial.confidence == pytest.approx(0.8 * middle)


def test_of_equally_common_verdicts_the_one_that_explains_more_counts() -> None:
    found = [Diagnosis(v, 0.9) for v in (Verdict.HEALTHY, Verdict.DIVERGED)]
    assert commonest(found).verdict == "diverged"
    alike = commonest([Diagnosis(Verdict.HEALTHY, 0.9)] * 3)
    assert alike.confidence == pytest.approx(0.9)
    assert alike.findings[-1].summary.endswith(
        "3 of 3 executions (seeds or folds) are judged healthy"
    )
