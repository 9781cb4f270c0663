"""A copy of a model without regularisation."""

from __future__ import annotations

from typing import Any

from tuneit.errors import BuilderError
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

QUICK = 0.5
"""Momentum of batch normalisation's averages: with the usual 0.99 the averages would need
hundreds of steps, more than a short training has."""

_NOISE = ("rate", "stddev", "dropout", "recurrent_dropout")
_RANDOM = (
    keras.layers.Dropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.AlphaDropout,
    keras.layers.LSTMCell,
    keras.layers.GRUCell,
    keras.layers.SimpleRNNCell,
)


def unregularised_copy(model: Any) -> Any:
    """Clone a model with its weights, without dropout, noise, penalties and states.

    Raises BuilderError where its class cannot be cloned.
    """
    compiled = model.compiled
    try:
        # Otherwise Keras would clone the loss as well, and fail for a user's own loss.
        model.compiled = False
        copy = keras.models.clone_model(model)
        copy.set_weights(model.get_weights())
    except (ValueError, TypeError, NotImplementedError) as error:
        raise BuilderError(
            f"the model cannot be copied for can_overfit ({type(error).__name__}): give its "
            "class a get_config, or test a functional model"
        ) from error
    finally:
        model.compiled = compiled
    for layer in copy._flatten_layers():
        if isinstance(layer, _RANDOM):
            for name in _NOISE:
                if isinstance(getattr(layer, name, None), (int, float)):
                    setattr(layer, name, 0.0)
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = QUICK
        if isinstance(layer, keras.layers.RNN):
            layer.stateful = False
        if getattr(layer, "activity_regularizer", None) is not None:
            layer.activity_regularizer = None
    for variable in copy.trainable_variables:
        variable.regularizer = None
    return copy
