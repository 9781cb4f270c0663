"""Which treatments the objective can judge."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from builders import a_space, a_study

from tuneit.diagnosis import AdviceContext
from tuneit.findings import Recommendation
from tuneit.result.treatment.choice import Choice, Wishes
from tuneit.screen.treatment_view import TreatmentView
from tuneit.treatments.arm import Arm
from tuneit.treatments.menu import Situation
from tuneit.trials import Objective


class Penalised:
    """Builds models with these regularizers, whatever the arm."""

    def __init__(self, *penalties: str) -> None:
        self.found = frozenset(penalties)

    def describe(self, arm: Arm) -> str:
        return "smaller"

    def penalties(self, arm: Arm) -> frozenset[str]:
        return self.found


@pytest.mark.parametrize(
    ("metric", "penalties", "judged"),
    [("val_loss", ("L2",), False), ("val_loss", (), True), ("val_accuracy", ("L2",), True)],
)
def test_a_loss_with_a_penalty_cannot_judge_fewer_weights(
    metric: str, penalties: tuple[str, ...], judged: bool
) -> None:
    situation = Situation(a_study(), AdviceContext(space=a_space(), params={}))
    result = cast(Any, SimpleNamespace(objective=Objective.named(metric)))
    trainer = cast(Any, Penalised(*penalties))
    choice = Choice(result, Wishes(), situation, trainer, TreatmentView(quiet=True))
    found = choice.checked(Arm("pruning", {}, plan={"pruning": {}}))
    assert isinstance(found, Arm) == judged
    if not judged:
        assert "contains the penalty itself" in str(found)


class Buildable(Penalised):
    """Builds each model, and finds the present learning rate right."""

    def rate_sweep(self, baseline: Arm) -> Any:
        rates = {"present": 0.01, "suggested": 0.012, "low": 0.003, "high": 0.02}
        return SimpleNamespace(**rates, to_dict=lambda: rates)


def test_what_helps_most_models_is_compared_where_little_is_advised() -> None:
    advised = [
        Recommendation("mend_the_layers", "", 1),
        Recommendation("gradient_clipping", "", 2),
    ]
    diagnosis = SimpleNamespace(recommendations=advised)
    result = SimpleNamespace(objective=Objective.named("val_accuracy"), diagnose=lambda: diagnosis)
    situation = Situation(a_study(), AdviceContext(space=a_space(), params={}))
    trainer = cast(Any, Buildable())
    wishes, view = Wishes(), TreatmentView(quiet=True)
    arms, rows, _ = Choice(cast(Any, result), wishes, situation, trainer, view).arms()
    assert [arm.action for arm in arms] == [
        "gradient_clipping",
        "more_epochs",
        "more_capacity",
    ]
    assert [(row.action, row.status) for row in rows if row.status == "not_applicable"] == [
        ("mend_the_layers", "not_applicable"),
        ("learning_rate_sweep", "not_applicable"),
    ]
