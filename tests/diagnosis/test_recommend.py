"""Recommendations: the study's own hyperparameters by name, and never both ways at once."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from curve_zoo import SICK, healthy, overfitting

from tuneit.curves import LearningCurve
from tuneit.diagnosis import AdviceContext, diagnose_curve
from tuneit.diagnosis.recommend import recommend
from tuneit.findings import Finding, Recommendation, Reference, Severity, Verdict
from tuneit.findings.actions import ACTIONS, opposed
from tuneit.findings.hyperparameter_kinds import kind_of
from tuneit.findings.plans import PLANS
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


def named(recommendations: tuple[Recommendation, ...], action: str) -> Recommendation:
    return next(r for r in recommendations if r.key == action)


def test_overfitting_names_the_studys_hyperparameters() -> None:
    given = advice("overfitting", CONTEXT)
    dropout = named(given, "dropout")
    assert dropout.parameter == "dropout"
    assert (dropout.old, dropout.new, dropout.searched) == (0.1, 0.3, (0.0, 0.5))
    assert dropout.change == "raise `dropout`, now 0.1, searched up to 0.5, to about 0.3"
    assert named(given, "l2").parameter == "l2"
    smaller = named(given, "smaller_network")
    assert (smaller.parameter, smaller.old, smaller.new) == ("units", 64, 32)
    assert type(smaller.old) is type(smaller.new) is int
    assert "epoch" in named(given, "early_stopping").reason
    assert all(r.refuted_by for r in given)
    assert [r.priority for r in given] == list(range(1, len(given) + 1))


def test_a_value_at_the_edge_asks_for_a_wider_range() -> None:
    space = SearchSpace((Float(name="dropout", low=0.0, high=0.2),))
    given = advice("overfitting", AdviceContext(space=space, params={"dropout": 0.2}))
    assert "widen it" in (named(given, "dropout").change or "")


def test_dropout_that_is_high_enough_is_not_raised() -> None:
    space = SearchSpace((Float(name="dropout", low=0.0, high=0.6),))
    given = advice("overfitting", AdviceContext(space=space, params={"dropout": 0.6}))
    assert "dropout" not in {r.key for r in given}


def test_without_hyperparameters_code_is_given() -> None:
    assert "Dropout(0.3)" in (named(advice("overfitting"), "dropout").change or "")


def test_early_stopping_is_advised_only_where_there_is_none() -> None:
    assert advice("overfitting", CONTEXT)[0].key == "early_stopping"
    stopping = advice("overfitting", replace(CONTEXT, early_stopping=True))
    assert "early_stopping" not in {r.key for r in stopping}


def test_early_stopping_is_of_no_use_where_nothing_rises() -> None:
    found = Finding("overfitting", Severity.CRITICAL, 0.9, "a wide gap", {"train_end": "0.1"})
    keys = [r.key for r in recommend(Verdict.OVERFITTING, (found,), CONTEXT)]
    assert "dropout" in keys
    assert "early_stopping" not in keys


def test_not_converged_raises_epochs_by_name_or_budget() -> None:
    assert named(advice("not_converged", CONTEXT), "more_epochs").parameter == "epochs"
    budget = AdviceContext(epochs=40)
    change = named(advice("not_converged", budget), "more_epochs").change
    assert change is not None
    assert change.startswith("raise `budget.epochs`, now 40, to about")


def test_instability_lowers_the_learning_rate() -> None:
    first = advice("unstable", CONTEXT)[0]
    assert first.key == "lower_learning_rate"
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


@pytest.mark.parametrize("names", list(combinations(sorted(PLANS), 2)))
def test_contradictory_advice_never_stands_side_by_side(names: tuple[str, str]) -> None:
    findings = [
        Finding(name, Severity.WARNING, 0.9, "seen", {"rise_relative": 0.2, "quantity": "loss",
                "best": 1, "end": 2, "best_epoch": 3}) for name in names
    ]  # fmt: skip
    for verdict in (*(v for v in Verdict if v in names), Verdict.HEALTHY):
        given = recommend(verdict, findings, AdviceContext())
        assert not [pair for pair in combinations(given, 2) if opposed(pair[0].key, pair[1].key)]


def test_every_conflicting_action_is_in_the_catalogue() -> None:
    assert {other for action in ACTIONS.values() for other in action.conflicts} <= set(ACTIONS)


@pytest.mark.parametrize("key", ACTIONS)
def test_an_action_is_known_by_its_key_and_by_its_words(key: str) -> None:
    assert re.fullmatch("[a-z][a-z0-9]*(_[a-z0-9]+)*", key)
    words = f"{ACTIONS[key].text} {ACTIONS[key].code}".lower()
    assert all(word in words for word in key.split("_"))


def test_a_majority_that_is_always_guessed_asks_for_class_weights() -> None:
    guess = LearningCurve.from_history({"loss": [0.325] * 12, "accuracy": [0.9] * 12})
    diagnosis = diagnose_curve(guess)
    assert diagnosis.verdict == "no_learning"
    assert "class_weights" in {r.key for r in diagnosis.recommendations}


def test_healthy_runs_get_no_advice() -> None:
    assert diagnose_curve(healthy(40)).recommendations == ()


def test_trials_that_speak_against_an_action_silence_it() -> None:
    effect = Finding(
        "effect", Severity.INFO, 0.95, "trials with dropout < 0.2 had better scores",
        {"parameter": "dropout", "better_when": "low"},
    )  # fmt: skip
    found = diagnose_curve(overfitting(40)).findings
    given = {r.key for r in recommend(Verdict.OVERFITTING, (*found, effect), CONTEXT)}
    assert "dropout" not in given
    assert "l2" in given


def test_an_objective_without_trials_is_fine() -> None:
    context = replace(CONTEXT, objective=Objective("val_accuracy", "maximize"))
    assert diagnose_curve(overfitting(40), context=context).recommendations


def test_each_action_has_its_own_reason() -> None:
    for verdict in SICK:
        reasons = [r.reason for r in advice(verdict)]
        assert len(set(reasons)) == len(reasons)


def test_five_at_the_most_and_early_stopping_first() -> None:
    given = advice("overfitting")
    assert [r.key for r in given] == [
        "early_stopping", "dropout", "l2", "augmentation", "more_data",
    ]  # fmt: skip


def test_tables_are_not_augmented() -> None:
    given = advice("overfitting", replace(CONTEXT, row_axes=1))
    assert "augmentation" not in {r.key for r in given}
    assert "augmentation" in {r.key for r in advice("overfitting", AdviceContext(row_axes=3))}


@pytest.mark.parametrize(
    ("axes", "rows", "advised"),
    [(3, 500, True), (3, 50_000, False), (1, 500, False), (3, None, False)],
)
def test_d14_few_pictures_ask_for_a_pretrained_base(
    axes: int, rows: int | None, advised: bool
) -> None:
    given = advice("overfitting", AdviceContext(row_axes=axes, training_rows=rows))
    assert ("transfer_learning" in {r.key for r in given}) == advised


def test_the_studys_trials_raise_an_action() -> None:
    effect = Finding(
        "effect", Severity.INFO, 0.95,
        "trials with l2 ≥ 0.001 had a 40 % smaller gap and better val_accuracy by 1.2 points",
        {"parameter": "l2", "better_when": "high", "gap_reduction": 0.4},
    )  # fmt: skip
    found = diagnose_curve(overfitting(40)).findings
    given = recommend(Verdict.OVERFITTING, (*found, effect), CONTEXT)
    order = [r.key for r in given]
    assert order.index("l2") < order.index("dropout")
    assert "40 % smaller gap" in named(given, "l2").reason
    assert named(given, "l2").evidence["trials_gap_reduction"] == 0.4


def test_too_short_speaks_of_the_studys_budget() -> None:
    short = overfitting(40).head(2)
    (only,) = diagnose_curve(short, context=AdviceContext(epochs=2)).recommendations
    assert only.change == "raise `budget.epochs`, now 2, to about 20"
    stopped = AdviceContext(epochs=50, early_stopping=True)
    (patience,) = diagnose_curve(short, context=stopped).recommendations
    assert (patience.change or "").startswith("raise `early_stopping.patience`")
    (plain,) = diagnose_curve(short).recommendations
    assert "model.fit" in (plain.change or "")


def reached(train: float, validation: float, n: int = 40) -> LearningCurve:
    fall = np.exp(-np.arange(n) / 4)
    return LearningCurve.from_history(
        {
            "loss": list(0.1 + fall), "val_loss": list(0.3 + fall),
            "accuracy": list(train - 0.5 * fall), "val_accuracy": list(validation - 0.5 * fall),
        }
    )  # fmt: skip


def test_a_gap_that_costs_the_target_is_variance() -> None:
    aim = Reference(metric="accuracy", target=0.98, baseline=0.1, n_validation=360)
    diagnosis = diagnose_curve(reached(0.995, 0.93), aim)
    gap = diagnosis.finding("generalisation_gap")
    assert gap is not None
    assert gap.severity is Severity.WARNING
    assert diagnosis.verdict == "healthy"
    assert diagnosis.recommendations[0].key == "dropout"
    assert "more_data" in {r.key for r in diagnosis.recommendations}


def test_a_target_missed_within_noise_is_no_gap() -> None:
    aim = Reference(metric="accuracy", target=0.98, baseline=0.1, n_validation=50)
    diagnosis = diagnose_curve(reached(0.99, 0.965), aim)
    assert diagnosis.finding("generalisation_gap") is None or not diagnosis.recommendations


@pytest.mark.parametrize(
    ("train", "validation"), [(0.9, 0.89), (0.95, 0.94), (0.96, 0.93), (0.999, 0.9), (0.97, 0.955)]
)
def test_a_missed_target_never_goes_without_advice(train: float, validation: float) -> None:
    aim = Reference(metric="accuracy", target=0.99, baseline=0.1, n_validation=2000)
    diagnosis = diagnose_curve(reached(train, validation), aim)
    assert diagnosis.recommendations
    bias_first = 0.99 - train > train - validation
    assert (diagnosis.recommendations[0].key == "more_capacity") == bias_first


@pytest.mark.parametrize("severity", [Severity.CRITICAL, Severity.WARNING])
def test_a_fault_of_wiring_comes_first_and_alone_where_it_explains_the_curve(
    severity: Severity,
) -> None:
    write = {"layer": "dense", "loss": "mse", "write": "write activation=None in it"}
    fault = Finding("output_cannot_reach_targets", severity, 0.95, "the range", write)
    low = Finding("underfitting", Severity.WARNING, 0.9, "short of the target")
    given = recommend(Verdict.UNDERFITTING, (low, fault), CONTEXT)
    assert (given[0].key, given[0].reason) == ("match_output_and_loss", write["write"])
    assert (len(given) == 1) == (severity is Severity.CRITICAL)


def weak_and_overfitted(context: AdviceContext) -> tuple[Recommendation, ...]:
    findings = [
        Finding(name, Severity.WARNING, 0.8, "said", {}) for name in ("underfitting", "overfitting")
    ]
    return recommend(Verdict.UNDERFITTING, findings, context)


def test_a_factor_on_the_widths_is_raised_as_a_fraction() -> None:
    space = SearchSpace((Float(name="width", low=0.0625, high=0.25),))
    found = weak_and_overfitted(AdviceContext(space=space, params={"width": 0.0625}))
    wider = named(found, "more_capacity")
    assert (wider.parameter, wider.new) == ("width", 0.125)


def test_too_weak_a_network_is_not_regularised_though_nothing_says_how_to_widen_it() -> None:
    space = SearchSpace((Choice(name="hidden", values=("one", "two")),))
    keys = {
        r.key for r in weak_and_overfitted(AdviceContext(space=space, params={"hidden": "two"}))
    }
    assert "raise_learning_rate" in keys
    assert not keys & {"more_capacity", "dropout", "l2", "smaller_network"}
