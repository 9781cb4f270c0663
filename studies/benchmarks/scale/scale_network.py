"""A small convolutional network for scikit-learn's digits; all trials take equally long."""

from __future__ import annotations

from typing import Any


def build_model(hp: Any) -> Any:
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            layers.Input((64,)),
            layers.Reshape((8, 8, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(hp.Float("dropout", 0.0, 0.5)),
            layers.Dense(10, activation="softmax"),
        ]
    )
    rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log")
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return model
