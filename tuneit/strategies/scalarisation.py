"""Combine several objectives into one score, for strategies that need one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tuneit.trials import BUILT_IN, Objective, Trial, has_values

Matrix = NDArray[np.float64]

_SLOPE = 0.05
"""The weight of the sum that is added to the largest loss; the value is ParEGO's."""


def scores_of(
    trials: Sequence[Trial], objectives: Sequence[Objective], rng: np.random.Generator
) -> Matrix:
    """A score for each trial, higher is better; NaN for a trial without one. Not all may be NaN.

    With one objective it is the trial's score, negated if lower is better. With several it is the
    augmented Chebyshev scalarisation. Its weights are drawn uniformly from the simplex at each
    call, so that a search explores the whole front (ParEGO: Knowles, IEEE Transactions on
    Evolutionary Computation 10, 2006). Losses are scaled to [0, 1] first; for built-in objectives
    (sizes and times) their logarithms are.
    """
    if len(objectives) == 1:
        sign = objectives[0].sign
        return np.array([sign * (t.score or 0.0) if t.scored else np.nan for t in trials])
    weights = rng.dirichlet(np.ones(len(objectives)))
    unknown = (np.nan,) * len(objectives)
    values = np.array([t.values if has_values(t, objectives) else unknown for t in trials])
    losses = np.column_stack([_losses(values[:, i], o) for i, o in enumerate(objectives)])
    weighted = losses * weights
    scores: Matrix = -(weighted.max(axis=1) + _SLOPE * weighted.sum(axis=1))
    return scores


def _losses(values: Matrix, objective: Objective) -> Matrix:
    """Values as losses: 0 for the best value, 1 for the worst; NaN stays NaN."""
    if objective.metric in BUILT_IN:
        positive = values[values > 0]
        values = np.log(np.maximum(values, positive.min() if len(positive) else 1.0))
    losses = -objective.sign * values
    least, most = np.nanmin(losses), np.nanmax(losses)
    scaled: Matrix = (losses - least) / ((most - least) or 1.0)
    return scaled
