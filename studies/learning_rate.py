"""Rows on a line with noise, and the one unit that finds its slope and intercept."""

import keras
import numpy as np
from keras import layers

SLOPE, INTERCEPT = 3.0, 2.0


def load(rows):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 1))
    return x, SLOPE * x + INTERCEPT + rng.normal(size=(rows, 1))


def build(learning_rate):
    model = keras.Sequential([layers.Input((1,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model
