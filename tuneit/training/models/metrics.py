"""The metrics that a model was compiled with."""

from __future__ import annotations

from typing import Any

from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402


def metrics_of(model: Any) -> list[Any]:
    """The metrics, weighted ones too, as they were given: names, functions or objects."""
    given = model._compile_metrics
    if given is None:
        return []
    return list(keras.tree.flatten((given._user_metrics, given._user_weighted_metrics)))


def reset_metrics(model: Any) -> None:
    """Reset the state of a new model's metrics: its builder may share them between models.

    Keras 3.15 itself resets them only from the second epoch on.
    """
    for metric in metrics_of(model):
        if isinstance(metric, keras.metrics.Metric) and metric.variables:
            metric.reset_state()
