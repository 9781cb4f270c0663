"""Which arm each action becomes, or the reason why none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders import a_space, a_study

from tuneit.diagnosis import AdviceContext
from tuneit.errors import InputError
from tuneit.findings import Recommendation
from tuneit.findings.actions import ACTIONS
from tuneit.space import Int, SearchSpace
from tuneit.treatments.arm import Arm, combined, independent
from tuneit.treatments.menu import (
    EXPLORED,
    MENU,
    Situation,
    action_key,
    arm_for,
    explored,
    names_of,
)
from tuneit.trials import Objective


def situation(space: SearchSpace | None = None, **params: Any) -> Situation:
    objective = Objective.named(params.pop("metric", "val_loss"))
    study = a_study(**params.pop("study", {}))
    context = AdviceContext(space=space or a_space(), params=params, objective=objective)
    return Situation(study, context)


def arm(action: str, *given: Any, **params: Any) -> Arm:
    found = arm_for(action, situation(**params), *given)
    assert isinstance(found, Arm), found
    return found


@pytest.mark.parametrize("action", {**MENU, **ACTIONS})
def test_every_action_is_an_arm_or_a_reason(action: str) -> None:
    found = arm_for(action, situation(units=32, learning_rate=0.001))
    if isinstance(found, Arm):
        assert found.action == action
        assert found.change or found.edits
    else:
        assert len(found.split()) > 3


def test_the_studys_own_hyperparameter_comes_first() -> None:
    found = arm("raise_learning_rate", learning_rate=0.001, units=32)
    assert (found.params, found.edits) == ({"learning_rate": 0.003, "units": 32}, ())
    assert found.change == "learning_rate 0.001 → 0.003"
    assert arm("raise_learning_rate", units=32).edits == ("raise_learning_rate",)


def test_a_recommendation_says_which_hyperparameter_and_value() -> None:
    advice = Recommendation("widen_range", "", 1, parameter="units", old=64, new=96.0)
    found = arm("widen_range", advice, units=64)
    assert found.params == {"units": 96}
    assert isinstance(found.params["units"], int)
    assert isinstance(arm_for("widen_range", situation(units=64)), str)


def test_settings_of_the_training_follow() -> None:
    study = {"budget": {"trials": 1, "epochs": 10}, "batch_size": 16}
    assert arm("larger_batch_size", study=study).params == {"batch_size": 32}
    longer = arm("more_epochs", study=study)
    assert longer.params == {"epochs": 20}
    assert longer.plan["early_stopping"]["patience"] == 20
    advice = Recommendation("more_epochs", "", 1, setting="budget.epochs", old=10, new=15)
    assert arm("more_epochs", advice, study=study).params == {"epochs": 15}
    assert isinstance(arm_for("early_stopping", situation()), str)
    stopping = arm("early_stopping", study={"early_stopping": None})
    assert stopping.plan["early_stopping"]["patience"] == 5


def test_weights_are_pruned_in_half_of_the_epochs_that_were_needed() -> None:
    study = {"budget": {"trials": 1, "epochs": 40}}
    found = arm_for("pruning", replace(situation(study=study), trained=12))
    assert isinstance(found, Arm)
    assert found.plan["pruning"]["epochs"] == 6
    assert "within 6 epochs" in found.change
    single = situation(study={"budget": {"trials": 1, "epochs": 1}})
    assert "a single epoch" in str(arm_for("pruning", single))


def test_class_weights_are_compared_only_where_the_metric_can_show_them() -> None:
    assert isinstance(arm_for("class_weights", situation(metric="val_accuracy")), str)
    assert arm("class_weights", metric="val_auc").params == {"class_weight": "balanced"}


def test_a_new_layer_takes_the_size_of_the_one_before() -> None:
    layers = Int(name="n_layers", low=1, high=4)
    space = SearchSpace((layers, Int(name="units_0", low=8, high=64)))
    advice = Recommendation("more_capacity", "", 1, parameter="n_layers", old=1, new=2)
    found = arm("more_capacity", advice, space=space, n_layers=1, units_0=24)
    assert found.params == {"n_layers": 2, "units_0": 24, "units_1": 24}


@pytest.mark.parametrize(
    "name", ["learning rate sweep", "Learning-Rate Sweep", "learning_rate_sweep"]
)
def test_actions_have_a_name_for_people(name: str) -> None:
    assert action_key(name) == "learning_rate_sweep"


def test_an_unknown_action_gets_the_nearest_name() -> None:
    with pytest.raises(InputError, match="no treatment 'dropuot' - did you mean 'dropout'"):
        names_of("l2, dropuot")
    assert names_of("l2,dropout, l2") == ["l2", "dropout"]


def test_a_combination_has_both_changes() -> None:
    base = Arm("baseline", {"l2": 0.0, "units": 8})
    first = Arm("l2", {"l2": 0.1, "units": 8}, "l2 up")
    second = Arm("schedule", {**base.params, "batch_size": 64}, "rate", ("dropout",), {"s": 1})
    both = combined(first, second, base)
    assert both.params == {"l2": 0.1, "units": 8, "batch_size": 64}
    assert (both.action, both.edits, both.plan) == ("l2+schedule", ("dropout",), {"s": 1})
    assert independent(first, second, base)
    assert not independent(first, Arm("x", {"l2": 0.2, "units": 8}), base)
    rates = (Arm("a", {}, edits=("raise_learning_rate",)), Arm("b", {}, edits=("learning_rate=1",)))
    assert not independent(*rates, base)
    assert len({arm.key for arm in (base, first, second, both)}) == 4


def test_what_the_advice_does_not_oppose_is_tried_after_it() -> None:
    assert explored([]) == list(EXPLORED)
    assert explored(["more_epochs", "more_data"]) == ["learning_rate_sweep", "more_capacity"]
    assert explored(["lower_learning_rate", "dropout"]) == ["more_epochs"]
