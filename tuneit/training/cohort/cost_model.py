"""Whether a cohort pays."""

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

Up to 260 million, networks of 5 to 670 thousand weights were 50 to 2 times faster fused; up to 26
billion, others of up to 35 million weights were 3.3 to 1.7 times. Larger ones were not measured.
"""

_CONVOLUTION = 3.0
"""How much more an operation of a convolution weighs: mapped, it becomes a loop."""

_FIT_SETUP = 0.7
_FIT_RECURRENT = 1.0
_FIT_STEP = 0.004
"""Seconds that `model.fit` spends around the arithmetic: once, for each recurrent layer (0.8 to
1.8, LSTM and GRU of 5 to 40 steps), and per batch."""

_TRACE = 1.5
_TRACE_STEP = 0.2
_TRACE_GRU_STEP = 0.4
"""Seconds of making a cohort's graph and calling it first: once, and per step that is written out
(LSTM 0.13 to 0.24, GRU 0.23 to 0.4, of 5 to 32 steps). A loop over time adds at most 0.6 in all."""

_MAX_UNROLLED = 32
"""Longest sequence whose steps are written out, which trains faster than a loop."""


def operations_per_row(model: Any) -> float:
    """Floating-point operations of training on one row, forward and backward, roughly.

    Each weight of a layer is multiplied once at each position of its output, and twice more for
    the gradients; convolutions weigh more (see above).
    """
    total, lengths = 0.0, recurrent_steps(model)
    for layer in leaf_layers(model):
        weights = sum(math.prod(v.shape) for v in layer.trainable_variables if len(v.shape) > 1)
        if isinstance(layer, (keras.layers.Embedding, keras.layers.Bidirectional)):
            continue  # rows that are looked up; layers that are counted themselves
        positions = max((math.prod(shape[:-1]) for shape in output_shapes(layer)), default=1)
        factor = _CONVOLUTION if "Conv" in type(layer).__name__ else 1.0
        total += 6.0 * factor * weights * (lengths.get(layer) or positions)
    return total


def recurrent_steps(model: Any) -> dict[Any, int]:
    """The recurrent layers, and how many steps each takes; 0 where that is not known."""
    steps: dict[Any, int] = {}
    for layer in leaf_layers(model):  # in which a wrapper comes before the layers in it
        if isinstance(layer, keras.layers.Bidirectional):
            steps |= dict.fromkeys((layer.forward_layer, layer.backward_layer), _length(layer, 1))
        elif isinstance(layer, keras.layers.TimeDistributed):
            if isinstance(layer.layer, keras.layers.RNN):
                steps[layer.layer] = _length(layer, 2)
        elif isinstance(layer, keras.layers.RNN):
            steps.setdefault(layer, _length(layer, 1))
    return steps


def unrolled(model: Any) -> dict[Any, int]:
    """The recurrent layers whose steps a cohort writes out, and how many each takes.

    Not those that go backwards and give zeros for what is masked, as `Bidirectional` has them where
    all outputs are returned: written out, Keras 3.15 takes the mask of the other end for these.
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
    """Whether some of its steps in time are not written out, but made by a loop."""
    return len(unrolled(model)) < len(recurrent_steps(model))


def _length(layer: Any, axis: int) -> int:
    """The length of a layer's input along an axis; 0 where that is not known."""
    inputs = layer._inbound_nodes[0].input_tensors if layer._inbound_nodes else []
    return int(inputs[0].shape[axis] or 0) if inputs else 0


def is_much_faster(model: Any, batch_size: int) -> bool:
    """Whether models of that size train several times as fast when fused."""
    return on_gpu() or operations_per_row(model) * batch_size <= _LIGHT_WORK


def too_much_work(model: Any, batch_size: int) -> str | None:
    """Why fusing models of that size is not known to gain anything; None where it is."""
    work = operations_per_row(model) * batch_size
    if on_gpu() or work <= _MOST_WORK:
        return None
    return (
        f"a training step is {work / 1e9:,.0f} billion operations, and up to "
        f"{_MOST_WORK / 1e9:,.0f} fusing was found to save time"
    )


def saves_time(model: Any, members: int, steps: int, graphs: int = 1) -> bool:
    """Whether so many trainings of `steps` batches each save more than making `graphs` takes."""
    alone = _FIT_SETUP + _FIT_RECURRENT * len(recurrent_steps(model)) + steps * _FIT_STEP
    traced = _TRACE + sum(
        length * (_TRACE_GRU_STEP if isinstance(layer, keras.layers.GRU) else _TRACE_STEP)
        for layer, length in unrolled(model).items()
    )
    return members > 1 and members * alone > graphs * traced


def leaf_layers(model: Any) -> list[Any]:
    """The layers that are no models themselves, at any depth."""
    layers = model._flatten_layers(include_self=False)
    return [layer for layer in layers if not isinstance(layer, keras.Model)]


def on_gpu() -> bool:
    """Whether TensorFlow computes on one."""
    return bool(tf.config.list_logical_devices("GPU"))


def output_shapes(layer: Any) -> list[list[int]]:
    """The shape of a row of each output; 1 where a length is not known."""
    tensors = [tensor for node in layer._inbound_nodes for tensor in node.output_tensors]
    return [[length or 1 for length in tensor.shape[1:]] for tensor in tensors]
