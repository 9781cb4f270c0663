"""Rules that end a study before its budget. They depend only on its trials, also after a resume."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuneit.errors.wording import counted, figures
from tuneit.space import SearchSpace
from tuneit.study import StoppingSpec
from tuneit.trials import Objective, Trial, best_trial, ranked, trial_rng

Matrix = NDArray[np.float64]

LEAST_TRIALS = 20
"""The fewest scored trials for an estimate of the regret; with fewer it is too vague."""

_DELTA = 0.1
_RANDOM_POINTS = 2000


@dataclass(frozen=True)
class Stopping:
    """Says why a study should end; `spec` holds the rules that the study names.

    `target` is a score that is good enough. `patience` is a number of finished trials (with failed
    and pruned ones) without an improvement. `regret` is the expected difference between the best
    possible configuration and the best trial, in the objective's unit.
    """

    spec: StoppingSpec
    objective: Objective
    seed: int = 0

    def reason(self, trials: Sequence[Trial], space: SearchSpace) -> str | None:
        """Return a sentence for the first rule that is met, or None."""
        best = best_trial(trials, self.objective)
        if best is None:
            return None
        return (
            self._target(best) or self._patience(best, trials) or self._regret(best, trials, space)
        )

    def _target(self, best: Trial) -> str | None:
        target, score = self.spec.target, best.score or 0.0
        if target is None or self.objective.sign * (score - target) < 0:
            return None
        return (
            f"the target is reached: {self.objective.metric} {figures(score)} "
            f"in trial {best.number} (wanted {target:g})"
        )

    def _patience(self, best: Trial, trials: Sequence[Trial]) -> str | None:
        patience = self.spec.patience
        since = sum(trial.finished and trial.number > best.number for trial in trials)
        if patience is None or since < patience:
            return None
        return f"no improvement for {counted(since, 'trial')}, since trial {best.number}"

    def _regret(self, best: Trial, trials: Sequence[Trial], space: SearchSpace) -> str | None:
        limit = self.spec.regret
        if limit is None:
            return None
        bound = regret_bound(trials, space, self.objective, self.seed)
        if bound is None or bound > limit:
            return None
        return (
            f"no configuration is expected to be more than {figures(max(bound, 0.0), 2)} better in "
            f"{self.objective.metric} than trial {best.number} (stopping.regret: {limit:g})"
        )


def regret_bound(
    trials: Sequence[Trial], space: SearchSpace, objective: Objective, seed: int = 0
) -> float | None:
    """Estimate the most that the score can still improve over the best trial, in the score's unit.

    This is the largest upper confidence bound of a Gaussian process within the region of the better
    half of the trials, minus the largest lower confidence bound at a trial; β = 2 ln(d n² π² / 6δ)
    / 5, δ = 0.1 (Makarova et al., AutoML 2022, with the constants of Optuna's terminator). None if
    fewer than `LEAST_TRIALS` trials have a score, or nothing varies.
    """
    scored = [t for t in ranked(trials, objective) if t.scored]
    if len(scored) < LEAST_TRIALS or not space.tunable:
        return None
    from threadpoolctl import threadpool_limits

    from tuneit.strategies.gaussian_process import GaussianProcess
    from tuneit.strategies.tried import with_defaults
    from tuneit.strategies.unit_cube import UnitCube

    top = scored[: max(LEAST_TRIALS, len(scored) // 2)]
    scores = np.array([objective.sign * (t.score or 0.0) for t in top])
    deviation = float(scores.std())
    if deviation == 0:
        return 0.0
    cube = UnitCube(space)
    points = cube.rows(with_defaults(space, t.params) for t in top)
    rng = trial_rng(seed, len(trials))
    low, high = points.min(axis=0), points.max(axis=0)
    drawn = cube.snapped(low + (high - low) * rng.random((_RANDOM_POINTS, points.shape[1])))
    near = cube.snapped(np.clip(points + rng.normal(scale=0.02, size=points.shape), low, high))
    with threadpool_limits(1, user_api="blas"):
        process = GaussianProcess.fitted(
            cube.features(points), (scores - scores.mean()) / deviation, cube.groups
        )
        mean, spread = process.predict(cube.features(np.vstack([points, drawn, near])))
    n, width = len(top), len(space.tunable)
    beta = 2 * math.log(width * n**2 * math.pi**2 / (6 * _DELTA)) / 5
    margin = math.sqrt(beta) * spread
    return deviation * float((mean + margin).max() - (mean - margin)[:n].max())
