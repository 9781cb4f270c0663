"""How much each hyperparameter matters for the score, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.diagnosis.permutation import ROUNDING
from tuneit.errors.html import html_table, marked
from tuneit.space import Parameter, SearchSpace
from tuneit.trials import Objective, Trial, TrialState

FEWEST_TRIALS = 8
"""Complete trials below which an importance would be a guess."""

TOP, FEWEST_TOP = 0.25, 5
"""The best share of the trials that all are compared with, and at least so many. A tenth, as Optuna
has it, is two trials of twenty: they show an effect half as often."""

WIDTH = 0.1
"""Of the bell around each trial's value, in shares of the range: wider ones hide an optimum amid
the range, narrower ones show no more (both measured on 20 and 40 trials)."""

SIGNIFICANT = 0.05
"""The chance that any hyperparameter is said to matter where none does."""

SHUFFLES, RESAMPLES = 1000, 200
"""Permutations of the scores, and bootstrap resamples of the trials."""

INTERVAL = (0.025, 0.975)
"""The quantiles of the resamples that bound a share's 95 % interval."""

_GRID = (np.arange(50) + 0.5) / 50

Rows = NDArray[np.int64]
Series = NDArray[np.float64]


class Shares(dict[str, float]):
    """Shares by hyperparameter, largest first; `reason` says why there are none."""

    def __init__(self, shares: Mapping[str, float], reason: str) -> None:
        super().__init__(shares)
        self.reason = reason

    def __repr__(self) -> str:
        return super().__repr__() if self else f"{{}}  # {self.reason}"

    def _repr_html_(self) -> str:
        if not self:
            return f"<p>{marked(self.reason)}</p>"
        rows = ((name, f"{share:.3f}") for name, share in self.items())
        return html_table(("hyperparameter", "importance"), rows)


@dataclass(frozen=True)
class Importances:
    """Shares in [0, 1] by hyperparameter, largest first, summing to 1; empty where none is known.

    `intervals` holds each share's 95 % bootstrap interval, `beyond_chance` those that matter more
    than they would if scores had nothing to do with them. All rest on `used` complete trials, of
    `trials` that were begun.
    """

    shares: Mapping[str, float] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    beyond_chance: frozenset[str] = frozenset()
    used: int = 0
    trials: int = 0

    def as_shares(self) -> Shares:
        """Return the shares, or why there are none."""
        if self.used < FEWEST_TRIALS:
            reason = f"{FEWEST_TRIALS} complete trials are needed, and there are {self.used}"
        else:
            reason = f"no hyperparameter explains the score of {self.used} trials beyond chance"
        return Shares(self.shares, reason)

    def to_dict(self) -> dict[str, Any]:
        """Return what the shares rest on, JSON-ready."""
        return {
            "trials_used": self.used,
            "trials": self.trials,
            "intervals_95": {name: list(ends) for name, ends in self.intervals.items()},
            "beyond_chance": sorted(self.beyond_chance),
        }


def importances(trials: Sequence[Trial], space: SearchSpace, objective: Objective) -> Importances:
    """Compare how the best trials and all are distributed along each hyperparameter.

    PED-ANOVA (Watanabe, Bansal & Hutter, IJCAI 2023): the Pearson divergence between both
    densities, less what shuffled scores give. Shares are returned only where at least one
    hyperparameter diverges more than with shuffled scores (permutation test, corrected for the
    number of hyperparameters), and from `FEWEST_TRIALS` complete trials on. A hyperparameter that
    exists in some configurations only is judged by the trials that have it, and counts by their
    share, where those are enough.
    """
    complete = [t for t in trials if t.state is TrialState.COMPLETE and t.scored]
    nothing = Importances(used=len(complete), trials=len(trials))
    score = np.array([-objective.sign * (t.score or 0.0) for t in complete])
    axes = list(_axes(complete, space))
    if len(complete) < FEWEST_TRIALS or not np.ptp(score) > 0 or not axes:
        return nothing
    rng = np.random.default_rng(0)
    everyone = np.arange(len(complete))
    seen = np.array([axis.divergence(everyone, score) for axis in axes])
    shuffles = [rng.permutation(score) for _ in range(SHUFFLES)]
    chance = np.array([[a.divergence(everyone, shuffled) for a in axes] for shuffled in shuffles])
    p = (1 + (chance >= seen - ROUNDING).sum(axis=0)) / (1 + SHUFFLES)
    beyond = frozenset(
        axis.name for axis, own in zip(axes, p, strict=True) if own * len(axes) <= SIGNIFICANT
    )
    level = chance.mean(axis=0)
    shares = _shares(seen - level)
    if not beyond or shares is None:
        return nothing
    resamples = (rng.integers(len(everyone), size=len(everyone)) for _ in range(RESAMPLES))
    drawn = (_shares(np.array([a.divergence(r, score) for a in axes]) - level) for r in resamples)
    low, high = np.quantile([d for d in drawn if d is not None], INTERVAL, axis=0)
    order = sorted(range(len(axes)), key=lambda i: (-shares[i], axes[i].name))
    return replace(
        nothing,
        shares={axes[i].name: float(shares[i]) for i in order},
        intervals={
            axes[i].name: _around(float(shares[i]), float(low[i]), float(high[i])) for i in order
        },
        beyond_chance=beyond,
    )


def _shares(divergences: Series) -> Series | None:
    """Shares of the sum; None where nothing diverges."""
    positive = np.maximum(0.0, divergences)
    total = positive.sum()
    return None if not total > 0 else np.asarray(positive / total)


def _around(share: float, low: float, high: float) -> tuple[float, float]:
    """An interval that holds the share: resampled, one may never be as great or as small."""
    return min(low, share), max(high, share)


@dataclass(frozen=True, eq=False)
class _Range:
    """The trials that have a hyperparameter in one range, and a density around each.

    `members` marks the trials that have it; `kernels`, of shape (all trials, grid), holds
    probabilities that sum to 1 by row.
    """

    members: NDArray[np.bool_]
    kernels: Series

    def divergence(self, rows: Rows, score: Series) -> float:
        """Of the best of these trials (lower scores are better) from all of them.

        Both densities are smoothed alike, and by one trial's weight of a uniform one.
        """
        having = rows[self.members[rows]]
        if len(having) < FEWEST_TRIALS:
            return 0.0
        top = max(FEWEST_TOP, math.ceil(TOP * len(having)))
        best = having[np.argsort(score[having], kind="stable")[:top]]
        uniform = 1 / self.kernels.shape[1]
        density = (self._sum(having) + uniform) / (len(having) + 1)
        of_best = (self._sum(best) + uniform) / (top + 1)
        share = len(having) / len(rows)
        return share * float(((of_best - density) ** 2 / density).sum())

    def _sum(self, rows: Rows) -> Series:
        """The sum of the trials' densities, each as often as the trial is in `rows`."""
        times = np.bincount(rows, minlength=len(self.kernels)).astype(np.float64)
        return np.asarray(times @ self.kernels)


@dataclass(frozen=True, eq=False)
class _Axis:
    """A hyperparameter: with conditions it may have several ranges, for different trials."""

    name: str
    ranges: Sequence[_Range]

    def divergence(self, rows: Rows, score: Series) -> float:
        return sum(part.divergence(rows, score) for part in self.ranges)


def _axes(trials: Sequence[Trial], space: SearchSpace) -> Iterator[_Axis]:
    named: dict[str, list[_Range]] = {}
    for parameter in space.tunable:
        members = np.array([_has(parameter, t) for t in trials], dtype=bool)
        if members.sum() >= FEWEST_TRIALS:
            part = _Range(members, _kernels(parameter, trials, members))
            named.setdefault(parameter.name, []).append(part)
    return (_Axis(name, ranges) for name, ranges in named.items())


def _has(parameter: Parameter, trial: Trial) -> bool:
    name = parameter.name
    return (
        name in trial.params
        and parameter.is_active(trial.params)
        and parameter.contains(trial.params[name])
    )


def _kernels(parameter: Parameter, trials: Sequence[Trial], members: NDArray[np.bool_]) -> Series:
    having = [t.params[parameter.name] for t, has in zip(trials, members, strict=True) if has]
    if not parameter.ordered:
        values = list(parameter.points())
        found = np.eye(len(values))[[values.index(value) for value in having]]
    else:
        unit = np.array([parameter.to_unit(value) for value in having])
        bells = np.exp(-(((_GRID - unit[:, None]) / WIDTH) ** 2) / 2)
        found = bells / bells.sum(axis=1, keepdims=True)
    kernels = np.zeros((len(trials), found.shape[1]))
    kernels[members] = found
    return kernels
