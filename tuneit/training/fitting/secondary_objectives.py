"""The values of a trained trial in the objectives beside the primary one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from tuneit.data.dataset import Dataset
from tuneit.training.fitting.monitor import missing_metric
from tuneit.trials import Objective

if TYPE_CHECKING:
    from tuneit.training.fitting.outcome import Execution

WARM_UP = 5
"""Predictions that are not timed; the first one traces the model."""

MOST_CALLS, LEAST_CALLS = 100, 5
MOST_SECONDS = 0.5
"""The most and the fewest predictions that are timed, and the seconds after which timing ends."""


def measure(
    objectives: Sequence[Objective], executions: Sequence[Execution], model: Any, dataset: Dataset
) -> dict[str, float]:
    """Return each objective's value by metric, without `seconds` and values that are not finite.

    `model` is the trained model of the best execution. Metrics of training are those of each
    execution's best epoch by the primary objective, averaged over executions.
    Raises ObjectiveError for a metric that training does not report.
    """
    values: dict[str, float] = {}
    for metric in (objective.metric for objective in objectives):
        if metric in _OF_MODELS:
            values[metric] = _OF_MODELS[metric](model, dataset)
        elif metric != "seconds":
            values[metric] = fmean(_reported(metric, execution) for execution in executions)
    return {metric: value for metric, value in values.items() if math.isfinite(value)}


def _reported(metric: str, execution: Execution) -> float:
    if metric in execution.returned:
        return execution.returned[metric]
    if metric not in execution.curve or execution.best_epoch is None:
        known = {**execution.curve.to_dict(), **execution.returned}
        raise missing_metric("objective", metric, dict.fromkeys(known, 0.0))
    return execution.curve.at(metric, execution.best_epoch)


def parameters(model: Any, dataset: Dataset) -> float:
    """Weights of a model, trainable or not."""
    return float(sum(array.size for array in model.get_weights()))


def model_bytes(model: Any, dataset: Dataset) -> float:
    """Bytes of a model's weights in their own types (float32: four each)."""
    return float(sum(array.nbytes for array in model.get_weights()))


def latency_ms(model: Any, dataset: Dataset) -> float:
    """Median milliseconds of `model.predict_on_batch` for one row, once it is warm.

    Five predictions warm it up; then a hundred are timed, fewer where these would take longer
    than half a second. Other load on the machine, such as other workers, makes it slower.
    """
    from tuneit.training.fitting.fit import arrays_for_keras, first_rows

    row, _ = arrays_for_keras(first_rows(dataset.validation, 1))
    for _ in range(WARM_UP):
        model.predict_on_batch(row)
    times: list[float] = []
    while len(times) < LEAST_CALLS or (len(times) < MOST_CALLS and sum(times) < MOST_SECONDS):
        began = time.perf_counter()
        model.predict_on_batch(row)
        times.append(time.perf_counter() - began)
    return 1000 * median(times)


_OF_MODELS: dict[str, Callable[[Any, Dataset], float]] = {
    "parameters": parameters,
    "model_bytes": model_bytes,
    "latency_ms": latency_ms,
}
