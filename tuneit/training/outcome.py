"""What one training came to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tuneit.curves import LearningCurve
from tuneit.training.monitor import EpochMonitor, missing_metric
from tuneit.training.plan import TrainingPlan
from tuneit.wording import kind_of


class TrialFailed(Exception):  # noqa: N818 - an outcome of a trial
    """The trial fails; the text is the reason."""


@dataclass
class Execution:
    """One training of a proposal; `told` is what a HyperModel's own `fit` returned."""

    score: float
    curve: LearningCurve
    best_epoch: int | None
    monitor: EpochMonitor
    model: Any
    pruned: str | None
    told: Mapping[str, float] = field(default_factory=dict)


def summarise(result: Any, monitor: EpochMonitor, model: Any, plan: TrainingPlan) -> Execution:
    """Make one thing of a History, a float or a dict, and of what the monitor saw."""
    metric = plan.objective.metric
    rows = monitor.rows
    told = _told(result, metric)
    history = getattr(result, "history", None)
    if not rows and isinstance(history, Mapping):
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


def _told(result: Any, metric: str) -> dict[str, float]:
    if isinstance(result, Mapping):
        return {str(name): float(value) for name, value in result.items()}
    if hasattr(result, "history") or result is None:
        return {}
    try:
        return {metric: float(result)}
    except (TypeError, ValueError):
        raise TrialFailed(
            "HyperModel.fit must return a History, a number or a dict of metrics, "
            f"but returned {kind_of(result)}"
        ) from None
