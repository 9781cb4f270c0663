from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tuneit.diagnosis.importance import FEWEST_TRIALS, importances
from tuneit.space import Boolean, Choice, Condition, Fixed, Float, SearchSpace
from tuneit.trials import Objective, Trial, TrialState

ACCURACY = Objective("val_accuracy", "maximize")
SPACE = SearchSpace(
    (
        Float(name="rate", low=1e-4, high=1, sampling="log"),
        Float(name="idle", low=0, high=1),
        Choice(name="kind", values=("a", "b")),
        Float(name="momentum", low=0, high=1, when=(Condition("kind", ("b",)),)),
        Boolean(name="flag"),
        Fixed(name="k", value=1),
    )
)


def trials(
    n: int, score=lambda p: -((np.log10(p["rate"]) + 2) ** 2), space=SPACE, seed=0
) -> list[Trial]:
    rng = np.random.default_rng(seed)
    drawn = [space.sample(rng) for _ in range(n)]
    return [Trial(i, p, TrialState.COMPLETE, score=float(score(p))) for i, p in enumerate(drawn)]


def test_what_matters_comes_first_and_shares_sum_to_one():
    found = importances(trials(60), SPACE, ACCURACY)
    assert next(iter(found.shares)) == "rate"
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.shares["rate"] > 2 * found.shares["idle"]
    assert list(found.shares.values()) == sorted(found.shares.values(), reverse=True)
    assert found.beyond_chance == {"rate"}
    low, high = found.intervals["rate"]
    assert 0 <= low < found.shares["rate"] <= high <= 1
    assert found.intervals["idle"][0] == 0


def test_a_conditional_hyperparameter_is_judged_where_it_exists():
    found = importances(trials(80, lambda p: -(p.get("momentum", 2) ** 2)), SPACE, ACCURACY)
    assert set(list(found.shares)[:2]) == {"momentum", "kind"} == found.beyond_chance


def test_one_name_in_two_ranges_is_one_hyperparameter():
    ranges = (
        Choice(name="kind", values=("a", "b")),
        Float(name="rate", low=0, high=1, when=(Condition("kind", ("a",)),)),
        Float(name="rate", low=2, high=3, when=(Condition("kind", ("b",)),)),
    )
    space = SearchSpace(ranges)
    found = importances(trials(60, lambda p: p["rate"] % 1, space), space, ACCURACY)
    assert found.beyond_chance == {"rate"}
    assert set(found.shares) == {"kind", "rate"}
    assert sum(found.shares.values()) == pytest.approx(1)


def test_little_evidence_gives_nothing():
    for few, space in (
        ([], SPACE),
        (trials(FEWEST_TRIALS - 1), SPACE),
        (trials(30, lambda p: 0.5), SPACE),
        (trials(30), SearchSpace()),
    ):
        found = importances(few, space, ACCURACY)
        assert (found.shares, found.intervals, found.beyond_chance) == ({}, {}, frozenset())
        assert found.used == found.trials == len(few)


def test_it_says_how_many_trials_it_rests_on():
    pruned = [replace(t, state=TrialState.PRUNED, number=t.number + 30) for t in trials(20)]
    found = importances([*trials(30), *pruned], SPACE, ACCURACY)
    assert (found.used, found.trials) == (30, 50)
    assert found.shares == importances(trials(30), SPACE, ACCURACY).shares


def test_of_studies_of_noise_one_in_twenty_shows_anything():
    def shown(seed: int) -> bool:
        noise = np.random.default_rng(seed)
        return bool(
            importances(trials(16, lambda p: noise.random(), seed=seed), SPACE, ACCURACY).shares
        )

    assert sum(map(shown, range(40))) <= 3
