"""A model as other programs run it: without what happens in training alone."""

from __future__ import annotations

from typing import Any

from tuneit.training.keras_loader import load_keras
from tuneit.training.models.inputs import inputs_of


def for_inference(model: Any) -> Any:
    """A functional model with the same inputs that calls the model with `training=False`.

    Keras exports a model as it is called without that argument, and layers such as RandomFlip are
    then active: the exported model would change its inputs at random.
    """
    load_keras()
    import keras

    inputs = keras.tree.map_structure(
        lambda t: keras.Input(batch_shape=t.shape, dtype=t.dtype, name=t.name), inputs_of(model)
    )
    return keras.Model(inputs, model(inputs, training=False))
