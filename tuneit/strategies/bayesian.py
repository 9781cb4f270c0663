"""Bayesian optimisation: a Gaussian process and the expected improvement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuneit.space import Params, SearchSpace, params_key
from tuneit.strategies.base import Situation, Suggestion
from tuneit.strategies.history import is_exhausted, untried
from tuneit.strategies.scalarisation import scores_of
from tuneit.strategies.tried import Tried, with_defaults
from tuneit.strategies.unit_cube import UnitCube
from tuneit.trials import Trial, has_values

if TYPE_CHECKING:
    from tuneit.strategies.gaussian_process import GaussianProcess

Matrix = NDArray[np.float64]

# With 1,000 random points, more proposals fell into unexplored corners of the space, and searches
# ended with worse scores.
_RANDOM_POINTS = 100
_NEIGHBOURS = 400
_SCALES = (0.1, 0.03, 0.01, 0.003)
_LOOKED_AT = 200
_MOST_TRIALS = 250
_MOST_FITTED = 100
_LISTABLE = 2000


@dataclass
class Bayesian:
    """Proposes where a Gaussian process expects the largest improvement.

    The first `initial` trials (default: one more than the number of hyperparameters that vary, at
    least 5 and at most 10), and more until two trials have a score, come from a scrambled Sobol
    sequence, which covers the space more evenly than random points.
    After that a Gaussian process is fitted to the scores. Unordered choices are one-hot columns,
    every other hyperparameter is one column in [0, 1]; an inactive one has the value 0.5, and a
    column for its condition says that it is inactive. A failed trial gets the worst score so far,
    a pruned one the score that it had reached. (With the number of trained epochs as another
    column, searches took longer: the process expected good scores near configurations that had
    just been pruned.) A running trial gets a score one standard deviation below what the process
    expects, so that the next proposal lies elsewhere. Nothing is proposed twice. With several
    objectives each proposal uses another random weighting of them (`scalarisation.scores_of`).

    If there are more than 250 trials, the process knows the best 80, the newest 40 and a random
    choice of the others, 250 in all. Its length scales are then fitted to 100 of these, which takes
    a tenth of the time.
    """

    initial: int | None = None

    def __post_init__(self) -> None:
        if self.initial is not None and self.initial < 1:
            raise ValueError(f"initial must be at least 1, but is {self.initial}")

    def propose(self, situation: Situation) -> Suggestion | None:
        """Return the most promising new configuration, or None if every one was tried."""
        if is_exhausted(situation):
            return None
        dimensions = len(situation.space.tunable)
        initial = self.initial or min(max(5, dimensions + 1), 10)
        # Failed trials help the model too, once two trials have a score.
        known = _are_at_least(initial, (trial.finished for trial in situation.trials)) and (
            _are_at_least(
                min(2, initial),
                (has_values(trial, situation.objectives) for trial in situation.trials),
            )
        )
        if not known or not dimensions:
            params = untried(situation, _spread(situation))
        else:
            from threadpoolctl import threadpool_limits

            # Such small matrices are slower on several threads, and training needs the cores.
            with threadpool_limits(1, user_api="blas"):
                params = _Model(situation).best()
        return None if params is None else Suggestion(params)


def _are_at_least(number: int, which: Iterator[bool]) -> bool:
    """Whether so many are true; looks no further than that."""
    return sum(1 for _ in islice(filter(None, which), number)) == number


def _spread(situation: Situation) -> Any:
    """Return a function that draws: first the trial's Sobol point, then random points."""
    rng = situation.rng
    sequence = iter(()) if situation.attempt else _sobol(situation)

    def draw() -> Params:
        return next(sequence, None) or situation.space.sample(rng)

    return draw


def _sobol(situation: Situation) -> Iterator[Params]:
    from scipy.stats import qmc

    cube = UnitCube(situation.space)
    engine = qmc.Sobol(max(1, len(cube.parameters)), rng=np.random.default_rng([situation.seed]))
    if situation.number:
        engine.fast_forward(situation.number)
    yield cube.params(engine.random(1)[0, : len(cube.parameters)])


class _Model:
    """A Gaussian process of the trials so far, and the search for its most promising point."""

    def __init__(self, situation: Situation) -> None:
        from tuneit.strategies.gaussian_process import GaussianProcess

        self._situation = situation
        self._rng = situation.rng
        self._cube = UnitCube(situation.space)
        ended = [trial for trial in situation.trials if trial.finished]
        scores = scores_of(ended, situation.objectives, self._rng)
        keep = self._subset(scores)
        points = self._points([ended[i] for i in keep])
        features = self._cube.features(points)
        y = _standardised(scores[keep])
        few = np.arange(len(y))
        if len(ended) > _MOST_TRIALS:
            few = np.linspace(0, len(y) - 1, _MOST_FITTED).astype(np.int64)
        process = GaussianProcess.fitted(features[few], y[few], self._cube.groups)
        if len(few) < len(y):
            process = process.of(features, y)
        pending = [trial for trial in situation.trials if not trial.finished]
        if pending:
            x = self._cube.features(self._points(pending))
            mean, deviation = process.predict(x)
            process = process.with_points(x, mean - deviation)
        self._process: GaussianProcess = process
        fitted, _ = process.predict(features)
        # The best fitted value, not the best score: a lucky score would hide better points.
        self._best = float(fitted.max())
        self._leaders = points[np.argsort(-fitted, kind="stable")[:5]]

    def _points(self, trials: Sequence[Trial]) -> Matrix:
        space = self._situation.space
        return self._cube.rows(with_defaults(space, trial.params) for trial in trials)

    def _subset(self, scores: Matrix) -> NDArray[np.int64]:
        n = len(scores)
        if n <= _MOST_TRIALS:
            return np.arange(n)
        best = np.argsort(-np.nan_to_num(scores, nan=-np.inf), kind="stable")[:80]
        chosen = dict.fromkeys([*best.tolist(), *range(n - 40, n)])
        others = [i for i in range(n) if i not in chosen]
        drawn = self._rng.choice(others, _MOST_TRIALS - len(chosen), replace=False)
        return np.array(sorted([*chosen, *drawn.tolist()]), dtype=np.int64)

    def best(self) -> Params | None:
        """The new configuration with the largest expected improvement."""
        taken = self._situation.tried
        pool = self._listed(taken)
        if pool is None:
            pool = self._local_search()
        values = self._improvement(pool)
        for i in np.argsort(-values, kind="stable")[:_LOOKED_AT]:
            params = self._cube.params(pool[i])
            if params_key(params) not in taken:
                return params
        return untried(self._situation, lambda: self._situation.space.sample(self._rng))

    def _listed(self, taken: Tried) -> Matrix | None:
        """The untried configurations of a small finite space, as rows; None for other spaces."""
        space = self._situation.space
        if space.size is None or space.size > _LISTABLE or space.grid_size != space.size:
            return None
        keys, rows = _whole(space)
        return rows[[key not in taken for key in keys]]

    def _local_search(self) -> Matrix:
        """Random points and neighbours of the best trials, then closer and closer neighbours."""
        rng, width = self._rng, len(self._cube.parameters)
        around = self._leaders[np.arange(_NEIGHBOURS) % len(self._leaders)]
        scales = np.asarray(0.2 / 2.0 ** (np.arange(_NEIGHBOURS) % 5), dtype=np.float64)
        pool = self._cube.snapped(
            np.vstack([rng.random((_RANDOM_POINTS, width)), self._moved(around, scales)])
        )
        values = self._improvement(pool)
        for scale in _SCALES:
            top = pool[np.argsort(-values, kind="stable")[:4]]
            around = top[np.arange(_NEIGHBOURS // 2) % len(top)]
            near = self._cube.snapped(self._moved(around, np.full(len(around), scale)))
            pool = np.vstack([pool, near])
            values = np.concatenate([values, self._improvement(near)])
        return pool

    def _moved(self, rows: Matrix, scales: Matrix) -> Matrix:
        """Neighbours: about half of the coordinates move, stepped ones by at least one step."""
        rng, cube = self._rng, self._cube
        n, width = rows.shape
        share = max(0.5, min(1.0, 1.5 / width))
        least = np.where(np.isinf(cube.counts), 0.0, 0.7 / cube.counts)
        steps = rng.normal(size=(n, width)) * np.maximum(scales[:, None], least)
        moved = np.clip(rows + steps, 0.0, 1.0)
        jumps = np.where(rng.random((n, width)) < 0.3, rng.random((n, width)), rows)
        moved = np.where(cube.unordered, jumps, moved)
        moved = np.where(rng.random((n, width)) < share, moved, rows)
        # An inactive hyperparameter has no value to start from.
        result: Matrix = np.where(cube.active(rows), moved, rng.random((n, width)))
        return result

    def _improvement(self, rows: Matrix) -> Matrix:
        from tuneit.strategies.gaussian_process import log_expected_improvement

        mean, deviation = self._process.predict(self._cube.features(rows))
        return log_expected_improvement(mean, deviation, self._best)


@lru_cache(maxsize=2)
def _whole(space: SearchSpace) -> tuple[list[Any], Matrix]:
    """All points of a finite space (listing them takes a second): their keys and their rows."""
    points = list(space.grid())
    return [params_key(params) for params in points], UnitCube(space).rows(points)


def _standardised(scores: Matrix) -> Matrix:
    """Scores (higher better, NaN: failed) as values with mean 0 and deviation 1.

    Scores below the middle between the median and the best are compressed logarithmically, because
    the differences between good configurations matter: without it, one diverged loss of 10⁶ would
    make all others look equal. Failed trials get the worst score. (Five forms were tried in
    `studies/benchmarks/search_functions.py`; none was better on all functions.)
    """
    known = scores[np.isfinite(scores)]
    median, best = float(np.median(known)), float(known.max())
    half = max(0.5 * (best - median), 1e-12 * max(1.0, abs(median)))
    bend = median + half
    below = np.maximum(0.0, bend - scores) / half
    compressed = np.where(below > 0, bend - half * np.log1p(below), scores)
    filled = np.where(np.isnan(compressed), np.nanmin(compressed), compressed)
    deviation = float(filled.std())
    result: Matrix = (filled - filled.mean()) / (deviation if deviation > 0 else 1.0)
    return result
