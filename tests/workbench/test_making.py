"""Strategy, pruner and trainer are made as the study asks for them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from builders import a_study

from tuneit.workbench.making import pruner_of


def test_only_the_default_pruning_has_a_quota() -> None:
    def stops_the_second(**settings: Any) -> bool:
        study = a_study(budget={"trials": 20, "epochs": 20}, objective="val_loss", **settings)
        prepared: Any = SimpleNamespace(study=study, objective=study.objectives[0])
        pruner = pruner_of(prepared)
        return [pruner.reason(number, 1, 1.0 + number, []) for number in (0, 1)][1] is not None

    assert not stops_the_second()
    assert stops_the_second(pruning="asha")
