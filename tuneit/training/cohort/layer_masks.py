"""Which elements of a wide model's tensors a narrower model of the same structure has.

A mask is a boolean array of the shape of the wide tensor: True where the narrow one has an element.
The elements keep their order, so `wide[mask] = narrow.ravel()` puts a narrow tensor in its place.
The mask of a layer's output follows from that of its input. `RULES` says how, one line a layer. A
layer without a rule may have other channels only where all of its inputs are full.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from tuneit.training.cohort.noise import DRAWING
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import activations, constraints, layers, regularizers  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

Mask = NDArray[np.bool_]


class EmbeddingError(Exception):
    """A model cannot be embedded into another one; the text names the layer."""


@dataclass(frozen=True)
class Rule:
    """How the channels (the last axis) of a layer's output and weights follow from its input.

    Each letter stands for the mask of an axis: `i` the channels of the input, `o` the layer's own
    units or filters, `d` those of the input times the depth multiplier, `3` and `4` the units once
    for each gate, `.` all. `weights` has a letter for each axis of each weight, counted from the
    last; a layer that is built with fewer axes uses fewer.
    """

    output: str
    weights: Mapping[str, str]


def _rule(output: str, **weights: str) -> Rule:
    return Rule(output, weights)


RULES: dict[type, Rule] = {
    layers.Dense: _rule("o", kernel="io", bias="o"),
    layers.Conv1D: _rule("o", kernel=".io", bias="o"),
    layers.Conv2D: _rule("o", kernel="..io", bias="o"),
    layers.Conv1DTranspose: _rule("o", kernel=".oi", bias="o"),
    layers.Conv2DTranspose: _rule("o", kernel="..oi", bias="o"),
    layers.SeparableConv1D: _rule("o", depthwise_kernel=".i.", pointwise_kernel=".do", bias="o"),
    layers.SeparableConv2D: _rule("o", depthwise_kernel="..i.", pointwise_kernel="..do", bias="o"),
    layers.DepthwiseConv1D: _rule("d", kernel=".i.", bias="d"),
    layers.DepthwiseConv2D: _rule("d", kernel="..i.", bias="d"),
    layers.Embedding: _rule("o", embeddings=".o"),
    layers.SimpleRNNCell: _rule("o", kernel="io", recurrent_kernel="oo", bias="o"),
    layers.GRUCell: _rule("o", kernel="i3", recurrent_kernel="o3", bias=".3"),
    layers.LSTMCell: _rule("o", kernel="i4", recurrent_kernel="o4", bias="4"),
    layers.BatchNormalization: _rule(
        "i", gamma="i", beta="i", moving_mean="i", moving_variance="i"
    ),
    layers.PReLU: _rule("i", alpha="..i"),
    layers.Activation: _rule("i"),
    layers.ReLU: _rule("i"),
    layers.LeakyReLU: _rule("i"),
    layers.ELU: _rule("i"),
    layers.Dropout: _rule("i"),
    layers.SpatialDropout1D: _rule("i"),
    layers.SpatialDropout2D: _rule("i"),
    layers.GaussianNoise: _rule("i"),
    layers.MaxPooling1D: _rule("i"),
    layers.MaxPooling2D: _rule("i"),
    layers.AveragePooling1D: _rule("i"),
    layers.AveragePooling2D: _rule("i"),
    layers.GlobalMaxPooling1D: _rule("i"),
    layers.GlobalMaxPooling2D: _rule("i"),
    layers.GlobalAveragePooling1D: _rule("i"),
    layers.GlobalAveragePooling2D: _rule("i"),
    layers.UpSampling1D: _rule("i"),
    layers.UpSampling2D: _rule("i"),
    layers.ZeroPadding1D: _rule("i"),
    layers.ZeroPadding2D: _rule("i"),
    layers.Cropping1D: _rule("i"),
    layers.Cropping2D: _rule("i"),
}
"""Layers that compute each channel by itself, or all channels by weights."""

MOVING: dict[type, Callable[[Any, Sequence[Mask], Sequence[int]], Mask]] = {
    layers.Flatten: lambda layer, inputs, shape: inputs[0].reshape(shape),
    layers.Reshape: lambda layer, inputs, shape: inputs[0].reshape(shape),
    layers.Permute: lambda layer, inputs, shape: inputs[0].transpose([d - 1 for d in layer.dims]),
    layers.RepeatVector: lambda layer, inputs, shape: np.broadcast_to(inputs[0], shape),
    layers.Concatenate: lambda layer, inputs, shape: np.concatenate(
        inputs, layer.axis if layer.axis < 0 else layer.axis - 1
    ),
    **dict.fromkeys(
        (
            *(layers.Add, layers.Subtract, layers.Multiply),
            *(layers.Average, layers.Maximum, layers.Minimum),
        ),
        lambda layer, inputs, shape: _equal([np.broadcast_to(mask, shape) for mask in inputs]),
    ),
}
"""Layers that move elements, or combine those at the same place: `(layer, inputs, shape)`."""

_ELEMENTWISE = frozenset(
    getattr(activations, name)
    for name in (
        *("linear", "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish"),
        *("sigmoid", "hard_sigmoid", "log_sigmoid", "hard_silu", "tanh", "hard_tanh", "softplus"),
        *("softsign", "exponential", "squareplus", "tanh_shrink", "soft_shrink", "hard_shrink"),
    )
)
"""Activations that compute each element by itself and stay finite at zero."""

_SUMS = (type(None), regularizers.L1, regularizers.L2, regularizers.L1L2)
_PER_UNIT = (type(None), constraints.MaxNorm, constraints.NonNeg, constraints.UnitNorm)
"""Regularizers and constraints to which more zeros make no difference."""


class Masks:
    """The masks of a wide model's variables for a narrower model, and what its noise needs.

    `of` maps the id of a wide variable to its mask. `noise_channels` is that of `Embedding`. Raises
    EmbeddingError where the narrow model cannot be embedded into the wide one.
    """

    def __init__(self, wide: Any, narrow: Any) -> None:
        self.of: dict[int, Mask] = {}
        self.noise_channels: dict[int, NDArray[np.int32]] = {}
        all_layers = enumerate(wide._flatten_layers(include_self=False))
        self._places = {id(layer): place for place, layer in all_layers}
        inputs = [np.ones(_shape(tensor), bool) for tensor in wide.inputs]
        for mask in self._graph(wide, narrow, inputs):
            if not mask.all():
                raise EmbeddingError("the models have outputs of unlike shape")

    def _graph(self, wide: Any, narrow: Any, inputs: Sequence[Mask]) -> list[Mask]:
        """The masks of a model's outputs."""
        wide, narrow = (getattr(model, "_functional", model) for model in (wide, narrow))
        own = {operation.name: operation for operation in narrow.operations}
        masks = {id(tensor): mask for tensor, mask in zip(wide.inputs, inputs, strict=True)}
        for depth in sorted(wide._nodes_by_depth, reverse=True):
            for node in wide._nodes_by_depth[depth]:
                if node.is_input:
                    continue
                missing = keras.tree.flatten(node.arguments.kwargs.get("mask"))  # of time steps
                given = [
                    masks[id(tensor)]
                    for tensor in node.input_tensors
                    if not any(tensor is other for other in missing)
                ]
                layer = node.operation
                outputs = self._outputs(layer, own[layer.name], given, node.output_tensors)
                masks |= zip(map(id, node.output_tensors), outputs, strict=True)
        return [masks[id(tensor)] for tensor in wide.outputs]

    def _outputs(
        self, layer: Any, own: Any, inputs: Sequence[Mask], outputs: Sequence[Any]
    ) -> list[Mask]:
        shapes = [_shape(tensor) for tensor in outputs]
        if all(mask.all() for mask in inputs) and _weights(layer) == _weights(own):
            return [np.ones(shape, bool) for shape in shapes]
        if isinstance(layer, keras.Model):
            return self._graph(layer, own, inputs)
        if (move := MOVING.get(type(layer))) is not None:
            return [move(layer, inputs, shapes[0])]
        if len(inputs) > 1:
            raise EmbeddingError(f"layer '{layer.name}' may mix the channels of its inputs")
        channels = _channels(layer, inputs[0])
        channels = self._channels_of(layer, own, channels, inputs[0].ndim)
        return [np.broadcast_to(channels, shape) for shape in shapes]

    def _channels_of(self, layer: Any, own: Any, channels: Mask, last: int) -> Mask:
        """The channels (axis `last`) of an output; notes the masks of the layer's weights."""
        if isinstance(layer, layers.TimeDistributed):
            return self._channels_of(layer.layer, own.layer, channels, last)
        if isinstance(layer, layers.Bidirectional):
            forward = self._channels_of(layer.forward_layer, own.forward_layer, channels, last)
            backward = self._channels_of(layer.backward_layer, own.backward_layer, channels, last)
            return np.concatenate([forward, backward]) if layer.merge_mode == "concat" else forward
        part, own = getattr(layer, "cell", layer), getattr(own, "cell", own)
        if (rule := RULES.get(type(part))) is None:
            raise EmbeddingError(f"layer '{layer.name}' may mix channels")
        axes = {"i": channels}
        if (width := _width(part)) is not None:
            axes["o"] = np.arange(width) < _width(own)
            axes |= {str(gates): np.tile(axes["o"], gates) for gates in (3, 4)}
        if hasattr(part, "depth_multiplier"):
            axes["d"] = np.repeat(channels, part.depth_multiplier)
        for name, letters in rule.weights.items():
            if (weight := getattr(part, name, None)) is not None:
                self._note(weight, letters, axes)
        output = axes[rule.output]
        if not output.all() or not channels.all():
            _require_channelwise(layer, part, output, last)
        if type(part) in DRAWING and not _is_prefix(channels):
            if part is layer:
                place = self._places[id(part)]
                self.noise_channels[place] = (np.cumsum(channels) - channels).astype(np.int32)
            elif part.dropout:
                raise EmbeddingError(f"layer '{layer.name}' drops inputs of unlike places")
        return output

    def _note(self, weight: Any, letters: str, axes: Mapping[str, Mask]) -> None:
        shape = weight.shape
        found = [axes.get(letter) for letter in letters[len(letters) - len(shape) :]]
        by_axis = [np.ones(n, bool) if m is None else m for n, m in zip(shape, found, strict=True)]
        mask = reduce(np.multiply.outer, by_axis)
        if not mask.all() and (
            type(weight.regularizer) not in _SUMS or type(weight.constraint) not in _PER_UNIT
        ):
            raise EmbeddingError(f"weight '{weight.path}' has a rule that counts its elements")
        if not np.array_equal(self.of.setdefault(id(weight), mask), mask):
            raise EmbeddingError(f"weight '{weight.path}' is used at unlike widths")


def _require_channelwise(layer: Any, part: Any, output: Mask, last: int) -> None:
    """Refuse a layer with a setting that would mix channels of which some are padding."""
    first = getattr(layer, "data_format", None) == "channels_first"
    if first or getattr(layer, "axis", -1) not in (-1, last):
        raise EmbeddingError(f"the channels of layer '{layer.name}' are not its last axis")
    if output.all():
        return
    for name in ("activation", "recurrent_activation"):
        function = getattr(part, name, None)
        known = function is None or function in _ELEMENTWISE
        if not known and type(function) not in (layers.ReLU, layers.LeakyReLU, layers.ELU):
            raise EmbeddingError(f"the activation of layer '{layer.name}' may mix channels")
    if any(getattr(p, "activity_regularizer", None) is not None for p in (layer, part)):
        raise EmbeddingError(f"layer '{layer.name}' regularizes its outputs")


def _channels(layer: Any, mask: Mask) -> Mask:
    """The mask of the last axis, which must be the same at all positions."""
    rows: Mask = mask.reshape(-1, mask.shape[-1])
    if not (rows == rows[0]).all():
        raise EmbeddingError(f"the channels of layer '{layer.name}' differ between positions")
    channels: Mask = rows[0]
    return channels


def _equal(masks: Sequence[Mask]) -> Mask:
    if any(not np.array_equal(mask, masks[0]) for mask in masks):
        raise EmbeddingError("a layer merges inputs of unlike widths")
    return masks[0]


def _is_prefix(channels: Mask) -> bool:
    return bool(channels[: channels.sum()].all())


def _width(layer: Any) -> Any:
    """A layer's own width, if it has one; pooling layers and the like have that of their input."""
    found = (getattr(layer, name, None) for name in ("units", "filters", "output_dim"))
    return next((width for width in found if width is not None), None)


def _weights(layer: Any) -> list[Any]:
    return [v.shape for v in layer.weights] if isinstance(layer, keras.Layer) else []


def _shape(tensor: Any) -> list[int]:
    """The shape without the batch; 1 where a length is not known."""
    return [length or 1 for length in tensor.shape[1:]]
