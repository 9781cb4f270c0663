"""What Optuna's own tools are shown of a trial, beside its parameters."""

from __future__ import annotations

import math
from typing import Any

from tuneit.trials import Objective, Trial, TrialState

_MOST_REPORTS = 200
"""Intermediate values kept for the dashboard; the curve itself is kept whole."""


def reports(trial: Trial, objective: Objective) -> list[tuple[int, float]]:
    """The objective's curve, thinned evenly where it is long, for Optuna's plots."""
    series = None if trial.curve is None else trial.curve.get(objective.metric)
    if trial.curve is None or series is None:
        return []
    pairs = list(zip(trial.curve.epochs.tolist(), series.tolist(), strict=True))
    stride = -(-len(pairs) // _MOST_REPORTS)
    return pairs[::-1][:: stride or 1][::-1]


def outcome(trial: Trial) -> tuple[Any, list[float] | None]:
    """Optuna's state of a trial that has ended, and the values that this state may have."""
    from optuna.trial import TrialState as OptunaState

    if trial.values:
        # Optuna knows no pruned trials with several values, and no value that is not a number.
        if trial.state is TrialState.COMPLETE and all(map(math.isfinite, trial.values)):
            return OptunaState.COMPLETE, list(trial.values)
    elif trial.scored and trial.score is not None:
        state = OptunaState.PRUNED if trial.state is TrialState.PRUNED else OptunaState.COMPLETE
        if trial.state is not TrialState.FAILED:
            return state, [trial.score]
    return (OptunaState.PRUNED if trial.state is TrialState.PRUNED else OptunaState.FAIL), None
