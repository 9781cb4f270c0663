"""Whether Keras can measure a model on validation rows."""

from __future__ import annotations

from typing import Any

from tuneit.training.keras_loader import load_keras
from tuneit.training.plan import TrainingPlan

load_keras()
import keras  # noqa: E402


def nothing_to_measure_with(model: Any) -> str:
    """Say why Keras cannot measure a model on rows that it does not train on; "" where it can.

    A class with its own `train_step` needs its own `test_step` or `compute_loss`, unless a loss is
    compiled or layers have added one: Keras's `test_step` finds no other losses.
    """
    kind = type(model)
    own = {n for n in _STEPS if getattr(kind, n) is not getattr(keras.Model, n)}
    if "train_step" not in own or len(own) > 1:
        return ""
    if getattr(model, "loss", None) is not None or model.losses:
        return ""
    return (
        f"{kind.__name__} has a train_step of its own, but no test_step and no compiled loss, so "
        "that nothing measures it on rows that it does not train on"
    )


def is_validated(model: Any, plan: TrainingPlan) -> bool:
    """Whether `fit` gets validation rows: it needs them, or the model can be measured on them."""
    return needs_validation(plan) is not None or not nothing_to_measure_with(model)


def needs_validation(plan: TrainingPlan) -> str | None:
    """The first metric of validation rows that a study uses; None where it uses none."""
    metrics = [objective.metric for objective in (plan.objective, *plan.others)]
    if plan.early_stopping is not None and plan.early_stopping.monitor is not None:
        metrics.append(plan.early_stopping.monitor)
    return next((metric for metric in metrics if metric.startswith("val_")), None)


_STEPS = ("train_step", "test_step", "compute_loss")
