"""Short ways to write small compiled networks."""

from __future__ import annotations

from typing import Any

import keras

L = keras.layers


def stack(*layers: Any, inputs: tuple[int | None, ...] = (6,), dtype: str | None = None) -> Any:
    return keras.Sequential([keras.Input(inputs, dtype=dtype), *layers])


def classifier(
    *layers: Any,
    inputs: tuple[int | None, ...] = (6,),
    classes: int = 3,
    optimizer: Any = "adam",
    dtype: str | None = None,
    **compiling: Any,
) -> Any:
    """These layers and a softmax, compiled for integer labels."""
    model = stack(*layers, L.Dense(classes, "softmax"), inputs=inputs, dtype=dtype)
    wanted = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], **compiling}
    model.compile(optimizer, **wanted)
    return model


def regressor(*layers: Any, inputs: tuple[int | None, ...] = (6,), **compiling: Any) -> Any:
    """These layers and one number, compiled for squared errors."""
    model = stack(*layers, L.Dense(1), inputs=inputs)
    model.compile(**{"optimizer": "adam", "loss": "mse", "metrics": ["mae"], **compiling})
    return model


def binary(
    *layers: Any,
    inputs: tuple[int | None, ...] = (6,),
    dtype: str | None = None,
    **compiling: Any,
) -> Any:
    """These layers and one sigmoid."""
    model = stack(*layers, L.Dense(1, "sigmoid"), inputs=inputs, dtype=dtype)
    wanted = {"optimizer": "adam", "loss": "binary_crossentropy", "metrics": ["accuracy"]}
    model.compile(**{**wanted, **compiling})
    return model
