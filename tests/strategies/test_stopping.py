"""Rules that end a study before its budget."""

from __future__ import annotations

import pytest
from builders import a_trial

from tuneit.space import Choice, Float, SearchSpace
from tuneit.strategies.stopping import LEAST_TRIALS, Stopping, regret_bound
from tuneit.study import StoppingSpec
from tuneit.trials import Objective, Trial, TrialState

ACCURACY = Objective("val_accuracy", "maximize")
LOSS = Objective("val_loss", "minimize")
SPACE = SearchSpace((Float(name="x", low=0, high=1),))


def reason(trials: list[Trial], objective: Objective = ACCURACY, **rules: float) -> str | None:
    return Stopping(StoppingSpec(**rules), objective).reason(trials, SPACE)  # type: ignore[arg-type]


def test_without_rules_or_trials_nothing_ends() -> None:
    assert reason([a_trial(score=1.0)]) is None
    assert reason([], target=0.5, patience=1, regret=1.0) is None
    assert reason([a_trial(score=None, state=TrialState.FAILED)] * 5, patience=1) is None


@pytest.mark.parametrize(("objective", "score"), [(ACCURACY, 0.98), (LOSS, 0.02)])
def test_a_target_is_reached_from_its_side(objective: Objective, score: float) -> None:
    trials = [a_trial(0, score=0.5), a_trial(1, score=score)]
    target = 0.97 if objective.maximize else 0.03
    said = reason(trials, objective, target=target)
    assert said is not None
    assert said.startswith(f"the target is reached: {objective.metric} {score:g} in trial 1")
    assert reason(trials[:1], objective, target=target) is None


def test_patience_counts_every_finished_trial_since_the_best() -> None:
    trials = [
        a_trial(0, score=0.9),
        a_trial(1, score=0.9),
        a_trial(2, score=None, state=TrialState.FAILED),
        a_trial(3, score=0.95, state=TrialState.PRUNED),
        a_trial(4, score=None, state=TrialState.RUNNING),
    ]
    assert reason(trials, patience=3) == "no improvement for 3 trials, since trial 0"
    assert reason(trials, patience=4) is None
    assert reason([*trials, a_trial(5, score=0.91)], patience=3) is None


def test_a_regret_is_small_once_a_smooth_function_is_covered() -> None:
    def at(number: int, x: float) -> Trial:
        return a_trial(number, {"x": x}, score=(x - 0.3) ** 2)

    rough = [at(n, n / LEAST_TRIALS) for n in range(LEAST_TRIALS)]
    assert regret_bound(rough[:-1], SPACE, LOSS) is None
    known = [*rough, *(at(LEAST_TRIALS + n, 0.2 + n / 100) for n in range(20))]
    bound = regret_bound(known, SPACE, LOSS)
    assert bound is not None
    assert 0 <= bound < 0.01
    said = reason(known, LOSS, regret=0.01)
    assert said is not None
    assert said.endswith("better in val_loss than trial 6 (stopping.regret: 0.01)")
    assert reason(known, LOSS, regret=1e-9) is None


def test_a_regret_is_large_while_scores_are_noise() -> None:
    space = SearchSpace((*SPACE, Choice(name="c", values=("a", "b", "c"))))
    noise = [
        a_trial(n, {"x": (n * 0.618) % 1, "c": "abc"[n % 3]}, score=(n * 7919 % 101) / 101)
        for n in range(40)
    ]
    bound = regret_bound(noise, space, LOSS)
    assert bound is not None
    assert bound > 0.1
    assert regret_bound([a_trial(n, {"x": n / 40}, 0.5) for n in range(40)], SPACE, LOSS) == 0
