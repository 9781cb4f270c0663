"""Six measurements of people, of whom one in fifty is ill; the ill differ a little in four."""

import keras
import numpy as np
from keras import layers

SHARE = 0.02
SHIFT = np.array([1.2, 1.0, 0.8, -0.8, 0.0, 0.0])


def load(people):
    rng = np.random.default_rng(0)
    ill = rng.uniform(size=people) < SHARE
    x = rng.normal(size=(people, len(SHIFT))) + ill[:, None] * SHIFT
    return x, np.where(ill, "ill", "healthy")


def build(units, learning_rate):
    model = keras.Sequential(
        [
            layers.Input((len(SHIFT),)),
            layers.Dense(units, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(learning_rate),
        "binary_crossentropy",
        metrics=["accuracy", keras.metrics.AUC(curve="PR", name="pr_auc")],
    )
    return model
