"""Pictures of training rows, as they are and as augmentation changes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tuneit.data.dataset import Dataset
from tuneit.data.nested import arrays_of, is_text
from tuneit.evaluation.images import ROWS, Images, pictured
from tuneit.training.builders.augmenting import Augmentation, is_picture
from tuneit.training.keras_loader import load_keras

_DRAWS = 4
"""How often each picture is changed at random."""


def augmented_examples(
    augmentation: Augmentation, dataset: Dataset, params: Mapping[str, Any]
) -> tuple[Images, ...]:
    """The first training pictures, and what four epochs would make of each.

    `params` are the hyperparameters whose strengths are shown. Empty where the rows are no
    pictures, or nothing is changed. The draws are the same each time.
    """
    arrays = [a for a in arrays_of(dataset.train.x) if not is_text(a)]
    rows = next((a[:ROWS] for a in arrays if is_picture(a.shape[1:])), None)
    if rows is None:
        return ()
    load_keras()
    import keras

    keras.utils.set_random_seed(0)
    layers = augmentation.layers(params)
    if not layers:
        return ()
    low, high = augmentation.low, augmentation.high
    shown = [pictured("input", rows, low, high)]
    for draw in range(1, _DRAWS + 1):
        x: Any = rows.astype(np.float32)
        for layer in layers:
            x = layer(x, training=True)
        shown.append(pictured(f"augmented input {draw}", np.asarray(x), low, high))
    return tuple(shown)
