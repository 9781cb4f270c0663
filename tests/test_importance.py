from __future__ import annotations

import numpy as np
import pytest

from tuneit.importance import FEWEST_TRIALS, importances
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


def trials(n: int, score=lambda p: -((np.log10(p["rate"]) + 2) ** 2)) -> list[Trial]:
    rng = np.random.default_rng(0)
    drawn = [SPACE.sample(rng) for _ in range(n)]
    return [Trial(i, p, TrialState.COMPLETE, score=float(score(p))) for i, p in enumerate(drawn)]


def test_what_matters_comes_first_and_shares_sum_to_one():
    found = importances(trials(60), SPACE, ACCURACY)
    assert next(iter(found)) == "rate"
    assert sum(found.values()) == pytest.approx(1)
    assert found["rate"] > 2 * found["idle"]
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_a_conditional_hyperparameter_is_judged_where_it_exists():
    found = importances(trials(80, lambda p: -(p.get("momentum", 2) ** 2)), SPACE, ACCURACY)
    assert set(list(found)[:2]) == {"momentum", "kind"}


def test_little_evidence_gives_nothing():
    assert importances([], SPACE, ACCURACY) == {}
    assert importances(trials(FEWEST_TRIALS - 1), SPACE, ACCURACY) == {}
    assert importances(trials(30, lambda p: 0.5), SPACE, ACCURACY) == {}
    assert importances(trials(30), SearchSpace(), ACCURACY) == {}
