"""The pruner of executions: it agrees with Optuna's, and says what it needs."""

from __future__ import annotations

import warnings

import numpy as np
import optuna
import pytest

from tuneit.errors import InputError
from tuneit.strategies.pruners.registry import make_pruner
from tuneit.study import PruningSpec
from tuneit.trials import Objective, Trial, TrialState

LOSS = Objective("val_loss", "minimize")
ACCURACY = Objective("val_accuracy", "maximize")


def a_pruner(objective=LOSS, **options):
    return make_pruner(PruningSpec(name="wilcoxon", options=options), objective)


def ended(number: int, *scores: float) -> Trial:
    return Trial(
        number, {}, TrialState.COMPLETE, score=float(np.mean(scores)), scores=tuple(scores)
    )


BEST = ended(0, 0.1, 0.2, 0.3, 0.2, 0.1, 0.2)


def test_a_trial_that_is_always_worse_stops_after_its_fourth_execution():
    scores = [0.3, 0.5, 0.4, 0.9]
    pruner = a_pruner()
    for n in range(1, 4):
        assert pruner.reason_after_execution(1, scores[:n], [BEST]) is None
    assert pruner.reason_after_execution(1, scores, [BEST]) == (
        "its 4 executions are worse than those of trial 0 "
        "(mean val_loss 0.525 against 0.2, p = 0.062)"
    )
    assert pruner.reason(1, 9, 5.0, [BEST]) is None


def test_the_best_trial_is_compared_with_and_nothing_without_one():
    pruner = a_pruner()
    assert pruner.reason_after_execution(1, [9.0] * 5, []) is None
    failed = Trial(2, {}, TrialState.FAILED)
    assert pruner.reason_after_execution(1, [9.0] * 5, [failed]) is None
    worse = ended(1, 5, 5, 5, 5, 5, 5)
    assert "trial 0" in str(pruner.reason_after_execution(2, [1.0] * 5, [BEST, worse]))
    # Compared fold by fold with what the other has.
    assert pruner.reason_after_execution(1, [9.0] * 6, [ended(0, 1.0, 2.0, 3.0)]) is None


def test_equal_or_better_executions_go_on():
    pruner = a_pruner(ACCURACY)
    best = ended(0, 0.9, 0.8, 0.7, 0.8, 0.9)
    assert pruner.reason_after_execution(1, [0.9, 0.8, 0.7, 0.8], [best]) is None
    assert pruner.reason_after_execution(1, [0.95, 0.9, 0.8, 0.9], [best]) is None
    assert pruner.reason_after_execution(1, [0.5, 0.4, 0.3, 0.4], [best]) is not None


@pytest.mark.parametrize("objective", [LOSS, ACCURACY], ids=lambda o: o.goal)
@pytest.mark.parametrize("threshold", [0.05, 0.1, 0.3])
def test_agrees_with_optunas_pruner(objective, threshold):
    rng = np.random.default_rng(0)
    ours = a_pruner(objective, p_threshold=threshold)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    decisions = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = optuna.pruners.WilcoxonPruner(p_threshold=threshold)
        for case in range(25):
            best = np.round(rng.normal(size=8), 1 + case % 2)
            scores = np.round(best + rng.normal(objective.sign * -0.4, 0.5, size=8), 1 + case % 2)
            study = optuna.create_study(direction=objective.goal, pruner=theirs)
            study.add_trial(
                optuna.trial.create_trial(
                    value=float(best.mean()), intermediate_values=dict(enumerate(best.tolist()))
                )
            )
            trial = study.ask()
            for n in range(1, 8):
                trial.report(float(scores[n - 1]), n - 1)
                prunes = trial.should_prune()
                reason = ours.reason_after_execution(1, scores[:n].tolist(), [ended(0, *best)])
                assert (reason is not None) == prunes, (best, scores[:n])
                decisions.append(prunes)
    assert 0.1 < np.mean(decisions) < 0.9


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"p_threshold": 1.5}, "p_threshold must be between 0 and 1, but is 1.5"),
        ({"n_startup_steps": -1}, "n_startup_steps must be at least 0"),
        ({"p_treshold": 0.1}, "did you mean 'p_threshold'"),
    ],
)
def test_bad_options_are_said(options, words):
    with pytest.raises(InputError, match=words):
        a_pruner(**options)


def test_waits_for_its_startup_steps():
    pruner = a_pruner(n_startup_steps=5)
    assert pruner.reason_after_execution(1, [9.0] * 4, [BEST]) is None
    assert pruner.reason_after_execution(1, [9.0] * 5, [BEST]) is not None
