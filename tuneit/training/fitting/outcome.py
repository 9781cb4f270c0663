"""The result of one execution."""

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
    """One training of a proposal; `returned` are the metrics that a HyperModel's `fit` returned.

    `untrained` is True where such a `fit` did not train the model that it was given.
    """

    score: float
    curve: LearningCurve
    best_epoch: int | None
    monitor: EpochMonitor
    model: Any
    pruned: str | None
    returned: Mapping[str, float] = field(default_factory=dict)
    untrained: bool = False


def summarise(result: Any, monitor: EpochMonitor, model: Any, plan: TrainingPlan) -> Execution:
    """Make an Execution of what `fit` returned and of what the monitor saw.

    `result` is a History, a number, a dict of metrics, or a list of these. A list comes from a
    user's own `fit` that trains folds or several seeds: its score is the mean of its parts, its
    curve that of the first History.
    """
    metric = plan.objective.metric
    rows = monitor.rows
    several = isinstance(result, list)
    returned = {} if hasattr(result, "history") else returned_metrics(result, plan.objective)
    histories = [p.history for p in (result if several else [result]) if hasattr(p, "history")]
    history = histories[0] if histories else None
    if (several or not rows) and isinstance(history, Mapping):
        curve = LearningCurve.from_history(history)
    else:
        curve = LearningCurve.from_epochs(rows or ([returned] if returned else []))
    best_epoch = curve.best_epoch(
        metric, maximize=plan.objective.maximize, after=monitor.scored_from
    )
    if metric in returned and monitor.pruned is None:
        # The number that a HyperModel's own `fit` returns is the score.
        score = returned[metric]
    elif best_epoch is not None:
        score = curve.at(metric, best_epoch)
    elif metric in curve:
        raise TrialFailed(f"{metric} was never a finite number in {len(curve)} epochs")
    else:
        raise missing_metric("objective", metric, curve.series)  # type: ignore[arg-type]
    if not math.isfinite(score):
        raise TrialFailed(f"{metric} ended as {score}")
    return Execution(score, curve, best_epoch, monitor, model, monitor.pruned, returned)


def returned_metrics(result: Any, objective: Objective) -> dict[str, float]:
    """The metrics in what a HyperModel's own `fit` returned, as keras-tuner reads them.

    A number is the objective's; of a History they are those of its best epoch, and of a list the
    means of its parts. Raises TrialFailed for anything else.
    """
    if result is None:
        return {}
    if isinstance(result, list):
        parts = [returned_metrics(part, objective) for part in result]
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
