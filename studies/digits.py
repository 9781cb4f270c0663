"""A small convolutional network for scikit-learn's handwritten digits: 8 × 8 pixels, 10 classes."""

import keras
from keras import layers


def build_model(hp):
    model = keras.Sequential([layers.Input((64,)), layers.Reshape((8, 8, 1))])
    filters = hp.Int("filters", 8, 32, step=8)
    for block in range(hp.Int("blocks", 1, 2)):
        model.add(layers.Conv2D(filters * (block + 1), 3, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(
        layers.Dense(
            hp.Int("units", 32, 128, step=32),
            activation="relu",
            kernel_regularizer=keras.regularizers.L2(hp.Float("l2", 1e-6, 1e-2, sampling="log")),
        )
    )
    model.add(layers.Dropout(hp.Float("dropout", 0.0, 0.5, step=0.1)))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(
        optimizer=keras.optimizers.Adam(
            hp.Float("learning_rate", 1e-4, 1e-1, sampling="log", default=1e-3)
        ),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
