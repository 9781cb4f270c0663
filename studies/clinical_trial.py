"""People from 13 to 100: side effects from 65 on, but one in twenty is an exception."""

import keras
import numpy as np
from keras import layers

EXCEPTIONS = 0.05


def load(people):
    rng = np.random.default_rng(0)
    older = np.arange(people) % 2 == 1
    age = np.where(older, rng.integers(65, 101, people), rng.integers(13, 65, people))
    exception = rng.uniform(size=people) < EXCEPTIONS
    return age[:, None], np.where(older ^ exception, "side effects", "none")


def build(learning_rate):
    model = keras.Sequential(
        [
            layers.Input((1,)),
            layers.Dense(16, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(learning_rate),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
