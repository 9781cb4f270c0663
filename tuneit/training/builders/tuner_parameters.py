"""Convert a hyperparameter to keras-tuner's class."""

from __future__ import annotations

from typing import Any

from tuneit.space import Boolean, Choice, Fixed, Int, Parameter
from tuneit.training.keras_loader import load_keras

load_keras()
from keras_tuner.engine import hyperparameters as types  # noqa: E402
from keras_tuner.src.engine.conditions import Parent  # noqa: E402 - not exported by the package


def to_keras_tuner(parameter: Parameter) -> Any | None:
    """Convert to keras-tuner's class; None if it has no such class (None among the choices)."""
    name = parameter.name
    try:
        conditions = [Parent(c.parent, list(c.values)) for c in parameter.when]
        if isinstance(parameter, Fixed):
            return types.Fixed(name, parameter.value, conditions=conditions)
        if isinstance(parameter, Boolean):
            return types.Boolean(name, bool(parameter.default), conditions=conditions)
        if isinstance(parameter, Choice):
            return types.Choice(
                name, list(parameter.values), default=parameter.default, conditions=conditions
            )
        kind = types.Int if isinstance(parameter, Int) else types.Float
        return kind(
            name,
            parameter.low,
            parameter.high,
            step=parameter.step,
            sampling=parameter.sampling,
            default=parameter.default,
            conditions=conditions,
        )
    except (TypeError, ValueError):
        return None
