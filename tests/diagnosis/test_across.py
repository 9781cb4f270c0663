"""Patterns over trials: found where they were planted, silent on noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import a_trial
from curve_zoo import overfitting

from tuneit.curves import LearningCurve
from tuneit.diagnosis import AdviceContext, diagnose_curve, trial_patterns
from tuneit.diagnosis.across import edge_of
from tuneit.diagnosis.permutation import p_crowded
from tuneit.diagnosis.sampling import expected_maximum
from tuneit.findings import Finding, Reference, Severity
from tuneit.space import Choice, Fixed, Float, Int, Parameter, Scalar, SearchSpace
from tuneit.trials import Facts, Goal, Objective, Trial, TrialState

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
    assert not named(trial_patterns([*full, *cut], SPACE, ACCURACY), "effect", "dropout")


def test_an_effect_is_found_with_its_numbers() -> None:
    (effect,) = named(trial_patterns(study(30, dropout_helps=0.2), SPACE, ACCURACY), "effect")
    assert effect.evidence["parameter"] == "dropout"
    assert effect.evidence["better_when"] == "high"
    assert float(effect.evidence["gap_reduction"] or 0) > 0.2
    assert "smaller gap" in effect.summary
    assert "points" in effect.summary


@pytest.mark.parametrize("widest", [0.1, 0.05, 0.0])
def test_no_more_than_the_whole_gap_goes(widest: float) -> None:
    (effect,) = named(
        trial_patterns(study(30, dropout_helps=0.2, widest=widest), SPACE, ACCURACY), "effect"
    )
    reduction = effect.evidence["gap_reduction"]
    assert reduction is None or 0 <= float(reduction) <= 1
    assert ("no gap and better" in effect.summary) == (reduction == 1)


def of_noise(n: int, hyperparameters: int, seed: int) -> tuple[Finding, ...]:
    """What is found in a study whose scores have nothing to do with its hyperparameters."""
    ordered = [Float(name=f"p{i}", low=0, high=1) for i in range(hyperparameters - 1)]
    space = SearchSpace((*ordered, Int(name="layers", low=1, high=4)))
    rng = np.random.default_rng([n, hyperparameters, seed])
    scores = rng.standard_normal(n)
    trials = [a_trial(i, space.sample(rng), float(score)) for i, score in enumerate(scores)]
    return trial_patterns(trials, space, ACCURACY)


@pytest.mark.parametrize(("n", "hyperparameters"), [(12, 3), (25, 6), (40, 8)])
def test_of_studies_of_noise_one_in_twenty_shows_anything(n: int, hyperparameters: int) -> None:
    told = {"effect", "edge_of_range", "interaction"}
    found = [of_noise(n, hyperparameters, seed) for seed in range(100)]
    assert sum(any(f.name in told for f in study) for study in found) <= 5


def test_a_p_value_counts_the_hyperparameters_that_were_looked_at() -> None:
    trials = study(24, seed=4, dropout_helps=0.08)
    idle = tuple(Float(name=f"idle_{i}", low=0, high=1) for i in range(8))
    rng = np.random.default_rng(0)
    more = [
        replace(t, params={**t.params, **{p.name: float(rng.random()) for p in idle}})
        for t in trials
    ]
    (alone,) = named(trial_patterns(trials, SearchSpace(SPACE.parameters[:1]), ACCURACY), "effect")
    assert alone.evidence["tests"] == 2
    assert "after correction for 2 tests" in alone.summary
    found = trial_patterns(more, SearchSpace((*SPACE.parameters[:1], *idle)), ACCURACY)
    (beside,) = named(found, "effect", "dropout")
    expected = pytest.approx(9 * float(alone.evidence["p"] or 0), rel=1e-3)
    assert float(beside.evidence["p"] or 0) == expected


def test_the_chance_of_a_crowd_at_an_edge_is_counted_exactly() -> None:
    rng = np.random.default_rng(0)
    draws = np.array([rng.permutation(20)[:5] for _ in range(20_000)])
    for outer, crowd in ((4, 1), (4, 2), (6, 3)):
        at_the_edge = draws < outer
        chance = (at_the_edge[:, 0] & (at_the_edge.sum(axis=1) >= crowd)).mean()
        assert p_crowded(20, outer, 5, crowd) == pytest.approx(chance, abs=0.01)
    assert p_crowded(20, 20, 5, 5) == pytest.approx(1)
    # Of 10,000 trials the numbers of ways are beyond the largest float.
    assert p_crowded(10_000, 2500, 2000, 500) == pytest.approx(0.25 * 0.5, rel=0.1)


def test_the_last_of_a_few_steps_is_an_edge() -> None:
    layers = SearchSpace((Int(name="layers", low=1, high=4),))
    trials = [a_trial(i, {"layers": 1 + i % 4}, 0.1 * (i % 4) + 1e-3 * i) for i in range(32)]
    (edge,) = named(trial_patterns(trials, layers, ACCURACY), "edge_of_range")
    assert (edge.evidence["end"], edge.evidence["value"]) == ("max", 4)


def test_few_trials_say_nothing() -> None:
    assert trial_patterns(study(5, dropout_helps=0.5), SPACE, ACCURACY) == ()
    assert trial_patterns([], SPACE, ACCURACY) == ()


def test_the_best_at_the_edge_asks_for_a_wider_range() -> None:
    found = trial_patterns(study(40, dropout_helps=0.6), SPACE, ACCURACY)
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
    (region,) = named(trial_patterns(trials, SPACE, ACCURACY), "failing_region")
    assert region.evidence["parameter"] == "learning_rate"
    assert region.evidence["failing_when"] == "high"
    assert float(region.evidence["threshold"] or 0) == pytest.approx(0.02, rel=0.8)
    unfinished = [
        replace(t, facts=Facts(interrupted=True)) if t.state is TrialState.FAILED else t
        for t in trials
    ]
    assert named(trial_patterns(unfinished, SPACE, ACCURACY), "failing_region") == []


@pytest.mark.parametrize(
    ("n", "expected"), [(1, 0.0), (2, 0.5642), (5, 1.1630), (100, 2.5076), (1000, 3.2414)]
)
def test_the_expected_maximum_of_normal_numbers(n: int, expected: float) -> None:
    assert expected_maximum(n) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(
    ("metric", "goal", "truth", "spread", "rows"),
    [("val_accuracy", "maximize", 0.8, 0.01, 1600), ("val_loss", "minimize", 0.5, 0.05, 100)],
)
def test_the_best_of_many_is_corrected_to_the_truth(
    metric: str, goal: Goal, truth: float, spread: float, rows: int
) -> None:
    objective, corrected = Objective(metric, goal), []
    for seed in range(30):
        scores = truth + spread * np.random.default_rng(seed).standard_normal(12)
        trials = [a_trial(i, {}, float(score)) for i, score in enumerate(scores)]
        # Nothing is said where too few come near the best.
        found = trial_patterns(trials, SearchSpace(), objective, rows)
        corrected += [float(luck.evidence["corrected"] or 0) for luck in found]
    assert len(corrected) >= 25
    # Each study's own luck is left, of which the mean over studies is free.
    assert np.mean(corrected) == pytest.approx(truth, abs=spread / 3)


def test_luck_is_not_told_where_the_sampling_error_is_unknown() -> None:
    trials = study(40)
    for objective, rows in (
        (ACCURACY, None),
        (Objective("accuracy", "maximize"), 1000),
        (Objective("val_auc", "maximize"), 1000),
    ):
        assert not named(trial_patterns(trials, SPACE, objective, rows), "best_of_many")


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
    assert trial_patterns(trials, SPACE, ACCURACY) == trial_patterns(trials, SPACE, ACCURACY)


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
    (found,) = named(trial_patterns(crossed(60, 1, 0.15), SPACE, ACCURACY), "interaction")
    assert {found.evidence["parameter"], found.evidence["other"]} == {"dropout", "learning_rate"}
    where, elsewhere = found.evidence["change_where"], found.evidence["change_elsewhere"]
    assert float(where or 0) < 0 < float(elsewhere or 0)


def test_interactions_are_not_made_of_noise_or_single_effects() -> None:
    false = sum(
        bool(named(trial_patterns(crossed(40, seed, 0.0), SPACE, ACCURACY), "interaction"))
        for seed in range(40)
    )
    assert false <= 3
    assert not named(trial_patterns(crossed(30, 0, 0.5), SPACE, ACCURACY), "interaction")


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
    # With folds a score rests on the rows of all of them.
    folds = replace(context, scored_rows=500)
    told = diagnose_curve(sick, Reference(n_validation=100), folds).finding("best_of_many")
    assert told is not None
    assert told.evidence["rows"] == 500


@pytest.mark.parametrize(
    ("failed", "trials", "advised"), [(1, 4, False), (1, 20, False), (2, 6, True), (11, 20, True)]
)
def test_failed_trials_are_told_and_many_are_to_be_mended(
    failed: int, trials: int, advised: bool
) -> None:
    healthy = study(trials)
    gone = [
        replace(t, state=TrialState.FAILED, score=None, error=f"no memory at step {t.number}")
        for t in healthy[:failed]
    ]
    context = AdviceContext(SPACE, {}, [*gone, *healthy[failed:]], ACCURACY, 30)
    curve = healthy[-1].curve
    assert curve is not None
    diagnosis = diagnose_curve(curve, Reference(), context)
    told = diagnosis.finding("failed_trials")
    assert told is not None
    assert told.summary.startswith(f"{failed} of {trials} trials failed")
    assert "no memory at step 0" in told.summary
    actions = [r.key for r in diagnosis.recommendations]
    assert ("mend_failing_trials" in actions) == advised


@pytest.mark.parametrize(
    "error",
    [
        "ResourceExhaustedError: OOM when allocating tensor with shape[4096,4096]",
        "MemoryError: Unable to allocate 8.00 GiB",
        "the worker was killed: out of memory?",
    ],
)
def test_d15_trials_that_exceed_the_memory_ask_for_half_the_batch(error: str) -> None:
    healthy = study(10)
    gone = [
        replace(t, state=TrialState.FAILED, score=None, error=error, params={"batch_size": size})
        for t, size in zip(healthy[:2], (512, 256), strict=True)
    ]
    context = AdviceContext(SPACE, {}, [*gone, *healthy[2:]], ACCURACY, 30)
    curve = healthy[-1].curve
    assert curve is not None
    diagnosis = diagnose_curve(curve, Reference(), context)
    told = diagnosis.finding("out_of_memory")
    assert told is not None
    assert "2 of 10 trials exceeded the memory" in told.summary
    assert "256 rows" in told.summary
    assert "smaller_batch_size" in {r.key for r in diagnosis.recommendations}


def test_a_study_that_reached_its_target_says_stop_when_it_has_ended() -> None:
    t = np.arange(40)
    good = LearningCurve.from_history(
        {
            "loss": list(1.1 * np.exp(-t / 4) + 0.1),
            "val_loss": list(1.1 * np.exp(-t / 4) + 0.12),
            "accuracy": list(0.98 - 0.78 * np.exp(-t / 4)),
            "val_accuracy": list(0.97 - 0.77 * np.exp(-t / 4)),
        }
    )
    reference = Reference(metric="accuracy", target=0.96)

    def advice(trials: int, ended: bool, tested: tuple[Finding, ...] = ()) -> list[str]:
        many = study(trials)
        context = AdviceContext(SPACE, {}, many, ACCURACY, 30, ended=ended, tested=tested)
        diagnosis = diagnose_curve(good, reference, context)
        assert diagnosis.finding("at_the_limit") is not None
        return [f"{r.action}; {r.change}; {r.refuted_by}" for r in diagnosis.recommendations]

    (stop,) = advice(8, ended=True)
    assert stop.startswith("stop: ")
    assert "the evaluation on the test split has been made" in stop
    assert "evaluate once" not in stop
    assert advice(6, ended=True) == []
    assert advice(20, ended=False) == []
    worse = Finding("worse_on_test", Severity.WARNING, 0.95, "", {"test": 0.8, "validation": 0.97})
    (other,) = advice(20, ended=True, tested=(worse,))
    assert other.startswith("larger validation set")


@pytest.mark.parametrize(
    ("parameter", "value", "end"),
    [
        (SPACE.parameters[0], 0.49, "max"),
        (SPACE.parameters[0], 0.0, "min"),
        (SPACE.parameters[0], 0.4, None),
        (SPACE.parameters[1], 1e-4, "min"),
        (SPACE.parameters[2], "sgd", None),
        (Int(name="layers", low=1, high=4), 4, "max"),
        (Int(name="layers", low=1, high=4), 3, None),
        (Int(name="layers", low=2, high=2), 2, None),
        (Fixed(name="k", value=1), 1, None),
    ],
)
def test_the_edge_of_a_range(parameter: Parameter, value: Scalar, end: str | None) -> None:
    assert edge_of(parameter, value) == end
