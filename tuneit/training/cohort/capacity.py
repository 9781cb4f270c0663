"""How many models, and how many members of a cohort, fit into memory."""

from __future__ import annotations

import functools
import math
from typing import Any

from tuneit.training.cohort.cost_model import has_loops, leaf_layers, on_gpu, output_shapes
from tuneit.training.keras_loader import load_keras
from tuneit.training.machine import available_cores, free_host_memory

load_keras()
import tensorflow as tf  # noqa: E402

_FLOAT = 4
"""Bytes of a number."""

_COPIES, _GPU_COPIES = 28, 18
"""Memory of a member, in sizes of its weights. It holds the weights of its own model, the stacked
weights and two slots before and after a step, gradients and temporary tensors. Measured with Adam:
on a CPU 24 to 28 (2,048×3), where the allocator keeps some memory that it was given back; on an
H200 14 (2,048×3) to 19 (512×3)."""

_KEPT = 6
"""Copies of a layer's output: forward, backward, random numbers, temporary tensors."""

_SHARE = 0.5
"""Share of the free memory that a cohort may take."""

_BUILT = 0.25
"""Share of the free memory that the models built for one batch of proposals may take."""

_COHORT = 64 * 2**20
"""Bytes of the weights, or outputs, of all members on a CPU. More members save no more time."""

_STACK = 4 * 2**20
"""The same for one stack. In larger stacks each member trains slower, outside of the cache."""


def outputs_per_row(model: Any) -> int:
    """The number of values that all layers of a model together output for one row."""
    return max(1, sum(math.prod(s) for layer in leaf_layers(model) for s in output_shapes(layer)))


def max_members(model: Any, batch_size: int, wanted: int) -> int:
    """The executions that fit into memory at once, at most `wanted`."""
    weights, outputs = model_bytes(model), _output_bytes(model, batch_size)
    fitting = int(_SHARE * free_memory()) // (_copies() * weights + _KEPT * outputs)
    if not on_gpu():
        at_once = threads()
        most = max(at_once, _COHORT // max(weights, outputs))
        fitting = min(fitting, most - most % at_once)  # so that no core waits for others
    return int(max(1, min(wanted, fitting)))


def max_stack_size(model: Any, batch_size: int) -> float:
    """The most members of a stack; infinite on a GPU.

    It is 1 for models with a loop over time: TensorFlow 2.21 cannot map the gradient of such a loop
    with respect to its inputs, and a single member is not mapped.
    """
    if has_loops(model):
        return 1
    if on_gpu():
        return math.inf
    return max(1, _STACK // max(model_bytes(model), _output_bytes(model, batch_size)))


def threads() -> int:
    """The stacks that are computed at the same time: one for each core TensorFlow may use."""
    if on_gpu():
        return 1
    return int(tf.config.threading.get_intra_op_parallelism_threads()) or available_cores()


def too_large(model: Any) -> str | None:
    """Why not even one execution of this model fits into memory; None where it does."""
    needed = _copies() * model_bytes(model)
    if needed <= _SHARE * free_memory():
        return None
    return f"a cohort of one model would take {needed / 2**30:,.1f} GB, most of the free memory"


def room_for_models() -> int:
    """Bytes that the models built for one batch of proposals may take."""
    return int(_BUILT * free_memory())


def model_bytes(model: Any) -> int:
    """Bytes of a model's weights and statistics."""
    return int(_FLOAT * sum(math.prod(variable.shape) for variable in model.variables))


def _output_bytes(model: Any, batch_size: int) -> int:
    """Bytes of all layers' outputs for a batch."""
    return _FLOAT * batch_size * outputs_per_row(model)


def _copies() -> int:
    return _GPU_COPIES if on_gpu() else _COPIES


def free_memory() -> int:
    """Bytes that can be used without swapping; with a GPU at most what is free on it."""
    host, gpu = free_host_memory(), _free_on_gpu()
    # After an epoch the weights of all members are copied to the host.
    return host if gpu is None else min(host, gpu)


def _free_on_gpu() -> int | None:
    """Bytes of the GPU that TensorFlow may still allocate; None where that is unknown."""
    limit = _gpu_limit() if on_gpu() else None
    if limit is None:
        return None
    try:
        return int(limit - tf.config.experimental.get_memory_info("GPU:0")["current"])
    except ValueError:  # this allocator does not count
        return None


@functools.cache
def _gpu_limit() -> int | None:
    """Bytes that TensorFlow may take of the first GPU in all."""
    try:
        from tensorflow.python.client import device_lib
        from tensorflow.python.eager import context  # not exported

        devices = device_lib.list_local_devices(context.context().config)
        return next(int(d.memory_limit) for d in devices if d.device_type == "GPU")
    except (ImportError, AttributeError, StopIteration, tf.errors.OpError):
        return None
