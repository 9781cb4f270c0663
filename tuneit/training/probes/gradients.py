"""Measuring gradients, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuneit.training.keras_loader import load_keras
from tuneit.training.probes.layers import call, kernels, without_side_effects
from tuneit.training.probes.sample import Sample

load_keras()
import keras  # noqa: E402


@dataclass(frozen=True)
class Gradients:
    """Root mean square of each kernel's gradient, from input to output, and of all together.

    `loss` is the sample's loss in inference mode, penalties included, as `fit` reports it.
    `cut` are the kernels that the loss does not depend on at all.
    """

    by_kernel: Mapping[str, float]
    whole: float
    loss: float
    cut: tuple[str, ...] = ()


def measure_gradients(model: Any, sample: Sample) -> Gradients:
    """Backpropagate the compiled loss of the sample, in inference mode.

    Raises NotImplementedError with a Keras backend other than TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise NotImplementedError("gradients are measured only with Keras's TensorFlow backend")
    import tensorflow as tf

    with without_side_effects(), tf.GradientTape() as tape:
        said = call(model, sample.x)
        loss = model.compute_loss(x=sample.x, y=sample.y, y_pred=said, training=False)
    trained = list(kernels(model))
    found = tape.gradient(loss, [variable.value for _, variable in trained])
    sums = [(0.0, 1) if gradient is None else _squares(gradient) for gradient in found]
    return Gradients(
        {
            path: math.sqrt(total / entries)
            for (path, _), (total, entries) in zip(trained, sums, strict=True)
        },
        math.sqrt(sum(total for total, _ in sums)),
        float(loss),
        tuple(path for (path, _), gradient in zip(trained, found, strict=True) if gradient is None),
    )


def _squares(gradient: Any) -> tuple[float, int]:
    """The sum of a gradient's squared entries, and their number.

    An embedding's gradient is sparse: it holds only the rows that the sample uses, some of them
    several times. Unused rows have no gradient, which is not a vanishing gradient: they are left
    out.
    """
    import tensorflow as tf

    if isinstance(gradient, tf.IndexedSlices):
        used, places = tf.unique(gradient.indices)
        gradient = tf.math.unsorted_segment_sum(gradient.values, places, tf.size(used))
    values = np.asarray(gradient, dtype=np.float64)
    return float(np.square(values).sum()), max(1, values.size)
