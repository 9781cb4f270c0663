"""AlexNet in small: its five convolutions and three dense layers, for 32 × 32 pixels."""

import keras
from keras import layers

FILTERS = (96, 256, 384, 384, 256)
KERNELS = (5, 3, 3, 3, 3)  # 11 and 5 on pictures of 224 × 224
POOLED = (0, 1, 4)
"""The convolutions that pooling follows."""


def build(hp):
    width = hp.Choice("width", [1 / 16, 1 / 8])  # share of AlexNet's filters and units
    normalised = hp.Boolean("batch_normalisation")
    parts = [layers.Input((32, 32, 3))]
    for place, (filters, kernel) in enumerate(zip(FILTERS, KERNELS, strict=True)):
        parts += [layers.Conv2D(int(filters * width), kernel, padding="same")]
        parts += [layers.BatchNormalization()] if normalised else []
        parts += [layers.Activation("relu")]
        parts += [layers.MaxPooling2D()] if place in POOLED else []
    parts += [layers.Flatten()]
    dropout = hp.Float("dropout", 0.0, 0.5, step=0.25)
    for _ in range(2):
        parts += [layers.Dense(int(4096 * width), activation="relu"), layers.Dropout(dropout)]
    model = keras.Sequential([*parts, layers.Dense(10, activation="softmax")])
    model.compile(
        keras.optimizers.Adam(hp.Float("learning_rate", 1e-4, 1e-2, sampling="log")),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
