"""Noise inside a cohort: each member's own, whoever trains beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from tuneit.training.cohort.batched_scalars import Holder
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402

Call = Callable[..., Any]

_MOST_LAYERS = 10_007
"""More than a model has layers: the distance between the places of a layer's draws."""

_SPATIAL = (layers.SpatialDropout1D, layers.SpatialDropout2D, layers.SpatialDropout3D)


@dataclass(frozen=True)
class Noise:
    """Random numbers of one member at one step: a function of `step` and the member's `seed`.

    All members share one draw, and each turns it by an angle of its own: `frac(u + angle)` is
    uniform and independent from element to element for any angle, so each member sees proper
    noise, and over the steps that of any two members is uncorrelated, because an angle is the
    member's (odd) seed times a number drawn for the step, modulo 2³². (Random shifts modulo 1:
    Cranley & Patterson, SIAM J. Numer. Anal. 13, 1976.) Drawing once instead of once a member
    costs little, and a member's noise does not depend on who else is in the cohort.
    """

    step: Any
    seed: Any

    def uniform(self, place: int, shape: Any) -> Any:
        """Uniform numbers in [0, 1); `place` tells apart the layers of a model."""
        key = _mixed(_mixed(place) + tf.cast(self.step, tf.uint32))
        elements = tf.cast(tf.range(tf.reduce_prod(shape)), tf.uint32)
        shared = tf.reshape(_as_float(_mixed(_mixed(elements) + key)), shape)
        factor = tf.bitcast(_mixed(key), tf.int32)
        turned = shared + tf.cast(factor * self.seed, tf.float32) * 2.0**-32
        return turned - tf.floor(turned)

    def normal(self, place: int, shape: Any) -> Any:
        """Standard normal numbers."""
        tiny = 2.0**-24
        return tf.math.ndtri(tf.clip_by_value(self.uniform(place, shape), tiny, 1.0 - tiny))


def _mixed(x: Any) -> Any:
    """A hash of 32 bits: the finaliser of MurmurHash3 (Appleby).

    TensorFlow's own generators draw other numbers under XLA than outside; this does not.
    """
    x = tf.cast(x, tf.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = tf.bitwise.bitwise_xor(x, tf.bitwise.right_shift(x, tf.constant(shift, tf.uint32)))
        x *= tf.constant(factor, tf.uint32)
    return tf.bitwise.bitwise_xor(x, tf.bitwise.right_shift(x, tf.constant(16, tf.uint32)))


def _as_float(x: Any) -> Any:
    """In [0, 1), from the upper 24 bits."""
    high = tf.bitwise.right_shift(x, tf.constant(8, tf.uint32))
    return tf.cast(tf.cast(high, tf.int32), tf.float32) * 2.0**-24


class StepSeeds(keras.random.SeedGenerator):  # type: ignore[misc]
    """A layer's seeds within a trace: the step's, the same for all members.

    For augmentation, which draws few numbers a row, and for what attention drops: members see the
    same flips at the same places of their own shuffled batches.
    """

    def __init__(self, noise: Noise, place: int) -> None:
        # Not the base's: its state is a variable, which a trace must not make.
        self._noise, self._place, self._drawn = noise, place, 0

    def next(self, ordered: bool = True) -> Any:
        """The next seed, a tensor of two integers."""
        self._drawn += 1
        return tf.stack([self._place * 1_009 + self._drawn, self._noise.step])


def _dropout(layer: Any, noise: Noise, places: Iterator[int]) -> Call:
    def call(inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        rate = tf.convert_to_tensor(layer.rate)
        kept = noise.uniform(next(places), _noise_shape(layer, tf.shape(inputs))) >= rate
        return tf.where(kept, inputs / tf.maximum(1.0 - rate, 1e-30), 0.0)

    return call


def _noise_shape(layer: Any, shape: Any) -> Any:
    """The inputs' shape, with ones where the same noise is for all."""
    rank = shape.shape[0]
    if isinstance(layer, _SPATIAL):
        first = getattr(layer, "data_format", "channels_last") == "channels_first"
        whole = range(2, rank) if first else range(1, rank - 1)
        return [1 if i in whole else shape[i] for i in range(rank)]
    given = layer.noise_shape or (None,) * rank
    return [shape[i] if size is None else size for i, size in enumerate(given)]


def _alpha_dropout(layer: Any, noise: Noise, places: Iterator[int]) -> Call:
    # The value that dropped units take so that SELU keeps mean and variance (Klambauer et al.,
    # NeurIPS 2017): −scale × alpha.
    lowest = -1.0507009873554804934193349852946 * 1.6732632423543772848170429916717

    def call(inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        rate = tf.convert_to_tensor(layer.rate)
        kept = noise.uniform(next(places), _noise_shape(layer, tf.shape(inputs))) >= rate
        gain = tf.math.rsqrt((1.0 - rate) * (1.0 + rate * lowest**2))
        return gain * tf.where(kept, inputs, lowest) - gain * lowest * rate

    return call


def _gaussian_noise(layer: Any, noise: Noise, places: Iterator[int]) -> Call:
    def call(inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        drawn = noise.normal(next(places), tf.shape(inputs))
        return inputs + tf.convert_to_tensor(layer.stddev) * drawn

    return call


def _gaussian_dropout(layer: Any, noise: Noise, places: Iterator[int]) -> Call:
    def call(inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        rate = tf.convert_to_tensor(layer.rate)
        spread = tf.sqrt(rate / (1.0 - rate))
        return inputs * (1.0 + spread * noise.normal(next(places), tf.shape(inputs)))

    return call


def _recurrent_dropout(cell: Any, noise: Noise, places: Iterator[int]) -> Call:
    def mask(inputs: Any, rate: float) -> Any:
        kept = noise.uniform(next(places), tf.shape(inputs)) >= rate
        return tf.cast(kept, inputs.dtype) / max(1.0 - rate, 1e-30)

    def create(inputs: Any, rate: float) -> Any:
        gates = getattr(cell, "dropout_mask_count", None)
        return mask(inputs, rate) if gates is None else [mask(inputs, rate) for _ in range(gates)]

    return create


_DROPS = "_create_dropout_mask"
"""Of a recurrent cell, which offers no public place: its masks are drawn before its first step."""

DRAWING: dict[type, tuple[str, Callable[[Any, Noise, Iterator[int]], Call]]] = {
    layers.Dropout: ("call", _dropout),
    layers.SpatialDropout1D: ("call", _dropout),
    layers.SpatialDropout2D: ("call", _dropout),
    layers.SpatialDropout3D: ("call", _dropout),
    layers.AlphaDropout: ("call", _alpha_dropout),
    layers.GaussianNoise: ("call", _gaussian_noise),
    layers.GaussianDropout: ("call", _gaussian_dropout),
    layers.SimpleRNNCell: (_DROPS, _recurrent_dropout),
    layers.GRUCell: (_DROPS, _recurrent_dropout),
    layers.LSTMCell: (_DROPS, _recurrent_dropout),
}
"""By layer, its method that draws, and what makes the one that a cohort puts in its place."""


def noisy(model: Any, noise: Noise) -> Iterator[tuple[Holder, str, Any]]:
    """What to swap in a model so that its layers draw from `noise`."""
    for place, layer in enumerate(model._flatten_layers(include_self=False)):
        if type(layer) in DRAWING:
            method, drawing = DRAWING[type(layer)]
            # A layer that is called again draws again.
            yield vars(layer), method, drawing(layer, noise, count(place, _MOST_LAYERS))
        else:
            for name, value in vars(layer).items():
                if isinstance(value, keras.random.SeedGenerator):
                    yield vars(layer), name, StepSeeds(noise, place)
