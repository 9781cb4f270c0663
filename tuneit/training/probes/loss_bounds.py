"""The loss of the best constant prediction, and that of a perfect prediction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

from tuneit.training.probes.layers import call, without_side_effects  # noqa: E402

CERTAIN = 1e-6
"""The distance from 0 and 1 that probabilities keep before they are turned into logits."""


@dataclass(frozen=True)
class Bounds:
    """Loss of the best constant prediction, and of a perfect one: the targets themselves."""

    trivial: float
    perfect: float


def bounds_of(model: Any, x: Any, y: Any) -> Bounds | None:
    """The compiled loss of predicting the mean of the targets, and of predicting the targets.

    None where targets cannot be written as predictions (several outputs, or targets that are
    neither a number nor a class for each output), and where the targets have no lower loss than
    their mean.
    """
    with without_side_effects():
        said = call(model, x)
        if len(keras.tree.flatten(said)) != 1 or len(keras.tree.flatten(y)) != 1:
            return None
        [shape] = [tuple(part.shape) for part in keras.tree.flatten(said)]
        perfect = _as_prediction(np.asarray(keras.tree.flatten(y)[0]), shape)
        if perfect is None:
            return None
        constant = np.broadcast_to(perfect.mean(axis=0), shape)
        trivial, least = (_loss(model, x, y, said, p) for p in (constant, perfect))
    known = math.isfinite(trivial) and math.isfinite(least) and trivial > least
    return Bounds(trivial, least) if known else None


def _as_prediction(y: Any, shape: tuple[int, ...]) -> Any | None:
    if y.dtype.kind not in "biuf":
        return None
    if y.shape == shape or (*y.shape, 1) == shape:
        return y.reshape(shape).astype(np.float32)
    classes = y[..., 0] if y.ndim == len(shape) and y.shape[-1] == 1 else y
    if classes.shape != shape[:-1] or np.any(classes != np.floor(classes)):
        return None
    if classes.min() < 0 or classes.max() >= shape[-1]:
        return None
    return np.eye(shape[-1], dtype=np.float32)[classes.astype(int)]


def _loss(model: Any, x: Any, y: Any, said: Any, prediction: Any) -> float:
    [loss] = keras.tree.flatten(model.loss) if not isinstance(model.loss, str) else [model.loss]
    if _from_logits(loss):
        p = np.clip(prediction, CERTAIN, 1 - CERTAIN)
        binary = "binary" in str(getattr(loss, "name", ""))
        prediction = np.log(p / (1 - p)) if binary else np.log(p)
    given = keras.tree.map_structure(
        lambda part: keras.ops.convert_to_tensor(prediction.astype(np.float32)), said
    )
    found = float(model.compute_loss(x=x, y=y, y_pred=given, training=False))
    return found - float(sum(float(penalty) for penalty in model.losses))


def _from_logits(loss: Any) -> bool:
    arguments = getattr(loss, "_fn_kwargs", None) or {}
    return bool(arguments.get("from_logits", getattr(loss, "from_logits", False)))
