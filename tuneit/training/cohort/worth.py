"""Whether a cohort pays, and how many members it may have."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

from tuneit.training.fitting import VALIDATION_BATCHES
from tuneit.training.quiet import load_keras

load_keras()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

# Measured on two cores with TensorFlow 2.21 against `model.fit`: networks of 5 thousand to 670
# thousand weights were 50 to 2 times faster fused, up to 260 million operations a step; above
# that, arithmetic outweighs what fusing saves. Convolutions gain up to a third of that, since a
# mapped convolution becomes a loop.
_MOST_WORK = 300e6
_CONVOLUTION = 3.0

_FIT_SETUP = 0.7
_FIT_STEP = 0.004
"""Seconds that `model.fit` spends around the arithmetic: once, and per batch."""

_TRACE = 1.5
_TRACE_RECURRENT = 0.4
"""Seconds of making a cohort's graph: once, and per step of a recurrent layer."""

_FLOAT = 4
"""Bytes of a number."""

_COPIES = 10
"""Copies of a member's weights: its own model's, stacked, gradient, two slots, best, temporary."""

_KEPT = 6
"""Copies of a layer's output: forward, backward, noise, temporary."""

_SHARE = 0.5
"""Share of the free memory that a cohort may take."""

_STACK = 64 * 2**20
"""Bytes of all members' weights, or outputs, on a CPU: larger stacks train slower a member."""

_PASS = 32 * 2**20
"""Numbers that all members' outputs may come to in one validation batch (128 MB)."""

UNROLLED = 32
"""Longest sequence whose steps are written out, which trains faster than a mapped loop."""


def work_per_row(model: Any) -> float:
    """Floating-point operations of training on one row, forward and backward, roughly.

    Each weight of a layer is multiplied once at each position of its output, and twice more for
    the gradients; convolutions weigh more (see above).
    """
    total = 0.0
    for layer in leaves(model):
        weights = sum(math.prod(v.shape) for v in layer.trainable_variables if len(v.shape) > 1)
        if isinstance(layer, keras.layers.Embedding):
            continue
        positions = max((math.prod(_lengths(shape)[:-1]) for shape in _outputs(layer)), default=1)
        factor = _CONVOLUTION if "Conv" in type(layer).__name__ else 1.0
        total += 6.0 * factor * weights * positions * recurrent_steps(layer)
    return total


def outputs_per_row(model: Any) -> int:
    """Numbers that all layers of a model put out for one row."""
    return max(1, sum(math.prod(_lengths(s)) for leaf in leaves(model) for s in _outputs(leaf)))


def recurrent_steps(layer: Any) -> int:
    """Steps that a recurrent layer takes; 1 for all others, 0 where that is not known."""
    if not isinstance(layer, keras.layers.RNN):
        return 1
    inputs = layer._inbound_nodes[0].input_tensors if layer._inbound_nodes else []
    return int(inputs[0].shape[1] or 0) if inputs else 0


def too_much_work(model: Any, batch_size: int) -> str | None:
    """Why fusing models of that size gains nothing on this machine; None where it may."""
    work = work_per_row(model) * batch_size
    if on_gpu() or work <= _MOST_WORK:
        return None
    return (
        f"a training step is {work / 1e6:,.0f} million operations, and above "
        f"{_MOST_WORK / 1e6:,.0f} arithmetic outweighs what fusing saves"
    )


def pays(model: Any, members: int, steps: int, graphs: int = 1) -> bool:
    """Whether so many trainings of `steps` batches each save more than making `graphs` takes."""
    written_out = sum(map(recurrent_steps, recurrent(model)))
    saved = members * (_FIT_SETUP + steps * _FIT_STEP)
    return members > 1 and saved > graphs * (_TRACE + _TRACE_RECURRENT * written_out)


def most_members(model: Any, batch_size: int, wanted: int) -> int:
    """Trainings that fit into memory at once, at most `wanted`."""
    weights = sum(math.prod(v.shape) for v in model.variables)
    outputs = batch_size * outputs_per_row(model)
    fitting = int(_SHARE * free_memory()) // (_FLOAT * (_COPIES * weights + _KEPT * outputs))
    if not on_gpu():
        fitting = min(fitting, _STACK // (_FLOAT * max(weights, outputs)))
    return int(max(1, min(wanted, fitting)))


def validation_rows(model: Any, members: int, batch_size: int, rows: int) -> int:
    """Rows of a validation batch: many, since they need no gradients, but within memory.

    Where the loss depends on which rows are together, as many as `keras.Model.fit` is given.
    """
    fitting = _PASS // (members * outputs_per_row(model))
    most = VALIDATION_BATCHES * batch_size if _depends_on_batches(model) else rows
    return max(1, min(rows, most, max(batch_size, fitting)))


def _depends_on_batches(model: Any) -> bool:
    """Whether a loss over all rows may differ from the mean over batches of them."""
    reductions = {
        getattr(loss, "reduction", "sum_over_batch_size") for loss in tf.nest.flatten(model.loss)
    }
    masked = any(getattr(layer, "mask_zero", False) for layer in leaves(model))
    # Operations that are no layers may compute over rows.
    bare = any(
        not isinstance(operation, keras.layers.Layer)
        for graph in model._flatten_layers()
        for operation in getattr(graph, "operations", ())
    )
    return masked or bare or reductions != {"sum_over_batch_size"}


def free_memory() -> int:
    """Bytes that can be used without swapping."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if "MemAvailable" in line)
    except (OSError, StopIteration, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return 4 * 2**30


def leaves(model: Any) -> list[Any]:
    """The layers that are no models themselves, at any depth."""
    layers = model._flatten_layers(include_self=False)
    return [layer for layer in layers if not isinstance(layer, keras.Model)]


def recurrent(model: Any) -> list[Any]:
    """The recurrent layers."""
    return [layer for layer in leaves(model) if isinstance(layer, keras.layers.RNN)]


def on_gpu() -> bool:
    """Whether TensorFlow computes on one."""
    return bool(tf.config.list_logical_devices("GPU"))


def _outputs(layer: Any) -> list[Any]:
    return [tensor.shape for node in layer._inbound_nodes for tensor in node.output_tensors]


def _lengths(shape: Any) -> list[int]:
    return [length or 1 for length in shape[1:]]
