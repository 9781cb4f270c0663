"""Handwritten digits in two halves, 0 to 4 and 5 to 9, and a small network for either."""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

VALIDATION, TEST = 250, 250


def load(first, rows_a_class=100):
    """Pictures of five digits from `first` on; as many of each as are asked for to train on."""
    digits = load_digits()
    pictures, labels = digits.images[..., None] / 16, digits.target
    order = np.random.default_rng(0).permutation(len(labels))
    order = order[(labels[order] >= first) & (labels[order] < first + 5)]
    test, validation, rest = np.split(order, [TEST, TEST + VALIDATION])
    train = np.concatenate(
        [rest[labels[rest] == d][:rows_a_class] for d in np.unique(labels[rest])]
    )
    names = labels.astype(str)
    return tuple((pictures[part], names[part]) for part in (train, validation, test))


def network(filters, dropout, learning_rate):
    model = keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(filters, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(2 * filters, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dropout(dropout),
            layers.Dense(5, activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(learning_rate),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
