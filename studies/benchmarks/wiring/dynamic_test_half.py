"""Faults that show only while a model trains: the programs that rules are measured on."""

from __future__ import annotations

import keras
import numpy as np
from dynamic_fit_half import argmax_accuracy, chain
from learnable import classes, images, series, table, texts
from made import Built, L, Program, listed, model

ops = keras.ops
PROGRAMS: list[Program] = []
BINARY, SPARSE = "binary_crossentropy", "sparse_categorical_crossentropy"


def p(kind: str, *right: str):
    return listed(PROGRAMS, kind, *right)


def functional(shape, tie, loss, **compiled):
    start = keras.Input(shape)
    made = keras.Model(start, tie(start))
    made.compile(**({"optimizer": "adam"} | compiled), loss=loss)
    return made


@p("constant_predictions", "leaky", "scale", "learning rate")
def dead_convolution(ok: bool) -> Built:
    x, y = images(seed=4)
    bias = keras.initializers.Constant(0.1 if ok else -8.0)
    layers = [L.Conv2D(6, 3, activation="relu", bias_initializer=bias), L.MaxPooling2D(),
              L.Flatten(), L.Dense(3, "softmax")]  # fmt: skip
    return model((12, 12, 1), *layers, loss=SPARSE), x, y


@p("constant_predictions|no_gradient|exploding_gradients", "learning rate", "leaky", "scale")
def killed_by_unscaled_targets(ok: bool) -> Built:
    x, y = table(300, seed=5)
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9)
    layers = [L.Dense(24, "relu"), L.Dense(12, "relu"), L.Dense(1)]
    return model((8,), *layers, loss="mse", optimizer=optimizer), x, y if ok else 60 * y - 300


@p("frozen_metric", "sigmoid", "Dense(classes")
def argmax_of_text(ok: bool) -> Built:
    x, y = texts(500, seed=6)
    layers = [L.Embedding(40, 4), L.GlobalAveragePooling1D(), L.Dense(1, "sigmoid")]
    m = model((9,), *layers, loss=BINARY, metrics=["accuracy" if ok else argmax_accuracy],
              optimizer=keras.optimizers.Adam(0.05))  # fmt: skip
    return m, x, y[:, None]


@p("constant_predictions", "print", "last layers", "learning rate", "scale")
def multiplied_by_zero(ok: bool) -> Built:
    x, y = series(seed=7)

    def tie(t):
        t = L.LSTM(6)(t)
        return L.Dense(1)(t * (1.0 if ok else 0.0))

    return functional((10, 2), tie, "mae"), x, y


@p("constant_predictions|no_gradient|exploding_gradients", "scale", "learning rate")
def saturated_answers(ok: bool) -> Built:
    x, y = classes(2, seed=8)
    optimizer = keras.optimizers.SGD(0.05 if ok else 1e5)
    m = model((8,), L.Dense(12, "tanh"), L.Dense(1, "sigmoid"), loss="hinge", optimizer=optimizer)
    return m, x, y.astype("float32")


@p("negative_loss", "np.unique(y)")
def labels_of_minus_two(ok: bool) -> Built:
    x, y = classes(2, seed=9)

    def tie(t):
        return L.Dense(1, "sigmoid")(L.Dense(20, "tanh")(t))

    def loss(y_true, y_pred):
        return ops.mean(ops.binary_crossentropy(y_true if ok else y_true * 12 - 6, y_pred))

    m = functional((8,), tie, loss, metrics=["accuracy"], optimizer=keras.optimizers.Adam(0.02))
    return m, x, y.astype("float32")[:, None]


@p("zero_loss", "weights")
def loss_of_integer_division(ok: bool) -> Built:
    x, y = table(seed=10)

    def loss(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred)) * (1.0 if ok else 1 // 32)

    return functional((8,), lambda t: L.Dense(1)(L.Dense(16, "relu")(t)), loss), x, y[:, None]


@p("zero_loss", "weights")
def every_step_is_masked(ok: bool) -> Built:
    x, y = series(seed=11)
    m = model((10, 2), L.GRU(6), L.Dense(1), loss="mse", metrics=["mae"])
    return m, x, y, {"sample_weight": np.full(len(x), float(ok))}


@p("output_cannot_reach_targets", "activation=None", "scale the targets")
def own_tanh(ok: bool) -> Built:
    x, y = series(seed=12)
    finish = (lambda t: t) if ok else (lambda t: ops.tanh(t))
    m = chain(finish, L.GRU(8), L.Dense(1), loss="mse", optimizer=keras.optimizers.Adam(0.03))
    return m, x, 5 * y


@p("output_cannot_reach_targets", "activation=None")
def own_relu_of_returns(ok: bool) -> Built:
    x, y = table(seed=13)

    def tie(t):
        t = L.Dense(1)(L.Dense(24, "elu")(t))
        return t if ok else ops.maximum(t, 0.0)

    return functional((8,), tie, "mae"), x, y


@p("no_gradient", "argmax", "comparisons")
def gates_by_comparison(ok: bool) -> Built:
    x, y = classes(2, seed=14)

    def tie(t):
        gate = L.Dense(16)(t)
        gate = ops.sigmoid(gate) if ok else ops.cast(gate > 0, "float32")
        return L.Dense(1, "sigmoid")(gate)

    return functional((8,), tie, BINARY), x, y.astype("float32")


@p("vanishing_gradients", "relu", "normalisation", "skip")
def deep_tanh_of_tiny_weights(ok: bool) -> Built:
    x, y = table(seed=15)
    init = "glorot_uniform" if ok else keras.initializers.RandomNormal(stddev=0.01)
    hidden = [L.Dense(16, "tanh", kernel_initializer=init) for _ in range(5)]
    return model((8,), *hidden, L.Dense(1), loss="mse", optimizer="sgd"), x, y


@p("exploding_gradients", "clip", "smaller weights", "learning rate")
def wide_normal_weights(ok: bool) -> Built:
    x, y = images(seed=16)
    init = "glorot_uniform" if ok else keras.initializers.RandomNormal(stddev=5.0)
    layers = [L.Conv2D(8, 3, activation="relu", kernel_initializer=init),
              L.Conv2D(8, 3, activation="relu", kernel_initializer=init), L.Flatten(),
              L.Dense(3, "softmax", kernel_initializer=init)]  # fmt: skip
    return model((12, 12, 1), *layers, loss=SPARSE), x, y


@p("saturated_activations", "scale")
def sigmoids_of_raw_columns(ok: bool) -> Built:
    x, y = table(seed=17)

    def tie(t):
        return L.Dense(1)(L.Dense(10, "sigmoid")(L.Dense(20, "sigmoid")(t)))

    return functional((8,), tie, "mse"), x if ok else x * 900 + 2000, y


@p("batch_norm_lags", "momentum=0.9")
def convolution_with_few_steps(ok: bool) -> Built:
    x, y = images(seed=18)
    norm = L.BatchNormalization(momentum=0.6 if ok else 0.99)
    layers = [norm, L.Conv2D(6, 3, activation="relu"), L.GlobalAveragePooling2D(), L.Dense(3)]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return model((12, 12, 1), *layers, loss=loss), 255 * x, y, {"batch_size": 60}


@p("dead_relus", "leaky", "learning rate")
def late_layer_mostly_dead(ok: bool) -> Built:
    x, y = classes(3, seed=19)
    bias = np.full(32, 0.0 if ok else -60.0)
    bias[0] = 0.0

    def tie(t):
        t = L.Dense(24, "relu")(t)
        start = lambda shape, dtype=None: ops.cast(bias, dtype)  # noqa: E731
        return L.Dense(3, "softmax")(L.Dense(32, "relu", bias_initializer=start)(t))

    return functional((8,), tie, SPARSE), x, y


@p("updates_too_large|unusual_learning_rate", "learning rate")
def adam_of_one(ok: bool) -> Built:
    x, y = table(seed=20)
    optimizer = keras.optimizers.Adam(0.01 if ok else 1.0)
    return model((8,), L.Dense(16, "tanh"), L.Dense(1), loss="mse", optimizer=optimizer), x, y


@p("diverged", "learning rate", "clip")
def momentum_too_fast(ok: bool) -> Built:
    x, y = series(seed=21)
    optimizer = keras.optimizers.SGD(0.01 if ok else 4.0, momentum=0.9)
    layers = [L.Flatten(), L.Dense(16, "elu"), L.Dense(1)]
    return model((10, 2), *layers, loss="mse", optimizer=optimizer), x, y
