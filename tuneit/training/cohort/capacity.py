"""How many models, and members of a cohort, there is memory for."""

from __future__ import annotations

import functools
import math
from typing import Any

from tuneit.training.cohort.cost_model import has_loops, leaf_layers, on_gpu, output_shapes
from tuneit.training.keras_loader import load_keras
from tuneit.training.machine import available_cores, free_on_host

load_keras()
import tensorflow as tf  # noqa: E402

_FLOAT = 4
"""Bytes of a number."""

_COPIES, _GPU_COPIES = 28, 18
"""Copies of a member's weights: its own model's, before and after a step those stacked and two
slots, gradients, temporary ones. Measured with Adam: on a CPU 24 to 28 (2,048×3), where some of
what was given back is not free for others, on an H200 14 (2,048×3) to 19 (512×3)."""

_KEPT = 6
"""Copies of a layer's output: forward, backward, noise, temporary."""

_SHARE = 0.5
"""Share of the free memory that a cohort may take."""

_BUILT = 0.25
"""Share of the free memory that models may take that are built to be trained together."""

_COHORT = 64 * 2**20
"""Bytes of all members' weights, or outputs, on a CPU: more at once save no more time."""

_STACK = 4 * 2**20
"""Those of a stack's members: in larger ones each trains slower, out of the processor's cache."""


def outputs_per_row(model: Any) -> int:
    """Numbers that all layers of a model put out for one row."""
    return max(1, sum(math.prod(s) for layer in leaf_layers(model) for s in output_shapes(layer)))


def max_members(model: Any, batch_size: int, wanted: int) -> int:
    """Trainings that fit into memory at once, at most `wanted`."""
    weights, outputs = model_bytes(model), _output_bytes(model, batch_size)
    fitting = int(_SHARE * free_memory()) // (_copies() * weights + _KEPT * outputs)
    if not on_gpu():
        at_once = threads()
        most = max(at_once, _COHORT // max(weights, outputs))
        fitting = min(fitting, most - most % at_once)  # or some cores would wait for others
    return int(max(1, min(wanted, fitting)))


def max_stack_size(model: Any, batch_size: int) -> float:
    """Members of a stack at most; infinite on a GPU.

    One where time is a loop: TensorFlow 2.21 cannot map the gradient of one with respect to its
    inputs, and what has a stack to itself is not mapped.
    """
    if has_loops(model):
        return 1
    if on_gpu():
        return math.inf
    return max(1, _STACK // max(model_bytes(model), _output_bytes(model, batch_size)))


def threads() -> int:
    """Stacks of a cohort that are computed at once: one for each core TensorFlow may use."""
    if on_gpu():
        return 1
    return int(tf.config.threading.get_intra_op_parallelism_threads()) or available_cores()


def too_large(model: Any) -> str | None:
    """Why not even one training of that size should be a cohort; None where it may."""
    needed = _copies() * model_bytes(model)
    if needed <= _SHARE * free_memory():
        return None
    return f"a cohort of one model would take {needed / 2**30:,.1f} GB, most of the free memory"


def room_for_models() -> int:
    """Bytes that models may take that are built before they train."""
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
    """Bytes that can be used: without swapping, and on the GPU, if any."""
    host, gpu = free_on_host(), _free_on_gpu()
    # The weights of all members come to the host after an epoch.
    return host if gpu is None else min(host, gpu)


def _free_on_gpu() -> int | None:
    """Bytes that TensorFlow may still take of the GPU; None where it does not say."""
    limit = _gpu_limit() if on_gpu() else None
    if limit is None:
        return None
    try:
        return int(limit - tf.config.experimental.get_memory_info("GPU:0")["current"])
    except ValueError:  # an allocator that keeps no account
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
