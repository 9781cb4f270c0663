"""The learning rate, and gradient clipping: changes of the optimizer alone."""

from __future__ import annotations

from typing import Any

from tuneit.errors.wording import figures
from tuneit.training.keras_loader import load_keras
from tuneit.training.treating.graph import CannotTreat

load_keras()
import keras  # noqa: E402

CLIP = 1.0
"""The greatest norm of a variable's gradient."""

_CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")


def scale_learning_rate(model: Any, x: Any = None, *, factor: float) -> tuple[Any, str]:
    """Multiply the optimizer's learning rate."""
    old = learning_rate_of(model)
    return set_learning_rate(model, x, rate=old * factor)


def set_learning_rate(model: Any, x: Any = None, *, rate: float) -> tuple[Any, str]:
    """Set the optimizer's learning rate."""
    del x
    old = learning_rate_of(model)
    model.optimizer.learning_rate = rate
    return model, f"learning rate {figures(old, 2)} → {figures(rate, 2)}"


def learning_rate_of(model: Any) -> float:
    """The optimizer's learning rate. Raises CannotTreat where a schedule or nothing gives it."""
    optimizer = model.optimizer
    if optimizer is None:
        raise CannotTreat("it has no optimizer")
    if isinstance(optimizer._learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        raise CannotTreat("its learning rate follows a schedule: change that in the builder")
    return float(optimizer.learning_rate)


def clip_gradients(model: Any, x: Any = None) -> tuple[Any, str]:
    """Clip the norm of each variable's gradient to 1."""
    del x
    optimizer = model.optimizer
    if optimizer is None:
        raise CannotTreat("it has no optimizer")
    if any(getattr(optimizer, name, None) for name in _CLIPPING):
        raise CannotTreat("it clips its gradients already")
    optimizer.clipnorm = CLIP
    return model, f"clipnorm={CLIP:g}"
