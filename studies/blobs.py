"""Dense layers for points in a plane; and the error below which no classifier of them can get."""

import keras
import numpy as np
from keras import layers as kl
from sklearn.datasets import make_blobs

CLOUDS = {"centers": 3, "cluster_std": 2, "random_state": 2}


def bayes_error(points=200_000):
    """The error of the best rule there is, the nearest centre: the clouds are alike and round."""
    *_, centres = make_blobs(9, **CLOUDS, return_centers=True)
    rng = np.random.default_rng(0)
    cloud = rng.integers(0, len(centres), points)
    x = centres[cloud] + rng.normal(0, CLOUDS["cluster_std"], (points, 2))
    nearest = np.linalg.norm(x[:, None] - centres, axis=2).argmin(axis=1)
    return float(np.mean(nearest != cloud))


def build(units, layers):
    hidden = [kl.Dense(units, activation="relu") for _ in range(layers)]
    model = keras.Sequential([kl.Input((2,)), *hidden, kl.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


if __name__ == "__main__":
    print(f"{bayes_error():.3f}")
