"""Whether XLA should compile a cohort's training."""

from __future__ import annotations

import math
from typing import Any

from tuneit.training.cohort.cost_model import has_loops, leaf_layers, on_gpu, recurrent_steps
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

_COMPILING_S = 1.0
"""Seconds that XLA takes to compile a cohort's training, beyond tracing it."""

_COMPILED_SAVES = 1e-8
"""Seconds that compiling saves per step, weight and member. Measured on networks of 5 and 530
thousand weights, batch 32: it saved 1.6e-8 and 0.8e-8, and a step took 0.3 and 0.4 of the time."""

_GPU_COMPILING_S = 3.0
_GPU_COMPILING_RECURRENT_S = 0.15
"""Seconds that XLA takes on a GPU (2 to 4.4 on an H100), and per step of a recurrent layer."""

_GPU_SAVES = 0.001
_GPU_RECURRENT_SAVES = 0.0002
_GPU_LOOP_SAVES = 0.0001
"""Seconds that compiling saves per batch on a GPU, measured on an H100: because operations are not
started one by one, per step of a recurrent layer, and per member and convolution (a loop)."""

_COMPILED = (
    keras.layers.InputLayer,
    keras.layers.Dense,
    keras.layers.Activation,
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.ELU,
    keras.layers.Dropout,
    keras.layers.GaussianNoise,
    keras.layers.BatchNormalization,
    keras.layers.LayerNormalization,
    keras.layers.Flatten,
    keras.layers.Add,
    keras.layers.Multiply,
    keras.layers.Concatenate,
)
"""Layers that XLA compiles quickly into fast code on a CPU. Convolutions are not among them."""


def compiling_saves_time(model: Any, members: int, steps: int) -> bool:
    """Whether compiling saves time, for `members` executions of `steps` batches each."""
    if on_gpu():
        loops = sum("Conv" in type(layer).__name__ for layer in leaf_layers(model))
        length = sum(recurrent_steps(model).values())
        a_batch = _GPU_SAVES + _GPU_RECURRENT_SAVES * length + _GPU_LOOP_SAVES * members * loops
        takes = _GPU_COMPILING_S + _GPU_COMPILING_RECURRENT_S * length
        return steps * a_batch > takes and not has_loops(model)
    if not all(type(layer) in _COMPILED for layer in leaf_layers(model)):
        return False
    weights = sum(math.prod(v.shape) for v in model.trainable_variables)
    return bool(members * weights * steps * _COMPILED_SAVES > _COMPILING_S)
