"""The fields of a trial that only Optuna's own tools read, beside its parameters."""

from __future__ import annotations

import math
from typing import Any

from tuneit.trials import Objective, Trial, TrialState

_MOST_REPORTS = 200
"""The most intermediate values of a trial that are stored; the whole curve is stored elsewhere."""


def reports(trial: Trial, objective: Objective) -> list[tuple[int, float]]:
    """The objective's values by epoch for Optuna's plots; of a long curve, evenly spaced ones."""
    series = None if trial.curve is None else trial.curve.get(objective.metric)
    if trial.curve is None or series is None:
        return []
    pairs = list(zip(trial.curve.epochs.tolist(), series.tolist(), strict=True))
    stride = -(-len(pairs) // _MOST_REPORTS)
    return pairs[::-1][:: stride or 1][::-1]


def outcome(trial: Trial) -> tuple[Any, list[float] | None]:
    """The Optuna state of a trial that has ended, and its values, if that state has values."""
    from optuna.trial import TrialState as OptunaState

    if trial.values:
        # Optuna refuses pruned trials with several values, and NaN.
        if trial.state is TrialState.COMPLETE and all(map(math.isfinite, trial.values)):
            return OptunaState.COMPLETE, list(trial.values)
    elif trial.scored and trial.score is not None:
        state = OptunaState.PRUNED if trial.state is TrialState.PRUNED else OptunaState.COMPLETE
        if trial.state is not TrialState.FAILED:
            return state, [trial.score]
    return (OptunaState.PRUNED if trial.state is TrialState.PRUNED else OptunaState.FAIL), None
