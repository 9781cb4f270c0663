"""Patterns over trials: found where they were planted, silent on noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import a_trial

from tuneit.curves import LearningCurve
from tuneit.diagnosis import AdviceContext, diagnose_curve, look_across
from tuneit.findings import Finding
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


def study(n: int, seed: int = 0, dropout_helps: float = 0.0) -> list[Trial]:
    """Trials of random parameters; each unit of dropout adds `dropout_helps` to the score."""
    rng = np.random.default_rng(seed)
    trials = []
    for number in range(n):
        params = SPACE.sample(rng)
        dropout = float(params["dropout"] or 0)
        score = 0.8 + dropout_helps * dropout + 0.01 * rng.standard_normal()
        gap = 0.3 - 0.4 * dropout * (dropout_helps > 0)
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


def test_an_effect_is_found_with_its_numbers() -> None:
    (effect,) = named(look_across(study(30, dropout_helps=0.2), SPACE, ACCURACY), "effect")
    assert effect.evidence["parameter"] == "dropout"
    assert effect.evidence["better_when"] == "high"
    assert float(effect.evidence["gap_reduction"] or 0) > 0.2
    assert "smaller gap" in effect.summary
    assert "points" in effect.summary


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
