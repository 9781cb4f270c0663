"""What one training came to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from tuneit.curves import LearningCurve
from tuneit.errors.wording import kind_of
from tuneit.training.fitting.monitor import EpochMonitor, missing_metric
from tuneit.training.plan import TrainingPlan
from tuneit.trials import Objective


class TrialFailed(Exception):  # noqa: N818 - an outcome of a trial
    """The trial fails; the text is the reason."""


@dataclass
class Execution:
    """One training of a proposal; `told` is what a HyperModel's own `fit` returned.

    `untrained` tells that such a `fit` trained other models than the one it was given.
    """

    score: float
    curve: LearningCurve
    best_epoch: int | None
    monitor: EpochMonitor
    model: Any
    pruned: str | None
    told: Mapping[str, float] = field(default_factory=dict)
    untrained: bool = False


def summarise(result: Any, monitor: EpochMonitor, model: Any, plan: TrainingPlan) -> Execution:
    """Make one thing of a History, a float, a dict or a list of such, and of what the monitor saw.

    A list, of the folds or repeats of a `fit` of the user's own, counts as the mean of its parts;
    its curve is the first History's.
    """
    metric = plan.objective.metric
    rows = monitor.rows
    several = isinstance(result, list)
    told = {} if hasattr(result, "history") else told_by(result, plan.objective)
    histories = [p.history for p in (result if several else [result]) if hasattr(p, "history")]
    history = histories[0] if histories else None
    if (several or not rows) and isinstance(history, Mapping):
        curve = LearningCurve.from_history(history)
    else:
        curve = LearningCurve.from_epochs(rows or ([told] if told else []))
    best_epoch = curve.best_epoch(metric, maximize=plan.objective.maximize)
    if metric in told and monitor.pruned is None:
        # A HyperModel's own `fit` that returns a number has the last word.
        score = told[metric]
    elif best_epoch is not None:
        score = curve.at(metric, best_epoch)
    elif metric in curve:
        raise TrialFailed(f"{metric} was never a finite number in {len(curve)} epochs")
    else:
        raise missing_metric("objective", metric, curve.series)  # type: ignore[arg-type]
    if not math.isfinite(score):
        raise TrialFailed(f"{metric} ended as {score}")
    return Execution(score, curve, best_epoch, monitor, model, monitor.pruned, told)


def told_by(result: Any, objective: Objective) -> dict[str, float]:
    """The metrics in what a HyperModel's own `fit` returned, as keras-tuner reads them.

    A number is the objective's; of a History they are those of its best epoch, and of a list the
    means of its parts. Raises TrialFailed for anything else.
    """
    if result is None:
        return {}
    if isinstance(result, list):
        parts = [told_by(part, objective) for part in result]
        names = dict.fromkeys(name for part in parts for name in part)
        return {name: fmean(part[name] for part in parts if name in part) for name in names}
    history = getattr(result, "history", None)
    if isinstance(history, Mapping):
        curve = LearningCurve.from_history(history)
        epoch = curve.best_epoch(objective.metric, maximize=objective.maximize)
        return {} if epoch is None else {name: curve.at(name, epoch) for name in curve.series}
    try:
        if isinstance(result, Mapping):
            return {str(name): float(value) for name, value in result.items()}
        return {objective.metric: float(result)}
    except (TypeError, ValueError):
        raise TrialFailed(
            "HyperModel.fit must return a History, a number, a dict of metrics that are numbers, "
            f"or a list of such, but returned {kind_of(result)}"
        ) from None
