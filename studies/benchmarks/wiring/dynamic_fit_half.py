"""Faults that show only while a model trains: the programs that rules were mended with."""

from __future__ import annotations

import keras
import numpy as np
from learnable import classes, images, series, table, texts
from made import Built, L, Program, listed, model

ops = keras.ops
PROGRAMS: list[Program] = []
BINARY, SPARSE = "binary_crossentropy", "sparse_categorical_crossentropy"


def p(kind: str, *right: str):
    return listed(PROGRAMS, kind, *right)


class Chain(keras.Model):
    """A subclassed model whose answer goes through a function of the user's."""

    def __init__(self, finish, *parts) -> None:
        super().__init__()
        self.parts, self.finish = list(parts), finish

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return self.finish(x)


def chain(finish, *parts, loss, **compiled):
    made = Chain(finish, *parts)
    made.compile(**({"optimizer": "adam"} | compiled), loss=loss)
    return made


@p("constant_predictions", "'first'", "leaky")
def dead_from_the_start(ok: bool) -> Built:
    bias = keras.initializers.Constant(0.0 if ok else -30.0)
    first = L.Dense(16, "relu", bias_initializer=bias, name="first")
    x, y = table()
    return model((8,), first, L.Dense(16, "relu"), L.Dense(1), loss="mse"), x, y


@p("constant_predictions|no_gradient|exploding_gradients", "learning rate", "leaky", "scale")
def killed_by_a_large_rate(ok: bool) -> Built:
    optimizer = keras.optimizers.SGD(0.01 if ok else 30.0)
    x, y = classes(3)
    m = model((8,), L.Dense(16, "relu"), L.Dense(16, "relu"), L.Dense(3, "softmax"), loss=SPARSE,
              optimizer=optimizer)  # fmt: skip
    return m, x, y


def argmax_accuracy(y_true, y_pred):
    """The class of the largest unit beside the label: of one unit always 0."""
    chosen = ops.cast(ops.argmax(y_pred, -1), "float32")
    return ops.mean(ops.cast(chosen == ops.cast(y_true[:, 0], "float32"), "float32"))


@p("frozen_metric", "sigmoid", "Dense(classes")
def argmax_over_one_unit(ok: bool) -> Built:
    x, y = classes(2, 400)
    argmax_accuracy.__name__ = "accuracy"
    m = model((8,), L.Dense(16, "relu"), L.Dense(1, "sigmoid"), loss=BINARY,
              metrics=["accuracy" if ok else argmax_accuracy],
              optimizer=keras.optimizers.Adam(0.02))  # fmt: skip
    return m, x, y.astype("float32")[:, None]


@p("constant_predictions", "'squash'", "scale", "last layers", "print")
def inputs_lost_by_rescaling(ok: bool) -> Built:
    x, y = table()
    squash = L.Rescaling(1.0 if ok else 1e-12, name="squash")
    return model((8,), squash, L.Dense(16, "tanh"), L.Dense(1), loss="mse"), x, y


@p("negative_loss", "np.unique(y)")
def entropy_of_pixels(ok: bool) -> Built:
    x, y = classes(2)

    def loss(y_true, y_pred):
        y_true = y_true if ok else 255 * y_true
        return ops.mean(ops.binary_crossentropy(y_true, y_pred))

    m = model((8,), L.Dense(16, "relu"), L.Dense(1, "sigmoid"), loss=loss, metrics=["accuracy"],
              optimizer=keras.optimizers.Adam(0.01))  # fmt: skip
    return m, x, y.astype("float32")[:, None]


@p("zero_loss", "weights")
def weights_of_zero(ok: bool) -> Built:
    x, y = classes(3)
    m = model((8,), L.Dense(16, "relu"), L.Dense(3, "softmax"), loss=SPARSE, metrics=["accuracy"])
    return m, x, y, {"sample_weight": np.full(len(x), 1.0 if ok else 0.0)}


@p("zero_loss", "Dense(1, activation='sigmoid')")
def categorical_of_one_unit(ok: bool) -> Built:
    x, y = classes(2)

    def loss(y_true, y_pred):
        function = ops.binary_crossentropy if ok else ops.categorical_crossentropy
        return ops.mean(function(y_true, y_pred))

    m = model((8,), L.Dense(16, "relu"), L.Dense(1, "sigmoid"), loss=loss, metrics=["accuracy"])
    return m, x, y.astype("float32")[:, None]


@p("output_cannot_reach_targets", "activation=None")
def clipped_in_call(ok: bool) -> Built:
    x, y = table()
    finish = (lambda t: t) if ok else (lambda t: ops.relu(t))
    return chain(finish, L.Dense(16, "relu"), L.Dense(1), loss="mse"), x, y - 2


@p("output_cannot_reach_targets", "activation=None", "scale the targets")
def sigmoid_in_call(ok: bool) -> Built:
    x, y = table()
    finish = (lambda t: t) if ok else (lambda t: ops.sigmoid(t))
    m = chain(finish, L.Dense(16, "relu"), L.Dense(1), loss="mae",
              optimizer=keras.optimizers.Adam(0.03))  # fmt: skip
    return m, x, 3 * y + 8


@p("no_gradient", "round")
def rounded_in_between(ok: bool) -> Built:
    x, y = table()
    start = keras.Input((8,))
    t = L.Dense(16, "elu")(start)
    made = keras.Model(start, L.Dense(1)(t if ok else ops.round(t)))
    made.compile("adam", "mse")
    return made, x, y


@p("vanishing_gradients", "relu", "normalisation", "skip")
def many_sigmoids(ok: bool) -> Built:
    x, y = classes(2)
    hidden = [L.Dense(16, "relu" if ok else "sigmoid") for _ in range(3 if ok else 9)]
    m = model((8,), *hidden, L.Dense(1, "sigmoid"), loss=BINARY, metrics=["accuracy"])
    return m, x, y.astype("float32")


@p("exploding_gradients", "clip", "smaller weights", "learning rate")
def huge_initial_weights(ok: bool) -> Built:
    x, y = table()
    init = "he_normal" if ok else keras.initializers.RandomNormal(stddev=20.0)
    hidden = [L.Dense(16, "relu", kernel_initializer=init) for _ in range(4)]
    return model((8,), *hidden, L.Dense(1), loss="mae"), x, y


@p("saturated_activations", "scale")
def tanh_of_thousands(ok: bool) -> Built:
    x, y = classes(2)
    m = model((8,), L.Dense(16, "tanh"), L.Dense(1, "sigmoid"), loss=BINARY)
    return m, x * (1 if ok else 3000), y.astype("float32")


@p("batch_norm_lags", "momentum=0.9")
def averages_that_lag(ok: bool) -> Built:
    x, y = table()
    norm = L.BatchNormalization(momentum=0.5 if ok else 0.999)
    m = model((8,), norm, L.Dense(16, "relu"), L.Dense(1), loss="mse",
              optimizer=keras.optimizers.Adam(0.01))  # fmt: skip
    return m, 40 * x + 100, y


@p("dead_relus", "leaky", "learning rate")
def most_units_dead(ok: bool) -> Built:
    x, y = images()
    bias = np.full(40, 0.0 if ok else -40.0)
    bias[:2] = 0.0
    first = L.Dense(40, "relu", bias_initializer=lambda shape, dtype=None: ops.cast(bias, dtype))
    return model((12, 12, 1), L.Flatten(), first, L.Dense(3, "softmax"), loss=SPARSE), x, y


@p("updates_too_large|unusual_learning_rate", "learning rate")
def steps_that_replace_weights(ok: bool) -> Built:
    x, y = series()
    optimizer = keras.optimizers.Adam(0.01 if ok else 2.0)
    return model((10, 2), L.GRU(8), L.Dense(1), loss="mse", optimizer=optimizer), x, y


@p("diverged", "learning rate", "clip")
def loss_to_infinity(ok: bool) -> Built:
    x, y = table()
    optimizer = keras.optimizers.SGD(0.01 if ok else 3.0)
    return model((8,), L.Dense(16, "elu"), L.Dense(1), loss="mse", optimizer=optimizer), x, y


@p("constant_predictions", "last layers", "print", "learning rate")
def only_padding_is_read(ok: bool) -> Built:
    x, y = texts()
    padded = np.concatenate([x, np.zeros((len(x), 4), int)], axis=1)
    finish = (lambda t: t) if ok else (lambda t: ops.zeros_like(t) + ops.mean(t))
    m = chain(finish, L.Embedding(41, 4), L.GlobalAveragePooling1D(), L.Dense(1, "sigmoid"),
              loss=BINARY)  # fmt: skip
    return m, padded, y
