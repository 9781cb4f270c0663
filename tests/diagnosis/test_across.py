"""Patterns over trials: found where they were planted, silent on noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import a_trial
from curve_zoo import overfitting

from tuneit.curves import LearningCurve
from tuneit.diagnosis import AdviceContext, diagnose_curve, look_across
from tuneit.findings import Finding, Reference
from tuneit.space import Choice, Float, SearchSpace
from tuneit.trials import Objective, Trial, TrialState

SPACE = SearchSpace(
    (
        Float(name="dropout", low=0.0, high=0.5),
        Float(name="learning_rate", low=1e-4, high=1e-1, sampling="log"),
        Choice(name="optimizer", values=("adam", "sgd")),
    )
)
ACCURACY = Objective("val_accuracy", "maximize")


def study(n: int, seed: int = 0, dropout_helps: float = 0.0, widest: float = 0.3) -> list[Trial]:
    """Trials of random parameters; each unit of dropout adds `dropout_helps` to the score.

    `widest` is the gap without dropout.
    """
    rng = np.random.default_rng(seed)
    trials = []
    for number in range(n):
        params = SPACE.sample(rng)
        dropout = float(params["dropout"] or 0)
        score = 0.8 + dropout_helps * dropout + 0.01 * rng.standard_normal()
        gap = widest - 0.4 * dropout * (dropout_helps > 0)
        loss = np.linspace(1.0, 0.2, 10)
        history = {
            "loss": loss,
            "val_loss": loss + gap * np.linspace(0, 1, 10),
            "val_accuracy": score + 0.01 * rng.standard_normal(10),
        }
        curve = LearningCurve.from_history({k: list(v) for k, v in history.items()})
        trials.append(a_trial(number, params, score, curve=curve))
    return trials


def named(found: tuple[Finding, ...], name: str, parameter: str | None = None) -> list[Finding]:
    return [f for f in found if f.name == name and parameter in (None, f.evidence.get("parameter"))]


def test_scores_of_pruned_trials_are_not_compared_with_those_of_complete_ones() -> None:
    full = study(10)
    cut = [
        replace(t, number=t.number + 10, score=0.3, state=TrialState.PRUNED)
        for t in study(30, seed=1)
        if float(t.params["dropout"] or 0) < 0.25
    ]
    assert not named(look_across([*full, *cut], SPACE, ACCURACY), "effect", "dropout")


def test_an_effect_is_found_with_its_numbers() -> None:
    (effect,) = named(look_across(study(30, dropout_helps=0.2), SPACE, ACCURACY), "effect")
    assert effect.evidence["parameter"] == "dropout"
    assert effect.evidence["better_when"] == "high"
    assert float(effect.evidence["gap_reduction"] or 0) > 0.2
    assert "smaller gap" in effect.summary
    assert "points" in effect.summary


@pytest.mark.parametrize("widest", [0.1, 0.05, 0.0])
def test_no_more_than_the_whole_gap_goes(widest: float) -> None:
    (effect,) = named(
        look_across(study(30, dropout_helps=0.2, widest=widest), SPACE, ACCURACY), "effect"
    )
    reduction = effect.evidence["gap_reduction"]
    assert reduction is None or 0 <= float(reduction) <= 1
    assert ("no gap and better" in effect.summary) == (reduction == 1)


def test_noise_makes_few_effects() -> None:
    false = sum(
        bool(named(look_across(study(25, seed), SPACE, ACCURACY), "effect")) for seed in range(30)
    )
    # Two ordered hyperparameters at five per cent each.
    assert false <= 6


def test_few_trials_say_nothing() -> None:
    assert look_across(study(5, dropout_helps=0.5), SPACE, ACCURACY) == ()
    assert look_across([], SPACE, ACCURACY) == ()


def test_the_best_at_the_edge_asks_for_a_wider_range() -> None:
    found = look_across(study(40, dropout_helps=0.6), SPACE, ACCURACY)
    (edge,) = named(found, "edge_of_range", "dropout")
    assert edge.evidence["end"] == "max"
    assert "dropout: {max:" in str(edge.evidence["change"])


def test_failing_trials_have_a_region() -> None:
    trials = [
        replace(t, state=TrialState.FAILED, score=None)
        if float(t.params["learning_rate"] or 0) > 0.02
        else t
        for t in study(40)
    ]
    (region,) = named(look_across(trials, SPACE, ACCURACY), "failing_region")
    assert region.evidence["parameter"] == "learning_rate"
    assert region.evidence["failing_when"] == "high"
    assert float(region.evidence["threshold"] or 0) == pytest.approx(0.02, rel=0.8)
    unfinished = [
        replace(t, notes={"interrupted": True}) if t.state is TrialState.FAILED else t
        for t in trials
    ]
    assert named(look_across(unfinished, SPACE, ACCURACY), "failing_region") == []


def test_the_best_of_many_is_corrected_downwards() -> None:
    (luck,) = named(look_across(study(40), SPACE, ACCURACY), "best_of_many")
    assert float(luck.evidence["corrected"] or 0) < float(luck.evidence["best"] or 0)
    # The truth is 0.8 for all of them.
    assert abs(float(luck.evidence["corrected"] or 0) - 0.8) < abs(
        float(luck.evidence["best"] or 0) - 0.8
    )


def test_advice_rests_on_the_studys_own_trials() -> None:
    trials = study(30, dropout_helps=0.2)
    n = 30
    loss = 2 * np.exp(-np.arange(n) / 6)
    sick = LearningCurve.from_history(
        {"loss": list(loss), "val_loss": list(loss + np.maximum(0, np.arange(n) - 10) / 15)}
    )
    context = AdviceContext(SPACE, {"dropout": 0.1, "learning_rate": 1e-3}, trials, ACCURACY, 30)
    advice = diagnose_curve(sick, context=context).recommendations
    dropout = next(r for r in advice if r.parameter == "dropout")
    assert dropout.priority <= 2
    assert "trials with dropout ≥" in dropout.reason


def test_the_same_trials_give_the_same_findings() -> None:
    trials = study(30, dropout_helps=0.1)
    assert look_across(trials, SPACE, ACCURACY) == look_across(trials, SPACE, ACCURACY)


def crossed(n: int, seed: int, strength: float) -> list[Trial]:
    """High dropout helps at low learning rates and hurts at high ones; both matter alone."""
    rng = np.random.default_rng(seed)
    trials = []
    for number in range(n):
        params = SPACE.sample(rng)
        dropout = float(params["dropout"] or 0) - 0.25
        rate = np.log10(float(params["learning_rate"] or 1)) + 2.5
        score = 0.8 + 0.1 * dropout - 0.03 * rate**2 - strength * dropout * rate
        trials.append(a_trial(number, params, score + 0.01 * rng.standard_normal()))
    return trials


def test_an_interaction_is_found_with_its_numbers() -> None:
    (found,) = named(look_across(crossed(60, 1, 0.15), SPACE, ACCURACY), "interaction")
    assert {found.evidence["parameter"], found.evidence["other"]} == {"dropout", "learning_rate"}
    where, elsewhere = found.evidence["change_where"], found.evidence["change_elsewhere"]
    assert float(where or 0) < 0 < float(elsewhere or 0)


def test_interactions_are_not_made_of_noise_or_single_effects() -> None:
    false = sum(
        bool(named(look_across(crossed(40, seed, 0.0), SPACE, ACCURACY), "interaction"))
        for seed in range(40)
    )
    assert false <= 3
    assert not named(look_across(crossed(30, 0, 0.5), SPACE, ACCURACY), "interaction")


def test_small_validation_sets_make_the_best_look_luckier() -> None:
    sick = overfitting(30)
    context = AdviceContext(SPACE, {}, study(40), ACCURACY, 30)
    luck = [
        diagnose_curve(sick, Reference(n_validation=rows), context).finding("best_of_many")
        for rows in (100, 10_000)
    ]
    assert luck[0] is not None
    assert float(luck[0].evidence["standard_error"] or 0) == pytest.approx(0.039, abs=0.005)
    assert luck[1] is None or float(luck[1].evidence["standard_error"] or 1) < 0.005
