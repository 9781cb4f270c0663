"""Layers at the inputs: augmentation and noise, which act in training only, and scaling."""

from __future__ import annotations

from typing import Any

import numpy as np

from tuneit.errors.wording import figures
from tuneit.training.builders.augmenting import moving
from tuneit.training.keras_loader import load_keras
from tuneit.training.treating.graph import CannotTreat, Graph
from tuneit.training.treating.rebuild import at_inputs, before, rebuilt

load_keras()
import keras  # noqa: E402

SHIFT = 0.1
"""Pictures are moved by up to this share of their size (chosen)."""

NOISE = 0.1
"""The noise's standard deviation, in standard deviations of the input (chosen)."""

_SCALED_BELOW = 3.0
"""Means and deviations below this are near those of scaled inputs, 0 and 1 (chosen)."""


def augment(model: Any, x: Any = None) -> tuple[Any, str]:
    """Let training see moved and turned pictures; where there are none, noisy real inputs.

    Pictures are not mirrored: digits and letters would become others.
    """
    graph = Graph.of(model)
    seeing = {
        layer.name
        for layer in graph.sized
        if not graph.fed_by_weights(layer) and _is_picture(layer.input)
    }
    if seeing:
        return _moved(model, seeing)

    def around(tensor: Any, values: Any) -> tuple[Any, str] | None:
        if not _is_real(tensor):
            return None
        spread = 1.0 if values is None else float(np.std(values, dtype=np.float64)) or 1.0
        if NOISE * spread > 1:  # GaussianNoise takes no more
            raise CannotTreat(
                f"its inputs' standard deviation is {figures(spread, 3)}: scale them first"
            )
        return keras.layers.GaussianNoise(NOISE * spread), f"noise of {figures(NOISE * spread, 2)}"

    new, said = at_inputs(model, x, around)
    if not said:
        raise CannotTreat("its inputs are neither pictures nor real numbers")
    return new, said + " at the input"


def _is_picture(tensor: Any) -> bool:
    shape: tuple[int | None, ...] = getattr(tensor, "shape", ())
    return len(shape) == 4 and shape[-1] in (1, 3, 4)


def _moved(model: Any, seeing: set[str]) -> tuple[Any, str]:
    """Move and turn what the first layers with weights see."""

    def moved(layer: Any) -> list[Any]:
        return moving(SHIFT, SHIFT / 2, layer.name)

    said = f"pictures moved by up to {SHIFT:.0%} and turned by up to {SHIFT * 180:.0f}°"
    return rebuilt(model, call=before(seeing, moved)), said


def normalise_inputs(model: Any, x: Any = None) -> tuple[Any, str]:
    """Scale real inputs to mean 0 and standard deviation 1, as the training rows have them."""
    if x is None:
        raise CannotTreat("there are no rows in memory to learn the scale from")

    def around(tensor: Any, values: Any) -> tuple[Any, str] | None:
        if values is None or not _is_real(tensor):
            return None
        mean, deviation = float(np.mean(values)), float(np.std(values))
        if abs(mean) < _SCALED_BELOW and 1 / _SCALED_BELOW < deviation < _SCALED_BELOW:
            return None
        layer = keras.layers.Normalization(
            mean=np.mean(values, axis=tuple(range(values.ndim - 1))),
            variance=np.maximum(np.var(values, axis=tuple(range(values.ndim - 1))), 1e-12),
        )
        return layer, f"Normalization (mean {figures(mean, 3)}, deviation {figures(deviation, 3)})"

    new, said = at_inputs(model, x, around)
    if not said:
        raise CannotTreat("its inputs have a mean near 0 and a standard deviation near 1")
    return new, said + " at the input"


def _is_real(tensor: Any) -> bool:
    return keras.backend.is_float_dtype(tensor.dtype) and len(tensor.shape) > 1
