"""Whether XLA should compile a cohort's training."""

from __future__ import annotations

import math
from typing import Any

from tuneit.training.cohort.cost_model import has_loops, leaf_layers, on_gpu, recurrent_steps
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

_COMPILING_S = 1.0
"""Seconds that XLA takes longer to compile a cohort's training than tracing the rest takes."""

_COMPILED_SAVES = 1e-8
"""Seconds that a compiled step saves a weight and member: measured on networks of 5 and 530
thousand weights, batch 32, where it took 0.3 and 0.4 of the time and saved 1.6e-8 and 0.8e-8."""

_GPU_COMPILING_S = 3.0
_GPU_COMPILING_RECURRENT_S = 0.15
"""Seconds that XLA takes for a GPU (2 to 4.4 on an H100), and per step of a recurrent layer."""

_GPU_SAVES = 0.001
_GPU_RECURRENT_SAVES = 0.0002
_GPU_LOOP_SAVES = 0.0001
"""Seconds that a compiled batch saves on a GPU, measured on an H100: in starting its operations
one by one, per step of a recurrent layer, and per member and convolution, which becomes a loop."""

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
"""Layers that XLA compiles fast into fast code on a CPU; convolutions, say, it does not."""


def compiling_saves_time(model: Any, members: int, steps: int) -> bool:
    """Whether XLA saves more than it takes, on so many trainings of `steps` batches each."""
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
