"""Sound programs that learn: any finding while they train is a false alarm."""

from __future__ import annotations

import keras
import numpy as np
from dynamic_fit_half import chain
from learnable import classes, images, series, table, texts
from made import Built, L, model

ops = keras.ops
BINARY, SPARSE = "binary_crossentropy", "sparse_categorical_crossentropy"
Adam = keras.optimizers.Adam


def dense_regression() -> Built:
    x, y = table(400)
    return model((8,), L.Dense(32, "relu"), L.Dense(1), loss="mse", optimizer=Adam(0.005)), x, y


def linear_regression() -> Built:
    x, y = table(400)
    return model((8,), L.Dense(1), loss="mse", optimizer=Adam(0.02)), x, y


def logistic_regression() -> Built:
    x, y = classes(2, 400)
    return model((8,), L.Dense(1, "sigmoid"), loss=BINARY, optimizer=Adam(0.02)), x, y


def deep_relu() -> Built:
    x, y = classes(4, 400)
    hidden = [L.Dense(32, "relu", kernel_initializer="he_normal") for _ in range(5)]
    return model((8,), *hidden, L.Dense(4, "softmax"), loss=SPARSE, metrics=["accuracy"]), x, y


def wide_relu_of_large_steps() -> Built:
    x, y = classes(3, 400)
    m = model((8,), L.Dense(256, "relu"), L.Dense(3, "softmax"), loss=SPARSE, optimizer=Adam(0.02))
    return m, x, y


def small_relu() -> Built:
    x, y = table(400)
    return model((8,), L.Dense(6, "relu"), L.Dense(6, "relu"), L.Dense(1), loss="mse",
                 optimizer=Adam(0.01)), x, y  # fmt: skip


def dropout_of_half() -> Built:
    x, y = classes(2, 400)
    layers = [L.Dense(64, "relu"), L.Dropout(0.5), L.Dense(64, "relu"), L.Dropout(0.5)]
    return model((8,), *layers, L.Dense(1, "sigmoid"), loss=BINARY, metrics=["accuracy"]), x, y


def normalised_dense() -> Built:
    x, y = table(600)
    layers = [L.Dense(32), L.BatchNormalization(), L.ReLU(), L.Dense(1)]
    return model((8,), *layers, loss="mse", optimizer=Adam(0.01)), x, y, {"batch_size": 16}


def normalised_convolutions() -> Built:
    x, y = images(rows=450)
    block = [L.Conv2D(8, 3), L.BatchNormalization(), L.ReLU(), L.MaxPooling2D()]
    m = model((12, 12, 1), *block, L.Flatten(), L.Dropout(0.2), L.Dense(3, "softmax"), loss=SPARSE,
              metrics=["accuracy"])  # fmt: skip
    return m, x, y, {"batch_size": 16}


def plain_convolutions() -> Built:
    x, y = images(rows=300)
    layers = [L.Conv2D(8, 3, activation="relu"), L.Conv2D(16, 3, activation="relu"),
              L.GlobalMaxPooling2D(), L.Dense(16, "relu"), L.Dense(3, "softmax")]  # fmt: skip
    return model((12, 12, 1), *layers, loss=SPARSE, optimizer=Adam(0.005)), x, y


def gru() -> Built:
    x, y = series(300)
    return model((10, 2), L.GRU(16), L.Dense(1), loss="mse", optimizer=Adam(0.01)), x, y


def two_lstms() -> Built:
    x, y = series(300)
    layers = [L.LSTM(12, return_sequences=True), L.LSTM(12), L.Dense(1)]
    return model((10, 2), *layers, loss="mae", optimizer=Adam(0.01)), x, y


def bidirectional_words() -> Built:
    x, y = texts(400)
    layers = [L.Embedding(40, 8), L.Bidirectional(L.GRU(8)), L.Dense(1, "sigmoid")]
    return model((9,), *layers, loss=BINARY, optimizer=Adam(0.01), metrics=["accuracy"]), x, y


def averaged_words() -> Built:
    x, y = texts(400)
    layers = [L.Embedding(40, 8, mask_zero=True), L.GlobalAveragePooling1D(), L.Dense(8, "relu")]
    return model((9,), *layers, L.Dense(1, "sigmoid"), loss=BINARY, optimizer=Adam(0.02)), x, y


def few_rows() -> Built:
    x, y = classes(2, 40)
    m = model((8,), L.Dense(8, "relu"), L.Dense(1, "sigmoid"), loss=BINARY, optimizer=Adam(0.01))
    return m, x, y, {"batch_size": 8}


def rare_positives() -> Built:
    x, y = table(500)
    m = model((8,), L.Dense(16, "relu"), L.Dense(1, "sigmoid"), loss=BINARY, optimizer=Adam(0.01),
              metrics=["accuracy"])  # fmt: skip
    return m, x, (y > np.quantile(y, 0.95)).astype("float32")


def autoencoder() -> Built:
    x, _ = table(400)
    x = np.concatenate([x, x @ x[:8, :8] / 3], axis=1)
    layers = [L.Dense(12, "relu"), L.Dense(16)]
    return model((16,), *layers, loss="mse", optimizer=Adam(0.01)), x, x


def several_labels() -> Built:
    x, y = table(400)
    both = np.stack([y > 0, x[:, 0] > 0, x[:, 1] > 0.5], axis=1).astype("float32")
    m = model((8,), L.Dense(24, "relu"), L.Dense(3, "sigmoid"), loss=BINARY, optimizer=Adam(0.01))
    return m, x, both


def layer_normalised_gelu() -> Built:
    x, y = table(400)
    layers = [L.Dense(32, "gelu"), L.LayerNormalization(), L.Dense(16, "gelu"), L.Dense(1)]
    return model((8,), *layers, loss="huber", optimizer=Adam(0.005)), x, y


def residual() -> Built:
    x, y = classes(3, 400)
    start = keras.Input((8,))
    t = L.Dense(16, "relu")(start)
    for _ in range(3):
        t = L.Add()([t, L.Dense(16, "relu")(t)])
    made = keras.Model(start, L.Dense(3, "softmax")(t))
    made.compile("adam", SPARSE, metrics=["accuracy"])
    return made, x, y


def subclassed_classes() -> Built:
    x, y = classes(3, 400)
    parts = [L.Dense(32, "relu"), L.BatchNormalization(), L.Dense(3)]
    m = chain(lambda t: ops.softmax(t), *parts, loss=SPARSE, optimizer=Adam(0.01))
    return m, x, y, {"batch_size": 16}


def subclassed_positive() -> Built:
    x, y = table(400)
    m = chain(lambda t: ops.softplus(t), L.Dense(16, "relu"), L.Dense(1), loss="mse",
              optimizer=Adam(0.01))  # fmt: skip
    return m, x, np.abs(y)


def relu_of_positive() -> Built:
    x, y = table(400)
    m = model((8,), L.Dense(24, "relu"), L.Dense(1, "relu", bias_initializer="ones"), loss="mse",
              optimizer=Adam(0.01))  # fmt: skip
    return m, x, np.maximum(y, 0)


def density() -> Built:
    x, y = table(400)

    def loss(y_true, y_pred):
        mean, log = y_pred[:, :1], ops.clip(y_pred[:, 1:], -4, 4)
        return ops.mean(log + 0.5 * ops.square((y_true - mean) * ops.exp(-log))) - 2

    return (
        model((8,), L.Dense(24, "relu"), L.Dense(2), loss=loss, optimizer=Adam(0.01)),
        x,
        y[:, None],
    )


def frozen_base() -> Built:
    x, y = classes(3, 400)
    base = keras.Sequential([keras.Input((8,)), L.Dense(64, "relu"), L.Dense(64, "relu")])
    base.trainable = False
    m = model((8,), base, L.Dense(3, "softmax"), loss=SPARSE, optimizer=Adam(0.01))
    return m, x, y


PROGRAMS = [
    *(dense_regression, linear_regression, logistic_regression, deep_relu),
    *(wide_relu_of_large_steps, small_relu, dropout_of_half, normalised_dense),
    *(normalised_convolutions, plain_convolutions, gru, two_lstms, bidirectional_words),
    *(averaged_words, few_rows, rare_positives, autoencoder, several_labels),
    *(layer_normalised_gelu, residual, subclassed_classes, subclassed_positive),
    *(relu_of_positive, density, frozen_base),
]
