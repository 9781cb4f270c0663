from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.stats import norm

from tuneit.space import Boolean, Choice, Condition, Fixed, Float, Int, SearchSpace
from tuneit.strategies import gaussian_process as gp
from tuneit.strategies.base import Situation
from tuneit.strategies.bayesian import Bayesian, _Model, _standardised
from tuneit.strategies.unit_cube import UnitCube
from tuneit.trials import Objective, Trial, TrialState

LOSS = Objective("val_loss", "minimize")
SPACE = SearchSpace(
    (
        Choice(name="kind", values=("a", "b", "c")),
        Float(name="x", low=1, high=2, when=(Condition("kind", ("b", "c")),)),
        Int(name="n", low=1, high=4),
        Boolean(name="flag", when=(Condition("n", (2, 3)),)),
        Float(name="deep", low=0, high=1, step=0.25, when=(Condition("flag", (True,)),)),
        Int(name="log", low=1, high=64, sampling="log"),
        Fixed(name="k", value=1),
    )
)


def test_the_gradient_is_that_of_the_likelihood():
    rng = np.random.default_rng(0)
    x, y, groups = rng.random((12, 4)), rng.normal(size=12), np.array([0, 1, 1, 2])
    squares = gp._squared_differences(x, groups, 3)
    theta = np.array([-0.5, 0.3, 0.1, 0.2, -2.0])
    error = check_grad(
        lambda t: gp._negative_likelihood(t, squares, y)[0],
        lambda t: gp._negative_likelihood(t, squares, y)[1],
        theta,
    )
    assert error < 1e-4


def test_it_interpolates_and_is_unsure_far_away():
    x = np.linspace(0, 0.5, 12)[:, None]
    process = gp.GaussianProcess.fitted(x, np.sin(8 * x[:, 0]), [0])
    mean, deviation = process.predict(np.array([[0.21], [1.0]]))
    assert mean[0] == pytest.approx(np.sin(8 * 0.21), abs=0.05)
    assert deviation[1] > 5 * deviation[0]
    more = process.with_points(np.array([[1.0]]), np.array([0.0]))
    assert more.predict(np.array([[1.0]]))[1][0] < deviation[1]


def test_a_hyperparameter_without_effect_gets_a_long_scale():
    rng = np.random.default_rng(0)
    x = rng.random((40, 2))
    process = gp.GaussianProcess.fitted(x, np.sin(6 * x[:, 0]), [0, 1])
    assert process.theta[1] > process.theta[0] + 1


def test_expected_improvement_in_the_open_and_in_the_far_tail():
    mean, deviation = np.array([0.0, 1.0, -5.0]), np.array([1.0, 0.5, 1.0])
    z = (mean - 0.3) / deviation
    exact = deviation * (z * norm.cdf(z) + norm.pdf(z))
    np.testing.assert_allclose(
        np.exp(gp.log_expected_improvement(mean, deviation, 0.3)), exact, rtol=1e-6
    )
    far = gp.log_expected_improvement(np.array([-50.0, -60.0, -1e4]), np.ones(3), 0.0)
    assert np.isfinite(far).all()
    assert (np.diff(far) < 0).all()


def test_the_cube_agrees_with_the_space():
    cube, rng = UnitCube(SPACE), np.random.default_rng(0)
    rows = cube.snapped(rng.random((200, len(SPACE))))
    active = cube.active(rows)
    for row, exists in zip(rows, active, strict=True):
        params = cube.params(row)
        assert SPACE.contains(params)
        assert [p.name for p, here in zip(SPACE, exists, strict=True) if here] == list(params)
        again = cube.row(params)
        np.testing.assert_allclose(again[exists][:-2], row[exists][:-2])
        np.testing.assert_allclose(
            cube.features(again[None])[:, :-2][:, :6], cube.features(row[None])[:, :-2][:, :6]
        )
    assert cube.features(rows).shape == (200, len(cube.groups))


def test_standardised_scores_keep_their_order_and_bound_outliers():
    scores = np.array([0.9, 0.8, 0.85, -1e6, np.nan, 0.7])
    found = _standardised(scores)
    assert found.mean() == pytest.approx(0)
    assert list(np.argsort(-found[[0, 1, 2, 5, 3]])) == [0, 2, 1, 3, 4]
    assert found[4] == found[3]
    assert found[0] - found[1] > 0.01


def propose(trials, space, seed=0):
    return Bayesian(initial=5).propose(Situation(space, trials, LOSS, seed, len(trials)))


def test_it_leaves_its_random_phase_with_many_hyperparameters():
    space = SearchSpace(tuple(Float(name=f"x{i}", low=0, high=1) for i in range(12)))
    trials: list[Trial] = []
    for number in range(25):
        found = Bayesian().propose(Situation(space, trials, LOSS, 0, number))
        score = sum((v - 0.5) ** 2 for v in found.params.values())
        trials.append(Trial(number, found.params, TrialState.COMPLETE, score=score))
    assert np.mean([t.score for t in trials[12:]]) < 0.8 * np.mean([t.score for t in trials[:10]])


def test_it_learns_where_models_are_refused():
    space = SearchSpace(tuple(Float(name=name, low=0, high=1) for name in "xyz"))
    trials: list[Trial] = []
    for number in range(25):
        params = Bayesian().propose(Situation(space, trials, LOSS, 0, number)).params
        score = sum((v - 0.1) ** 2 for v in params.values())
        allowed = params["x"] < 0.2
        state, known = (TrialState.COMPLETE, score) if allowed else (TrialState.FAILED, None)
        trials.append(Trial(number, params, state, score=known))
    assert sum(t.scored for t in trials[15:]) >= 7


def many_trials(number):
    rng = np.random.default_rng(0)
    space = SearchSpace((Float(name="x", low=0, high=1), Float(name="y", low=0, high=1)))
    trials = []
    for params in (space.sample(rng) for _ in range(number)):
        score = (params["x"] - 0.7) ** 2 + (params["y"] - 0.2) ** 2
        trials.append(Trial(len(trials), params, TrialState.COMPLETE, score=score))
    return space, trials


def test_of_very_many_trials_a_part_is_used():
    space, trials = many_trials(600)
    found = propose(trials, space).params
    assert abs(found["x"] - 0.7) < 0.1
    assert abs(found["y"] - 0.2) < 0.1


@pytest.mark.parametrize(("number", "fitted"), [(250, 250), (251, 100)])
def test_the_scales_are_fitted_to_all_of_up_to_250_trials(monkeypatch, number, fitted):
    rows = []
    fit = gp.GaussianProcess.fitted

    def seen(x, y, groups):
        rows.append(len(x))
        return fit(x, y, groups)

    monkeypatch.setattr(gp.GaussianProcess, "fitted", seen)
    space, trials = many_trials(number)
    model = _Model(Situation(space, trials, LOSS, 0, number))
    assert rows == [fitted]
    assert len(model._process.x) == 250


def test_running_trials_keep_others_away():
    space = SearchSpace((Float(name="x", low=0, high=1),))
    done = [
        Trial(i, {"x": x}, TrialState.COMPLETE, score=abs(x - 0.5))
        for i, x in enumerate((0.0, 0.05, 0.1, 0.9, 1.0))
    ]
    first = propose(done, space).params
    second = propose([*done, Trial(5, first)], space).params
    assert abs(first["x"] - second["x"]) > 0.02
