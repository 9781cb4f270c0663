"""Sound programs that look like faulty ones, beside the corrected twins of both halves."""

from __future__ import annotations

import keras
import numpy as np
from made import Built, L, labels, model, numbers, one_hot, pixels, prices, tokens

X = numbers(120, 8)


def linear_autoencoder() -> Built:
    return model((8,), L.Dense(2), L.Dense(8), loss="mse"), X, X


def sigmoid_autoencoder() -> Built:
    x = pixels(60, 16) / 255
    return (
        model((16,), L.Dense(4, "relu"), L.Dense(16, "sigmoid"), loss="binary_crossentropy"),
        x,
        x,
    )


def sequence_autoencoder() -> Built:
    x = numbers(60, 7, 2)
    m = model((7, 2), L.LSTM(4), L.RepeatVector(7), L.LSTM(4, return_sequences=True), L.Dense(2),
              loss="mse")  # fmt: skip
    return m, x, x


def segmentation() -> Built:
    y = labels(40 * 64, 3).reshape(40, 8, 8)
    layers = [L.Conv2D(4, 3, padding="same", activation="relu"), L.Conv2D(3, 1)]
    m = model((8, 8, 3), *layers, L.Softmax(), loss="sparse_categorical_crossentropy")
    return m, pixels(40, 8, 8, 3) / 255, y


def tagging_of_words() -> Built:
    m = model((9,), L.Embedding(30, 4), L.LSTM(5, return_sequences=True), L.Dense(4, "softmax"),
              loss="sparse_categorical_crossentropy")  # fmt: skip
    return m, tokens(60, 9, 30), labels(540, 4).reshape(60, 9)


def forecast_of_steps() -> Built:
    m = model((9, 2), L.GRU(5, return_sequences=True), L.Dense(1), loss="mse")
    return m, numbers(60, 9, 2), numbers(60, 9)


def logistic_regression() -> Built:
    return model((8,), L.Dense(1, "sigmoid"), loss="binary_crossentropy"), X, labels(120, 2)


def linear_regression() -> Built:
    return model((8,), L.Dense(1), loss="mse"), X, numbers(120)


def counts_of_poisson() -> Built:
    y = np.random.default_rng(0).poisson(3.0, 120)
    return model((8,), L.Dense(8, "relu"), L.Dense(1, "exponential"), loss="poisson"), X, y


def grades_as_numbers() -> Built:
    return model((8,), L.Dense(8, "relu"), L.Dense(1), loss="mse"), X, labels(120, 6)


def relu_of_positive() -> Built:
    return model((8,), L.Dense(8, "relu"), L.Dense(1, "relu"), loss="mse"), X, prices(120)


def tanh_of_signs() -> Built:
    return (
        model((8,), L.Dense(8, "relu"), L.Dense(1, "tanh"), loss="hinge"),
        X,
        labels(120, 2) * 2 - 1,
    )


def several_labels() -> Built:
    y = (numbers(120, 5, seed=2) > 0).astype("float32")
    return model((8,), L.Dense(8, "relu"), L.Dense(5, "sigmoid"), loss="binary_crossentropy"), X, y


def soft_labels() -> Built:
    y = one_hot(120, 4) * 0.9 + 0.025
    return (
        model((8,), L.Dense(8, "relu"), L.Dense(4, "softmax"), loss="categorical_crossentropy"),
        X,
        y,
    )


def residual_blocks() -> Built:
    start = keras.Input((8,))
    t = L.Dense(8, "relu")(start)
    t = L.Add()([t, L.Dense(8)(L.Dense(16, "relu")(t))])
    made = keras.Model(start, L.Dense(3, "softmax")(t))
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made, X, labels(120, 3)


def normalised_convolutions() -> Built:
    block = [L.Conv2D(4, 3, use_bias=False), L.BatchNormalization(), L.Activation("relu")]
    end = [L.GlobalAveragePooling2D(), L.Dropout(0.2), L.Dense(3)]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    m = model((8, 8, 3), L.Rescaling(1 / 255), *block, *end, loss=loss)
    return m, pixels(60, 8, 8, 3), labels(60, 3)


def factorisation() -> Built:
    user, item = keras.Input((1,), name="user"), keras.Input((1,), name="item")
    parts = [L.Flatten()(L.Embedding(20, 4)(one)) for one in (user, item)]
    made = keras.Model([user, item], L.Dot(1)(parts))
    made.compile("adam", "mse")
    x = {"user": tokens(90, 1, 20), "item": tokens(90, 1, 20, seed=1)}
    return made, x, prices(90)


def transfer() -> Built:
    base = keras.Sequential([keras.Input((8,)), L.Dense(16, "relu"), L.Dense(8, "relu")])
    return model((8,), base, L.Dropout(0.3), L.Dense(2, "softmax"),
                 loss="sparse_categorical_crossentropy"), X, labels(120, 2)  # fmt: skip


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = L.Dense(8, "relu"), L.Dense(1)

    def call(self, inputs):
        return self.last(self.first(inputs))


def subclassed() -> Built:
    made = Subclassed()
    made.compile("adam", "mse")
    return made, X, numbers(120)


def own_loss() -> Built:
    def loss(y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred))

    return model((8,), L.Dense(8, "relu"), L.Dense(1, "relu"), loss=loss), X, numbers(120)


def two_outputs() -> Built:
    start = keras.Input((8,))
    t = L.Dense(8, "relu")(start)
    made = keras.Model(start, [L.Dense(1, name="a")(t), L.Dense(1, name="b")(t)])
    made.compile("adam", {"a": "mse", "b": "mse"})
    return made, X, numbers(120)


PROGRAMS = [
    *(linear_autoencoder, sigmoid_autoencoder, sequence_autoencoder, segmentation),
    *(tagging_of_words, forecast_of_steps, logistic_regression, linear_regression),
    *(counts_of_poisson, grades_as_numbers, relu_of_positive, tanh_of_signs, several_labels),
    *(soft_labels, residual_blocks, normalised_convolutions, factorisation, transfer),
    *(subclassed, own_loss, two_outputs),
]
