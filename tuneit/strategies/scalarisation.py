"""Several objectives as one score, for strategies that know one only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tuneit.trials import BUILT_IN, Objective, Trial, has_values

Matrix = NDArray[np.float64]

_SLOPE = 0.05
"""Weight of the sum beside the largest loss; ParEGO's."""


def scores_of(
    trials: Sequence[Trial], objectives: Sequence[Objective], rng: np.random.Generator
) -> Matrix:
    """A score for each trial, higher better; NaN where it has none. At least one must have one.

    One objective: the trial's score, its sign turned where lower is better. Several: the
    augmented Chebyshev scalarisation with weights drawn anew at each call, uniformly from the
    simplex, so that a search walks along the whole front (ParEGO: Knowles, IEEE Transactions on
    Evolutionary Computation 10, 2006). Losses are scaled to [0, 1] first; built-in objectives,
    sizes and times, by their logarithms.
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
    """Values as losses: 0 for the best of them, 1 for the worst; NaN stays NaN."""
    if objective.metric in BUILT_IN:
        positive = values[values > 0]
        values = np.log(np.maximum(values, positive.min() if len(positive) else 1.0))
    losses = -objective.sign * values
    least, most = np.nanmin(losses), np.nanmax(losses)
    scaled: Matrix = (losses - least) / ((most - least) or 1.0)
    return scaled
