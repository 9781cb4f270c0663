"""Bayesian optimisation: a Gaussian process and the expected improvement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuneit.space import Choice, Params, SearchSpace, params_key
from tuneit.strategies.base import Situation, Suggestion
from tuneit.strategies.history import is_exhausted, settled, tried, untried

if TYPE_CHECKING:
    from tuneit.strategies.gaussian_process import GaussianProcess

Matrix = NDArray[np.float64]

_CANDIDATES = 1000
_NEIGHBOURS = 400
_ROUNDS = 4
_MOST_TRIALS = 250
_LISTABLE = 2000


@dataclass
class Bayesian:
    """Proposes where a Gaussian process expects the largest improvement.

    The first `initial` trials (default: twice the number of hyperparameters that vary, at least
    5 and at most 10) are a scrambled Sobol sequence, which spreads better than random points.
    After that: unordered choices are one-hot columns, everything else lies on its unit axis;
    hyperparameters that do not exist in a configuration stand at the middle of theirs, and a flag
    says so. Failed trials count as the worst score seen. Trials that are running count as if
    they had got what the process expects of them. Nothing is proposed twice.

    Of more than 250 trials the best 80, the newest 40 and a random choice of others are used.
    """

    initial: int | None = None

    def __post_init__(self) -> None:
        if self.initial is not None and self.initial < 1:
            raise ValueError(f"initial must be at least 1, but is {self.initial}")

    def propose(self, situation: Situation) -> Suggestion | None:
        """Return the most promising new configuration, or None where every one was tried."""
        if is_exhausted(situation):
            return None
        dimensions = len(situation.space.tunable)
        initial = self.initial or min(max(5, 2 * dimensions), 10)
        scored = sum(trial.scored for trial in situation.trials)
        if scored < initial or not dimensions:
            params = untried(situation, _spread(situation))
        else:
            params = _Model(situation).best()
        return None if params is None else Suggestion(params)


def _spread(situation: Situation) -> Any:
    """Draws: first the trial's own point of the study's Sobol sequence, then random ones."""
    rng = situation.rng
    sequence = iter(()) if situation.attempt else _sobol(situation)

    def draw() -> Params:
        return next(sequence, None) or situation.space.sample(rng)

    return draw


def _sobol(situation: Situation) -> Iterator[Params]:
    from scipy.stats import qmc

    space = situation.space
    engine = qmc.Sobol(max(1, len(space)), rng=np.random.default_rng([situation.seed]))
    if situation.number:
        engine.fast_forward(situation.number)
    yield _at(space, engine.random(1)[0])


def _at(space: SearchSpace, units: Sequence[float] | Matrix) -> Params:
    """The configuration at a point of the unit cube; inactive coordinates are passed over."""
    params: Params = {}
    for parameter, unit in zip(space, units, strict=True):
        if parameter.is_active(params):
            params[parameter.name] = parameter.from_unit(min(float(unit), 1 - 1e-12))
    return params


class Encoding:
    """Configurations as rows of numbers in [0, 1]; `groups` counts a column's hyperparameter."""

    def __init__(self, space: SearchSpace) -> None:
        self._space = space
        self._columns: list[tuple[Any, int, int]] = []
        self._flags: dict[Any, int] = {}
        self.groups: list[int] = []
        for parameter in space:
            if parameter.count == 1:
                continue
            width = 1
            if isinstance(parameter, Choice) and not parameter.ordered and parameter.count > 2:
                width = parameter.count
            self._columns.append((parameter, len(self.groups), width))
            group = self.groups[-1] + 1 if self.groups else 0
            self.groups += [group] * width
        for when in dict.fromkeys(p.when for p, _, _ in self._columns if p.when):
            self._flags[when] = len(self.groups)
            self.groups.append(self.groups[-1] + 1)

    def __call__(self, configurations: Sequence[Params]) -> Matrix:
        """Return a row of shape (columns,) for each configuration."""
        rows = np.full((len(configurations), len(self.groups)), 0.5)
        for row, params in zip(rows, configurations, strict=True):
            for parameter, first, width in self._columns:
                if parameter.when and not parameter.is_active(params):
                    continue
                if parameter.name not in params:
                    continue
                unit = parameter.to_unit(params[parameter.name])
                if width == 1:
                    row[first] = unit
                else:
                    # Two choices are √(½ + ½) = 1 apart, as the ends of an axis are.
                    row[first : first + width] = 0.0
                    row[first + min(int(unit * width), width - 1)] = np.sqrt(0.5)
            for when, column in self._flags.items():
                row[column] = float(all(condition.holds(params) for condition in when))
        return rows


class _Model:
    """What the trials so far say about one space."""

    def __init__(self, situation: Situation) -> None:
        from tuneit.strategies.gaussian_process import GaussianProcess

        self._situation = situation
        self._space = situation.space
        self._rng = situation.rng
        self._encode = Encoding(situation.space)
        self._taken = tried(situation.space, situation.trials)
        sign = situation.objective.sign
        ended = [trial for trial in situation.trials if trial.finished]
        scores = np.array([sign * (t.score or 0.0) if t.scored else np.nan for t in ended])
        keep = self._subset(scores)
        points = [_legal(self._space, settled(self._space, ended[i].params)) for i in keep]
        self._y = _standardised(scores[keep])
        process = GaussianProcess.fitted(self._encode(points), self._y, self._encode.groups)
        pending = [t for t in situation.trials if not t.finished]
        if pending:
            x = self._encode([_legal(self._space, settled(self._space, t.params)) for t in pending])
            process = process.with_points(x, process.predict(x)[0])
        self._process: GaussianProcess = process
        fitted, _ = process.predict(process.x)
        # The best fitted rather than the best seen: one lucky score shall not hide what is better.
        self._best = float(fitted.max())
        order = np.argsort(-fitted[: len(points)], kind="stable")
        self._leaders = [points[i] for i in order[:5]]

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
        pool = self._new(self._everything() or self._drawn())
        if not pool:
            rng = self._rng
            return untried(self._situation, lambda: self._space.sample(rng))
        values = self._improvement(pool)
        for round_ in range(_ROUNDS):
            top = np.argsort(-values, kind="stable")[:4]
            near = self._new(
                self._neighbour(pool[top[i % len(top)]], 0.1 / 3**round_) for i in range(100)
            )
            if near:
                pool += near
                values = np.concatenate([values, self._improvement(near)])
        return pool[int(np.argmax(values))]

    def _everything(self) -> list[Params]:
        """All points of a small finite space."""
        size = self._space.size
        if size is None or size > _LISTABLE or self._space.grid_size != size:
            return []
        return list(self._space.grid())

    def _drawn(self) -> list[Params]:
        drawn = [self._space.sample(self._rng) for _ in range(_CANDIDATES)]
        near = [
            self._neighbour(self._leaders[i % len(self._leaders)], 0.2 / 2 ** (i % 5))
            for i in range(_NEIGHBOURS)
        ]
        return drawn + near

    def _new(self, configurations: Any) -> list[Params]:
        by_key = {params_key(params): params for params in configurations}
        return [params for key, params in by_key.items() if key not in self._taken]

    def _neighbour(self, params: Params, width: float) -> Params:
        """A configuration nearby: about half of the hyperparameters moved, at least a little."""
        rng = self._rng
        moved: Params = {}
        share = max(0.5, 1.5 / max(1, len(params)))
        for parameter in self._space:
            if not parameter.is_active(moved):
                continue
            value = params.get(parameter.name)
            if parameter.name not in params or not parameter.contains(value):
                moved[parameter.name] = parameter.sample(rng)
            elif parameter.count == 1 or rng.random() > share:
                moved[parameter.name] = value
            elif isinstance(parameter, Choice) and not parameter.ordered:
                stays = rng.random() < 0.7
                moved[parameter.name] = value if stays else parameter.sample(rng)
            else:
                least = 0.0 if parameter.count is None else 0.7 / parameter.count
                unit = parameter.to_unit(value) + rng.normal(0.0, max(width, least))
                moved[parameter.name] = parameter.from_unit(min(max(unit, 0.0), 1 - 1e-12))
        return moved

    def _improvement(self, configurations: Sequence[Params]) -> Matrix:
        from tuneit.strategies.gaussian_process import log_expected_improvement

        mean, deviation = self._process.predict(self._encode(configurations))
        return log_expected_improvement(mean, deviation, self._best)


def _legal(space: SearchSpace, params: Params) -> Params:
    """Replace what has left a range since it was tried by what is legal now."""
    return {
        parameter.name: (
            params[parameter.name]
            if parameter.contains(params[parameter.name])
            else parameter.default
        )
        for parameter in space.active(params)
    }


def _standardised(scores: Matrix) -> Matrix:
    """Scores (higher better, NaN: failed) as values with mean 0 and deviation 1.

    Far below the median they are drawn in, so that one diverged loss of 10⁶ does not make all
    the others look alike; failed trials then count as the worst.
    """
    known = scores[np.isfinite(scores)]
    median, low = np.median(known), np.quantile(known, 0.25)
    spread = max(float(np.quantile(known, 0.75) - low), 1e-12 * max(1.0, abs(float(median))))
    below = np.maximum(0.0, (low - spread) - scores) / spread
    drawn_in = np.where(below > 0, (low - spread) - spread * np.log1p(below), scores)
    filled = np.where(np.isnan(drawn_in), np.nanmin(drawn_in), drawn_in)
    deviation = float(filled.std())
    result: Matrix = (filled - filled.mean()) / (deviation if deviation > 0 else 1.0)
    return result
