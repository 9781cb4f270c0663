"""Gradients, layer by layer: whether they reach the first layers, and whether they explode."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuneit.diagnosis.check import log_odds, number, severity
from tuneit.diagnosis.view import share
from tuneit.findings import Finding, Severity
from tuneit.training.keras_loader import load_keras
from tuneit.training.probes.layers import LayerOutput, call, kernels, without_side_effects
from tuneit.training.probes.sample import Sample

load_keras()
import keras  # noqa: E402

VANISHED = 1e-3
"""Gradient of the first layer over the last one's, an entry: below, the first layers stand still
(the ratio by which AutoTrainer, ICSE 2021, detects vanishing gradients)."""

EXPLODED = 1e3
"""Limit of the first layer's gradient over the last one's, and of the growth of activations."""

GREW = 100.0
"""Growth of the whole gradient over its median in the run so far."""


@dataclass(frozen=True)
class Gradients:
    """Root mean square of each kernel's gradient, from input to output, and of all together.

    `loss` is the sample's loss in inference mode, penalties included, as `fit` reports it.
    """

    by_kernel: Mapping[str, float]
    whole: float
    loss: float


def measure_gradients(model: Any, sample: Sample) -> Gradients:
    """Backpropagate the compiled loss of the sample, in inference mode.

    Raises NotImplementedError with a Keras backend other than TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise NotImplementedError("gradients are measured with Keras's TensorFlow backend alone")
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


def vanishing(gradients: Gradients) -> Iterable[Finding]:
    """Compare the first kernel's gradient with the last one's.

    Products of many small slopes leave nothing for the first layers (Hochreiter, 1991; Bengio,
    Simard & Frasconi, 1994). A ratio of layers of one model, hence free of the loss's scale.
    """
    values = list(gradients.by_kernel.values())
    if len(values) < 2 or not np.isfinite(values).all() or values[-1] <= 0:
        return
    ratio = values[0] / values[-1]
    confidence = 0.99 if ratio == 0 else log_odds(VANISHED / ratio, 1.0, 1.5)
    if confidence < 0.2:
        return
    yield Finding(
        "vanishing_gradients",
        severity(confidence),
        confidence,
        f"the first layer's gradient is {ratio:.1g} of the last one's: the first layers hardly "
        "learn; use ReLU and He initialisation, batch normalisation or skip connections",
        {"ratio": number(ratio), "first": number(values[0]), "last": number(values[-1])},
    )


def exploding(
    gradients: Gradients, earlier: Sequence[float], outputs: Sequence[LayerOutput], sample: Sample
) -> Iterable[Finding]:
    """Look for gradients that are not finite, grow backwards, or have grown in time.

    Activations that grow from layer to layer tell the same before it is too late: weights too
    large multiply the signal (He et al., "Delving deep into rectifiers", ICCV 2015; Pascanu,
    Mikolov & Bengio, ICML 2013). All are ratios, free of the scale of loss and targets.
    """
    values = [value for value in gradients.by_kernel.values() if value > 0]
    if not np.isfinite([*values, gradients.whole, gradients.loss]).all():
        confidence, said = 0.99, "the gradient is no longer a finite number"
        ratio = float("inf")
    else:
        backwards = values[0] / values[-1] if len(values) > 1 else 0.0
        usual = float(np.median(earlier)) if len(earlier) >= 2 else 0.0
        grown = share(gradients.whole, usual)
        growth = _growth(outputs, sample)
        signs = (
            (log_odds(backwards, EXPLODED, 1.5), backwards, "the first layer's gradient is {:.1g}"
             " times the last one's"),
            (log_odds(grown, GREW, 1.5), grown, "the gradient has grown {:.1g} times"),
            (log_odds(growth, EXPLODED, 1.5), growth, "activations grow {:.1g} times from the input"
             " to the last hidden layer"),
        )  # fmt: skip
        confidence, ratio, text = max(signs)
        said = text.format(ratio)
    if confidence < 0.2:
        return
    yield Finding(
        "exploding_gradients",
        severity(confidence, Severity.CRITICAL),
        confidence,
        f"{said}: start from smaller weights (He or Glorot), clip gradients (clipnorm=1), or lower "
        "the learning rate",
        {"ratio": number(ratio), "norm": number(gradients.whole)},
    )


def _growth(outputs: Sequence[LayerOutput], sample: Sample) -> float:
    """Root mean square of the last hidden layer's output over the input's.

    Where inputs are not one array of real numbers, the first layer's output stands for them.
    """
    sizes = [float(np.sqrt(np.mean(np.square(layer.values)))) for layer in outputs]
    if not isinstance(sample.x, (list, tuple, dict)):
        x = np.asarray(sample.x)
        if x.dtype.kind == "f":
            sizes = [float(np.sqrt(np.mean(np.square(x.astype(np.float64))))), *sizes]
    if len(sizes) < 2 or not np.isfinite(sizes).all() or sizes[0] <= 0:
        return 0.0
    return sizes[-1] / sizes[0]
