"""Estimates whether a cohort trains faster than one execution after another."""

from __future__ import annotations

import math
from typing import Any

from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

_LIGHT_WORK = 300e6
_MOST_WORK = 30e9
"""Operations of a training step, measured on two cores with TensorFlow 2.21 against `model.fit`.

Up to 260 million operations, networks of 5 to 670 thousand weights were 50 to 2 times faster in a
cohort. Up to 26 billion, networks of up to 35 million weights were 3.3 to 1.7 times faster. Larger
ones were not measured.
"""

_CONVOLUTION = 1.5
"""Factor for operations of a convolution, which becomes a loop when it is mapped. Measured on
8 x 8 images with 8 to 64 filters, where a factor of 3 was too high by half."""

_FIT_SETUP = 0.7
_FIT_RECURRENT = 1.0
_FIT_STEP = 0.005
"""Seconds that `model.fit` spends beside the arithmetic: once, for each recurrent layer (measured
0.8 to 1.8, LSTM and GRU of 5 to 40 steps), and per batch."""

_TRACE = 2.5
_TRACE_STEP = 0.2
_TRACE_GRU_STEP = 0.4
"""Seconds to trace a cohort's graph and call it for the first time (1.5 to 3.3 for dense layers,
XLA's compiling included), and per unrolled step
(LSTM 0.13 to 0.24, GRU 0.23 to 0.4, of 5 to 32 steps). A loop over time adds at most 0.6 in all."""

_RATE = 3e10
"""Operations a second of two cores, as `operations_per_row` counts, on networks of a few thousand
to a million weights."""

_MAX_UNROLLED = 32
"""The longest sequence that is unrolled, which trains faster than a loop."""


def operations_per_row(model: Any) -> float:
    """Floating-point operations of training on one row, forward and backward, roughly.

    Each weight of a layer is multiplied once at each position of its output, and twice more for
    the gradients. Convolutions count more (see `_CONVOLUTION`).
    """
    return sum(operations_by_weight(model).values())


def operations_by_weight(model: Any) -> dict[int, float]:
    """The operations of `operations_per_row`, by the id of the weight."""
    found: dict[int, float] = {}
    lengths = recurrent_steps(model)
    for layer in leaf_layers(model):
        if isinstance(layer, (keras.layers.Embedding, keras.layers.Bidirectional)):
            continue  # it only looks rows up, or its layers are counted themselves
        positions = max((math.prod(shape[:-1]) for shape in output_shapes(layer)), default=1)
        factor = _CONVOLUTION if "Conv" in type(layer).__name__ else 1.0
        times = 6.0 * factor * (lengths.get(layer) or positions)
        for v in layer.trainable_variables:
            if len(v.shape) > 1:
                found[id(v)] = found.get(id(v), 0.0) + times * math.prod(v.shape)
    return found


def recurrent_steps(model: Any) -> dict[Any, int]:
    """The recurrent layers with their numbers of time steps; 0 where that is not known."""
    steps: dict[Any, int] = {}
    for layer in leaf_layers(model):  # a wrapper comes before the layer that it wraps
        if isinstance(layer, keras.layers.Bidirectional):
            steps |= dict.fromkeys((layer.forward_layer, layer.backward_layer), _length(layer))
        elif isinstance(layer, keras.layers.RNN):
            steps.setdefault(layer, _length(layer))
    return steps


def unrolled(model: Any) -> dict[Any, int]:
    """The recurrent layers that a cohort unrolls, with their numbers of time steps.

    Layers that go backwards and output zeros for masked steps are not unrolled. `Bidirectional` has
    one if all outputs are returned. Unrolled, Keras 3.15 would apply the mask in the wrong order.
    """
    masks = any(
        isinstance(x, keras.layers.Masking) or getattr(x, "mask_zero", False)
        for x in leaf_layers(model)
    )
    return {
        layer: steps
        for layer, steps in recurrent_steps(model).items()
        if 0 < steps <= _MAX_UNROLLED
        and not (masks and layer.go_backwards and layer.zero_output_for_mask and not layer.unroll)
    }


def has_loops(model: Any) -> bool:
    """Whether some recurrent layer is not unrolled, but computed by a loop over time."""
    return len(unrolled(model)) < len(recurrent_steps(model))


def _length(layer: Any) -> int:
    """The time steps of a layer's input; 0 where they are not known, as within TimeDistributed."""
    inputs = layer._inbound_nodes[0].input_tensors if layer._inbound_nodes else []
    return int(inputs[0].shape[1] or 0) if inputs else 0


def is_much_faster(model: Any, batch_size: int) -> bool:
    """Whether models of that size train several times as fast in a cohort."""
    return on_gpu() or operations_per_row(model) * batch_size <= _LIGHT_WORK


def too_much_work(model: Any, batch_size: int) -> str | None:
    """Why a cohort is not known to be faster for models of that size; None where it is."""
    work = operations_per_row(model) * batch_size
    if on_gpu() or work <= _MOST_WORK:
        return None
    return (
        f"a training step takes {work / 1e9:,.0f} billion operations, and cohorts are known to "
        f"save time only up to {_MOST_WORK / 1e9:,.0f} billion"
    )


def seconds_alone(model: Any, batch_size: int, steps: int) -> float:
    """How long `model.fit` takes for so many batches."""
    setup = _FIT_SETUP + _FIT_RECURRENT * len(recurrent_steps(model))
    return setup + steps * (_FIT_STEP + _arithmetic(model, batch_size))


def seconds_together(model: Any, batch_size: int, steps: int) -> float:
    """How long a member takes for so many batches in a cohort that computes with `model`."""
    return steps * _arithmetic(model, batch_size)


def seconds_to_trace(model: Any) -> float:
    """How long it takes until a cohort's graph is ready."""
    return _TRACE + sum(
        length * (_TRACE_GRU_STEP if isinstance(layer, keras.layers.GRU) else _TRACE_STEP)
        for layer, length in unrolled(model).items()
    )


def _arithmetic(model: Any, batch_size: int) -> float:
    return seconds_for(operations_per_row(model) * batch_size)


def seconds_for(operations: float) -> float:
    """Seconds of arithmetic; on a GPU none, since it is the starting of operations that counts."""
    return 0.0 if on_gpu() else operations / _RATE


def leaf_layers(model: Any) -> list[Any]:
    """The layers that are not models themselves, at any depth."""
    layers = model._flatten_layers(include_self=False)
    return [layer for layer in layers if not isinstance(layer, keras.Model)]


def on_gpu() -> bool:
    """Whether TensorFlow computes on a GPU."""
    return bool(tf.config.list_logical_devices("GPU"))


def output_shapes(layer: Any) -> list[list[int]]:
    """The shape of each output without the batch; 1 where a length is not known."""
    tensors = [tensor for node in layer._inbound_nodes for tensor in node.output_tensors]
    return [[length or 1 for length in tensor.shape[1:]] for tensor in tensors]
