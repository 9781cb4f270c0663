"""Networks for the small colour pictures of CIFAR-10: two convolutions, and six."""

import keras
from keras import layers, optimizers, regularizers


def small(filters=32, units=128, dropout=0.5, learning_rate=1e-3):
    model = keras.Sequential(
        [
            layers.Input((32, 32, 3)),
            layers.Conv2D(filters, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(2 * filters, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(units, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return _compiled(model, optimizers.Adam(learning_rate))


def deep(
    filters=32, batch_normalisation=True, dropout=0.2, l2=1e-4, augment=True, learning_rate=1e-4
):
    """Three pairs of convolutions with `filters`, 2 × and 4 × as many; dropout grows by 0.1."""
    augmented = [
        layers.RandomRotation(15 / 360, fill_mode="nearest"),
        layers.RandomTranslation(0.1, 0.1, fill_mode="nearest"),
        layers.RandomFlip("horizontal"),
    ]
    parts = [layers.Input((32, 32, 3)), *(augmented if augment else ())]
    for block in range(3):
        for _ in range(2):
            penalty = regularizers.L2(l2)
            parts += [
                layers.Conv2D(filters * 2**block, 3, padding="same", kernel_regularizer=penalty),
                layers.Activation("relu"),
                *([layers.BatchNormalization()] if batch_normalisation else ()),
            ]
        parts += [layers.MaxPooling2D()]
        parts += [layers.Dropout(dropout + 0.1 * block)] if dropout else []
    parts += [layers.Flatten(), layers.Dense(10, activation="softmax")]
    decay = optimizers.schedules.InverseTimeDecay(learning_rate, 1, 1e-6)
    return _compiled(keras.Sequential(parts), optimizers.Adam(decay))


def _compiled(model, optimizer):
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
