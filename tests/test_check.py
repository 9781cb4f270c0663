from __future__ import annotations

from dataclasses import replace

from builders import a_study

from tuneit.check import CheckResult
from tuneit.space import Int, SearchSpace
from tuneit.training.inspection import ModelInspection


def a_result(space: SearchSpace) -> CheckResult:
    model = ModelInspection(
        parameters=10, metrics=("loss",), seconds_to_build=1.0, seconds_per_epoch=2.0
    )
    study = a_study(budget={"trials": 3, "epochs": 20})
    return CheckResult(study, space, model, {"task": "regression", "rows": {"train": 9}}, (), "")


def test_the_estimate_counts_the_epochs_that_a_trial_may_take() -> None:
    given = a_result(SearchSpace(()))
    assert given.seconds == 3 * (1 + 20 * 2)
    assert "up to 20 epochs" in str(given)
    searched = a_result(SearchSpace((Int(name="epochs", low=5, high=8),)))
    assert searched.seconds == 3 * (1 + 8 * 2)
    assert "up to 8 epochs" in str(searched)


def test_pruning_is_named_and_its_saving_too() -> None:
    given = a_result(SearchSpace(()))
    assert "pruning asha" in str(given)
    assert "less, as poor trials are stopped early" in str(given)
    without = replace(given, study=a_study(pruning="none"))
    assert "pruning none" in str(without)
    assert "stopped early" not in str(without)
