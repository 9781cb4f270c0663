"""Hyperparameters whose effect depends on another one's value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tuneit.curves import Series
from tuneit.diagnosis.check import number
from tuneit.diagnosis.permutation import PERMUTATIONS, ROUNDING, shuffled
from tuneit.errors.wording import figures, signed_score
from tuneit.findings import Finding, Severity
from tuneit.space import Parameter, SearchSpace
from tuneit.trials import Objective, Trial

MIN_TRIALS = 31
"""Four cells of fewer trials are too small to compare."""

MIN_CELL = 5
"""Trials in the smallest of a pair's four cells, at the least."""

MIN_LEFT = 10
"""Trials beyond the own effects that are fitted: fewer leave nothing to compare."""

SIGNIFICANT = 0.015
"""A stricter limit than for single effects: few pairs interact. Together both stay below 5 %."""


OUTER = (0.1, 0.9)
"""Quantiles of the scores: a score beyond one by more than their distance is clipped (chosen)."""

EXPLAINED = 1e-9
"""A share of the scores', or of the largest effect's, length that is rounding."""

FOLLOWS = 1e-6
"""Length a trial of a contrast that the own effects explain, but for rounding."""

MOST_CERTAIN = 0.95
"""Confidence at the most (chosen)."""


@dataclass(frozen=True, slots=True)
class _Half:
    """Trials on one side of a hyperparameter: `inside` (bool, (n,)), and how to say it."""

    parameter: str
    inside: NDArray[np.bool_]
    said: str


def interactions(
    scored: Sequence[Trial], space: SearchSpace, objective: Objective
) -> Iterator[Finding]:
    """Yield the strongest interaction of two hyperparameters, where chance hardly makes such.

    The scores, free of each hyperparameter's own effect (linear, squared, and by halves), are
    compared over the four cells of each pair: what is left is a difference of differences. The
    residuals are permuted, freed of the own effects again and scaled to unit length (Freedman &
    Lane, 1983): the more own effects there are, the less is left of them. The p-value counts all
    pairs. Only effects that change their sign are reported: no other scale of the metric removes
    them.
    """
    active = space.tunable
    trials = [t for t in scored if all(_has(p, t) for p in active)]
    if len(trials) < MIN_TRIALS:
        return
    halves = [half for p in active for half in _halves(p, trials)]
    pairs = [
        (a, b) for a, b in combinations(halves, 2)
        if a.parameter != b.parameter and _smallest_cell(a, b) >= MIN_CELL
    ]  # fmt: skip
    if not pairs:
        return
    score = objective.sign * np.array([t.score or 0.0 for t in trials])
    own = _basis(_own_effects(active, halves, trials))
    if own.shape[1] + MIN_LEFT > len(trials):
        return
    residual = _residual(own, _clipped(score))
    if np.linalg.norm(residual) < EXPLAINED * np.linalg.norm(score):
        return
    contrasts = _residual(own, np.stack([_contrast(a, b) for a, b in pairs], axis=1))
    length = np.linalg.norm(contrasts, axis=0)
    usable = length > FOLLOWS * np.sqrt(len(trials))
    contrasts = np.where(usable, contrasts / np.where(usable, length, 1.0), 0.0)
    seen = np.abs(residual @ contrasts) / np.linalg.norm(residual)
    best = int(np.argmax(seen))
    permuted = shuffled(residual)
    left = np.linalg.norm(_residual(own, permuted.T), axis=0)
    chance = np.abs(permuted @ contrasts).max(axis=1) / left
    p = float((1 + (chance >= seen[best] - ROUNDING).sum()) / (1 + PERMUTATIONS))
    if p <= SIGNIFICANT and _reverses(*pairs[best], score):
        yield _finding(*pairs[best], score, objective, p)


def _clipped(score: Series) -> Series:
    """Scores with outliers clipped, so that one diverged trial makes no pattern."""
    low, high = np.quantile(score, OUTER)
    return np.clip(score, low - (high - low), high + (high - low))


def _reverses(a: _Half, b: _Half, score: Series) -> bool:
    """Whether the effect changes its sign: where it only weakens, the metric may saturate."""
    both, only_a, only_b, neither = (float(np.median(score[cell])) for cell in _cells(a, b))
    return (both - only_b) * (only_a - neither) < 0 or (both - only_a) * (only_b - neither) < 0


def _has(parameter: Parameter, trial: Trial) -> bool:
    return (
        parameter.name in trial.params
        and parameter.is_active(trial.params)
        and parameter.contains(trial.params[parameter.name])
    )


def _halves(parameter: Parameter, trials: Sequence[Trial]) -> Iterator[_Half]:
    """Above and below the median of an ordered hyperparameter; of a choice, each value."""
    name = parameter.name
    values = [t.params[name] for t in trials]
    if not parameter.ordered:
        levels = list(dict.fromkeys(values))
        for level in levels[: 1 if len(levels) == 2 else None]:
            yield _Half(name, np.array([v == level for v in values]), f"{name} = {level}")
        return
    axis = np.array([parameter.to_unit(v) for v in values])
    inside = axis > np.median(axis)
    if inside.any():
        least = min(float(v or 0) for v, high in zip(values, inside, strict=True) if high)
        yield _Half(name, inside, f"{name} ≥ {figures(least, 3)}")


def _cells(a: _Half, b: _Half) -> tuple[NDArray[np.bool_], ...]:
    return a.inside & b.inside, a.inside & ~b.inside, ~a.inside & b.inside, ~a.inside & ~b.inside


def _smallest_cell(a: _Half, b: _Half) -> int:
    return min(int(cell.sum()) for cell in _cells(a, b))


def _contrast(a: _Half, b: _Half) -> Series:
    """Weights of a difference of differences of the four cells' means."""
    signs = (1.0, -1.0, -1.0, 1.0)
    weights = np.zeros(len(a.inside))
    for sign, cell in zip(signs, _cells(a, b), strict=True):
        weights[cell] = sign / cell.sum()
    return weights


def _own_effects(
    active: Sequence[Parameter], halves: Sequence[_Half], trials: Sequence[Trial]
) -> Series:
    columns = [np.ones(len(trials)), *(half.inside.astype(np.float64) for half in halves)]
    for parameter in active:
        if not parameter.ordered:
            continue
        unit = np.array([parameter.to_unit(t.params[parameter.name]) for t in trials])
        columns += [unit, unit**2]
    return np.stack(columns, axis=1)


def _basis(columns: Series) -> Series:
    """An orthonormal basis of what columns span: some of them may follow from others."""
    vectors, length, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(vectors[:, length > EXPLAINED * length[0]], dtype=np.float64)


def _residual(basis: Series, values: Series) -> Series:
    """The residuals of values after their least-squares fit by a basis."""
    return np.asarray(values - basis @ (basis.T @ values), dtype=np.float64)


def _finding(a: _Half, b: _Half, score: Series, objective: Objective, p: float) -> Finding:
    both, only_a, only_b, neither = (float(np.median(score[cell])) for cell in _cells(a, b))
    with_b, without_b = objective.sign * (both - only_b), objective.sign * (only_a - neither)
    return Finding(
        "interaction",
        Severity.INFO,
        min(MOST_CERTAIN, 1 - p),
        f"{a.parameter} and {b.parameter} depend on one another: {a.said} changes "
        f"{objective.metric} by {signed_score(with_b)} where {b.said}, by "
        f"{signed_score(without_b)} elsewhere (medians, n = {len(score)}, p = {figures(p, 2)}): "
        "choose them together",
        {
            "parameter": a.parameter,
            "other": b.parameter,
            "change_where": number(with_b),
            "change_elsewhere": number(without_b),
            "n": len(score),
            "p": number(p),
        },
    )
