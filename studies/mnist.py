"""Two networks for MNIST: a dense layer, and convolutions as a builder for keras-tuner."""

import keras
from keras import layers


def dense(units, dropout):
    model = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(units, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def convolutions(hp):
    # Both layers ask for `filters` and `activation`: one hyperparameter each, which they share.
    model = keras.Sequential([layers.Input((28, 28, 1))])
    for _ in range(2):
        filters = hp.Choice("filters", [32, 64])
        model.add(layers.Conv2D(filters, 3, activation=hp.Choice("activation", ["relu", "tanh"])))
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(hp.Int("units", 32, 128, step=32), activation="relu"))
    model.add(layers.Dropout(hp.Float("dropout", 0.1, 0.5, sampling="log")))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(
        keras.optimizers.Adam(hp.Choice("learning_rate", [1e-2, 1e-3, 1e-4])),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
