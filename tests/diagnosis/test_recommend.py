"""Recommendations: the study's own hyperparameters by name, and never both ways at once."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from curve_zoo import SICK, healthy, overfitting

from tuneit.curves import LearningCurve
from tuneit.diagnosis import AdviceContext, diagnose_curve
from tuneit.diagnosis.actions import ACTIONS, CONFLICTS
from tuneit.diagnosis.hyperparameters import kind_of
from tuneit.diagnosis.recommend import PLANS, recommend
from tuneit.findings import Finding, Recommendation, Severity
from tuneit.space import Choice, Fixed, Float, Int, SearchSpace
from tuneit.trials import Objective

SPACE = SearchSpace(
    (
        Float(name="dropout", low=0.0, high=0.5, step=0.1),
        Float(name="l2", low=1e-6, high=1e-2, sampling="log"),
        Int(name="units", low=16, high=256, step=16),
        Choice(name="num_layers", values=(1, 2, 3), ordered=True),
        Float(name="learning_rate", low=1e-4, high=1e-1, sampling="log"),
        Int(name="epochs", low=5, high=50),
    )
)
PARAMS = {
    "dropout": 0.1, "l2": 1e-5, "units": 64, "num_layers": 2, "learning_rate": 1e-3, "epochs": 20,
}  # fmt: skip
CONTEXT = AdviceContext(space=SPACE, params=PARAMS, epochs=20)


def advice(verdict: str, context: AdviceContext | None = None) -> tuple[Recommendation, ...]:
    return diagnose_curve(SICK[verdict](40, 1), context=context).recommendations


def keyword(recommendation: Recommendation) -> str:
    return max(
        (k for k in ACTIONS if ACTIONS[k].text == recommendation.action), default="?", key=len
    )


def named(recommendations: tuple[Recommendation, ...], action: str) -> Recommendation:
    return next(r for r in recommendations if keyword(r) == action)


def test_overfitting_names_the_studys_hyperparameters() -> None:
    given = advice("overfitting", CONTEXT)
    dropout = named(given, "dropout")
    assert dropout.parameter == "dropout"
    assert dropout.change == "raise `dropout`, now 0.1, searched up to 0.5, to about 0.3"
    assert named(given, "L2").parameter == "l2"
    assert named(given, "smaller network").parameter == "units"
    assert "epoch" in dropout.reason
    assert all(r.refuted_by for r in given)
    assert [r.priority for r in given] == list(range(1, len(given) + 1))


def test_a_value_at_the_edge_asks_for_a_wider_range() -> None:
    space = SearchSpace((Float(name="dropout", low=0.0, high=0.2),))
    given = advice("overfitting", AdviceContext(space=space, params={"dropout": 0.2}))
    assert "widen it" in (named(given, "dropout").change or "")


def test_dropout_that_is_high_enough_is_not_raised() -> None:
    space = SearchSpace((Float(name="dropout", low=0.0, high=0.6),))
    given = advice("overfitting", AdviceContext(space=space, params={"dropout": 0.6}))
    assert "dropout" not in {keyword(r) for r in given}


def test_without_hyperparameters_code_is_given() -> None:
    assert "Dropout(0.3)" in (named(advice("overfitting"), "dropout").change or "")


def test_early_stopping_is_advised_only_where_there_is_none() -> None:
    assert keyword(advice("overfitting", CONTEXT)[0]) == "early stopping"
    stopping = advice("overfitting", replace(CONTEXT, early_stopping=True))
    assert "early stopping" not in {keyword(r) for r in stopping}


def test_not_converged_raises_epochs_by_name_or_budget() -> None:
    assert named(advice("not_converged", CONTEXT), "more epochs").parameter == "epochs"
    budget = AdviceContext(epochs=40)
    change = named(advice("not_converged", budget), "more epochs").change
    assert change is not None
    assert change.startswith("raise `budget.epochs`, now 40, to about")


def test_instability_lowers_the_learning_rate() -> None:
    first = advice("unstable", CONTEXT)[0]
    assert first.action.startswith("lower learning rate")
    assert first.parameter == "learning_rate"


def test_a_fixed_hyperparameter_is_named_too() -> None:
    space = SearchSpace((Fixed(name="lr", value=0.1),))
    first = advice("unstable", AdviceContext(space=space, params={"lr": 0.1}))[0]
    assert first.change == "lower `lr`, now 0.1 and fixed, to about 0.033"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("dropout", "dropout"), ("drop_rate", "dropout"), ("dropout_units", "dropout"),
        ("l2", "l2"), ("weight_decay", "l2"), ("kernel_regularizer", "l2"),
        ("units", "width"), ("hidden_units", "width"), ("filters_1", "width"), ("d_model", "width"),
        ("num_layers", "depth"), ("layers", "depth"), ("depth", "depth"),
        ("lr", "learning_rate"), ("learning_rate", "learning_rate"), ("batch_size", "batch_size"),
        ("epochs", "epochs"), ("optimizer", None), ("activation", None), ("color", None),
    ],
)  # fmt: skip
def test_hyperparameters_are_known_by_name(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize("verdicts", list(combinations(sorted(map(str, PLANS)), 2)))
def test_contradictory_advice_never_stands_side_by_side(verdicts: tuple[str, str]) -> None:
    findings = [
        Finding(name, Severity.WARNING, 0.9, "seen", {"rise_relative": 0.2, "quantity": "loss",
                "best": 1, "end": 2, "best_epoch": 3}) for name in verdicts
    ]  # fmt: skip
    for verdict in verdicts:
        given = {keyword(r) for r in recommend(verdict, findings, AdviceContext())}  # type: ignore[arg-type]
        for action in given:
            assert not given & CONFLICTS.get(action, frozenset())


def test_every_planned_action_is_in_the_catalogue() -> None:
    assert {a for plan in PLANS.values() for a in plan} <= set(ACTIONS)
    assert {b for opposed in CONFLICTS.values() for b in opposed} | set(CONFLICTS) <= set(ACTIONS)
    for name, action in ACTIONS.items():
        assert action.text.lower().startswith(name.lower()) or name in action.text


def test_a_majority_that_is_always_guessed_asks_for_class_weights() -> None:
    guess = LearningCurve.from_history({"loss": [0.325] * 12, "accuracy": [0.9] * 12})
    diagnosis = diagnose_curve(guess)
    assert diagnosis.verdict == "no_learning"
    assert "class weights" in {keyword(r) for r in diagnosis.recommendations}


def test_healthy_runs_get_no_advice() -> None:
    assert diagnose_curve(healthy(40)).recommendations == ()


def test_trials_that_speak_against_an_action_silence_it() -> None:
    effect = Finding(
        "effect", Severity.INFO, 0.95, "trials with dropout < 0.2 had better scores",
        {"parameter": "dropout", "better_when": "low"},
    )  # fmt: skip
    found = diagnose_curve(overfitting(40)).findings
    given = {keyword(r) for r in recommend("overfitting", (*found, effect), CONTEXT)}  # type: ignore[arg-type]
    assert "dropout" not in given
    assert "L2" in given


def test_an_objective_without_trials_is_fine() -> None:
    context = replace(CONTEXT, objective=Objective("val_accuracy", "maximize"))
    assert diagnose_curve(overfitting(40), context=context).recommendations
