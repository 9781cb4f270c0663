from __future__ import annotations

import math

import pytest
from builders import a_trial
from hypothesis import given
from hypothesis import strategies as st

from tuneit.trials import (
    Facts,
    Objective,
    Trial,
    TrialState,
    has_values,
    objective_values,
    pareto_front,
)

ACCURACY = Objective("val_accuracy", "maximize")
SECONDS = Objective("seconds", "minimize")
SIZE = Objective("parameters", "minimize")
numbers = st.one_of(
    st.integers(0, 4).map(float), st.floats(allow_nan=True, allow_infinity=True)
)  # small integers: many equals


def trials_of(rows: list[tuple[float, ...]]) -> list[Trial]:
    return [a_trial(number, score=row[0], values=row) for number, row in enumerate(rows)]


def beats(one: Trial, other: Trial, objectives: list[Objective]) -> bool:
    gains = [
        (o.sign * a, o.sign * b)
        for o, a, b in zip(objectives, one.values, other.values, strict=True)
    ]
    return all(a >= b for a, b in gains) and any(a > b for a, b in gains)


@pytest.mark.parametrize("objectives", [[ACCURACY, SIZE], [ACCURACY, SIZE, SECONDS]])
@given(data=st.data())
def test_nothing_on_the_front_is_beaten_and_everything_off_it_is(objectives, data):
    row = st.tuples(*[numbers] * len(objectives))
    trials = trials_of(data.draw(st.lists(row, max_size=12)))
    front = pareto_front(trials, objectives)
    finite = [t for t in trials if all(map(math.isfinite, t.values))]
    for trial in finite:
        beaten = any(beats(other, trial, objectives) for other in finite)
        assert (trial in front) is not beaten
    assert all(trial in finite for trial in front)
    assert bool(front) is bool(finite)
    leads = [t.score for t in front]
    assert leads == sorted(leads, reverse=True)


def test_only_complete_trials_are_on_the_front():
    better = {"score": 0.9, "values": (0.9, 1.0)}
    trials = [
        a_trial(0, score=0.5, values=(0.5, 2.0)),
        a_trial(1, **better, state=TrialState.PRUNED),
        a_trial(2, **better, state=TrialState.RUNNING),
        a_trial(3, score=None, state=TrialState.FAILED),
        a_trial(4, score=0.9, values=(0.9, math.nan)),
        a_trial(5, score=0.9),
    ]
    assert pareto_front(trials, [ACCURACY, SIZE]) == trials[:1]
    assert not has_values(trials[5], [ACCURACY, SIZE])
    assert pareto_front([], [ACCURACY, SIZE]) == []


def test_the_front_of_one_objective_is_the_best():
    trials = [a_trial(0, score=0.5), a_trial(1, score=0.7), a_trial(2, score=0.7)]
    assert [t.number for t in pareto_front(trials, [ACCURACY])] == [1, 2]


def test_values_come_from_score_duration_and_the_trainers_notes():
    trial = a_trial(score=0.8, duration_s=1.5, facts=Facts(measured={"parameters": 19.0}))
    assert objective_values(trial, [ACCURACY, SIZE, SECONDS]) == (0.8, 19.0, 1.5)
    assert objective_values(trial, [ACCURACY]) == ()
    first, latency = objective_values(trial, [ACCURACY, Objective("latency_ms", "minimize")])
    assert first == 0.8
    assert math.isnan(latency)
    failed = a_trial(score=None, state=TrialState.FAILED)
    assert objective_values(failed, [ACCURACY, SIZE]) == ()
