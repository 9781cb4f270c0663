"""Random numbers of layers such as Dropout: each member's own, whoever trains beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tuneit.training.cohort.batched_scalars import Holder
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402

Call = Callable[..., Any]

_MOST_LAYERS = 10_007
"""More than a model has layers: the distance between the places of one layer's draws."""

_ROW = 0x9E3779B1
"""Between the numbers of two rows of channels: far apart modulo 2³², as multiples of the golden
ratio are, so that rows do not repeat one another."""

_SPATIAL = (layers.SpatialDropout1D, layers.SpatialDropout2D)


@dataclass(frozen=True)
class Noise:
    """Random numbers of one member at one step: a function of `step` and the member's `seed`.

    All members share one draw, and each shifts it by an angle of its own: `frac(u + angle)` is
    uniform and independent from element to element for any angle, so each member sees proper
    noise, and over the steps that of any two members is uncorrelated, because an angle is the
    member's (odd) seed times a number drawn for the step, modulo 2³². (Random shifts modulo 1:
    Cranley & Patterson, SIAM J. Numer. Anal. 13, 1976.) Drawing once instead of once a member
    costs little, and a member's noise does not depend on who else is in the cohort.

    An element is drawn by its row of channels and its channel, so a channel more changes nothing
    for the others. `channels` holds, by the place of a layer, which channel's numbers each channel
    gets, where a member is embedded into a wider model and its channels are not the first ones.
    """

    step: Any
    seed: Any
    channels: Mapping[int, Any] = field(default_factory=dict)

    def uniform(self, place: int, shape: Any) -> Any:
        """Uniform numbers in [0, 1); `place` tells apart the layers of a model."""
        key = _mixed(_mixed(place) + tf.cast(self.step, tf.uint32))
        rows = tf.cast(tf.range(tf.reduce_prod(shape[:-1])), tf.uint32) * tf.constant(
            _ROW, tf.uint32
        )
        elements = rows[:, None] + tf.cast(tf.range(shape[-1]), tf.uint32)
        shared = tf.reshape(_as_float(_mixed(_mixed(elements) + key)), shape)
        if (channels := self.channels.get(place % _MOST_LAYERS)) is not None:
            shared = tf.gather(shared, channels, axis=-1)
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
    """Stands in for a layer's SeedGenerator: its seeds depend on the step, not on the member.

    It serves layers of augmentation and the dropout of attention. All members draw the same numbers
    there, but apply them to their own shuffled batches.
    """

    def __init__(self, noise: Noise, place: int) -> None:
        # Without the base's: it makes a variable, which must not happen while a graph is traced.
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
    """The inputs' shape, with 1 along axes where all elements are dropped together."""
    rank = shape.shape[0]
    if isinstance(layer, _SPATIAL):
        first = getattr(layer, "data_format", "channels_last") == "channels_first"
        whole = range(2, rank) if first else range(1, rank - 1)
        return [1 if i in whole else shape[i] for i in range(rank)]
    given = layer.noise_shape or (None,) * rank
    return [shape[i] if size is None else size for i, size in enumerate(given)]


def _gaussian_noise(layer: Any, noise: Noise, places: Iterator[int]) -> Call:
    def call(inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        drawn = noise.normal(next(places), tf.shape(inputs))
        return inputs + tf.convert_to_tensor(layer.stddev) * drawn

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
"""A private method of recurrent cells, which draws their masks before the first step."""

DRAWING: dict[type, tuple[str, Callable[[Any, Noise, Iterator[int]], Call]]] = {
    layers.Dropout: ("call", _dropout),
    layers.SpatialDropout1D: ("call", _dropout),
    layers.SpatialDropout2D: ("call", _dropout),
    layers.GaussianNoise: ("call", _gaussian_noise),
    layers.SimpleRNNCell: (_DROPS, _recurrent_dropout),
    layers.GRUCell: (_DROPS, _recurrent_dropout),
    layers.LSTMCell: (_DROPS, _recurrent_dropout),
}
"""For each layer its method that draws, and a function that makes the method to replace it."""


def noisy(model: Any, noise: Noise) -> Iterator[tuple[Holder, str, Any]]:
    """What to patch in a model so that its layers draw their random numbers from `noise`."""
    for place, layer in enumerate(model._flatten_layers(include_self=False)):
        if type(layer) in DRAWING:
            method, drawing = DRAWING[type(layer)]
            # A layer that is called again draws again.
            yield vars(layer), method, drawing(layer, noise, count(place, _MOST_LAYERS))
        else:
            for name, value in vars(layer).items():
                if isinstance(value, keras.random.SeedGenerator):
                    yield vars(layer), name, StepSeeds(noise, place)


def noise_seed(seed: int) -> int:
    """An odd 32-bit integer for a member's random numbers, well mixed from its training seed."""
    mixed = int(np.random.SeedSequence([seed, 1]).generate_state(1)[0])
    return (mixed | 1) - 2**31
