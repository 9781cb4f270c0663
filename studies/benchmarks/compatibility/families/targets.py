"""Targets of every form: several, more axes, several outputs, weights, none."""

from __future__ import annotations

import keras
import keras_tuner
import numpy as np
import tensorflow as tf
from cases import FIVE, Family, Given
from keras import ops
from networks import L, binary, classifier, regressor, stack
from small_data import ROWS, classes, features, images, padded_ids, rng, table, token_ids

family = Family("targets")
case = family.case

KIND = keras_tuner.Objective("val_kind_accuracy", "max")
"""One output's metric, whose direction keras-tuner does not know by itself."""


@case("units", data=lambda: Given(features(), features()[:, :1]))
def column_of_numbers(hp):
    """Numbers (n, 1)."""
    return regressor(L.Dense(hp.Int("units", 4, 8)))


@case("units", data=lambda: Given(features(), classes(features(), 2)[:, None]))
def column_of_classes(hp):
    """Two classes (n, 1)."""
    return binary(L.Dense(hp.Int("units", 4, 8)))


@case("units", data=lambda: Given(features(), np.eye(3)[classes(features())]))
def one_hot(hp):
    """One-hot rows and categorical cross-entropy."""
    return classifier(L.Dense(hp.Int("units", 4, 8)), loss="categorical_crossentropy")


def _labels():
    x = features()
    return Given(x, (x[:, :3] > 0).astype(int))


@case("units", data=_labels, objective="val_binary_accuracy")
def multi_label(hp):
    """Three labels of 0 and 1 a row."""
    model = stack(L.Dense(hp.Int("units", 4, 8), "relu"), L.Dense(3, "sigmoid"))
    model.compile("adam", "binary_crossentropy", metrics=["binary_accuracy"])
    return model


@case("units", data=lambda: Given(features(), features()[:, :3]))
def several_numbers(hp):
    """Three numbers to predict."""
    model = stack(L.Dense(hp.Int("units", 4, 8), "relu"), L.Dense(3))
    model.compile("adam", "mse", metrics=["mae"])
    return model


@case("code", data=lambda: Given(features(), features()))
def autoencoder_of_rows(hp):
    """The target is x itself."""
    model = stack(L.Dense(hp.Int("code", 1, 3), "relu"), L.Dense(6))
    model.compile("adam", "mse")
    return model


def _noisy():
    clean = images()
    return Given(clean + 0.1 * rng().normal(size=clean.shape).astype("float32"), clean)


@case("filters", data=_noisy)
def denoised_images(hp):
    """Images to images."""
    conv = L.Conv2D(hp.Int("filters", 2, 4), 3, padding="same", activation="relu")
    model = stack(conv, L.Conv2D(1, 3, padding="same"), inputs=(8, 8, 1))
    model.compile("adam", "mse")
    return model


class Variational(keras.Model):
    def __init__(self, code):
        super().__init__()
        self.code, self.encode, self.decode = code, L.Dense(2 * code), L.Dense(6)
        self.seed = keras.random.SeedGenerator(1)

    def call(self, inputs):
        mean, spread = ops.split(self.encode(inputs), 2, axis=-1)
        self.add_loss(-0.5 * ops.mean(1 + spread - mean**2 - ops.exp(spread)))
        noise = keras.random.normal(ops.shape(mean), seed=self.seed)
        decoded = self.decode(mean + ops.exp(spread / 2) * noise)
        self.add_loss(ops.mean((decoded - inputs) ** 2))
        return decoded


@case("code", data=lambda: Given(features()))
def no_target(hp):
    """A variational autoencoder that adds its losses itself; there is no y."""
    model = Variational(hp.Int("code", 1, 3))
    model.compile("adam")
    return model


class Adversary(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.make = keras.Sequential([L.Dense(units, "relu"), L.Dense(6)])
        self.judge = keras.Sequential([L.Dense(4, "relu"), L.Dense(1)])
        self.error = keras.losses.BinaryCrossentropy(from_logits=True)
        self.own = keras.metrics.Mean(name="g_loss")

    def call(self, inputs):
        return self.judge(inputs)

    def train_step(self, x):
        noise = tf.random.normal((tf.shape(x)[0], 3))
        with tf.GradientTape(persistent=True) as tape:
            made = self.make(noise)
            false, true = self.judge(made), self.judge(x)
            judged = self.error(tf.zeros_like(false), false) + self.error(tf.ones_like(true), true)
            fooled = self.error(tf.ones_like(false), false)
        parts = ((judged, self.judge), (fooled, self.make))
        weights = [w for _, part in parts for w in part.trainable_weights]
        found = [g for loss, part in parts for g in tape.gradient(loss, part.trainable_weights)]
        self.optimizer.apply_gradients(zip(found, weights, strict=True))
        self.own.update_state(fooled)
        return {"g_loss": self.own.result()}


@case(
    "units",
    data=lambda: Given(features()),
    objective={"metric": "g_loss", "goal": "minimize"},
    tools=("tuneit",),
)
def adversaries(hp):
    """A train_step that gets x alone, and no test_step."""
    model = Adversary(hp.Int("units", 2, 6))
    model.compile("adam")
    return model


def _masks(shape, count=3):
    x = images()
    return Given(x, (x * count).astype(int).reshape(shape))


def _segmenter(hp, outputs, activation, loss):
    conv = L.Conv2D(hp.Int("filters", 2, 4), 3, padding="same", activation="relu")
    model = stack(conv, L.Conv2D(outputs, 1, activation=activation), inputs=(8, 8, 1))
    model.compile("adam", loss, metrics=["accuracy"])
    return model


@case("filters", data=lambda: _masks((ROWS, 8, 8)))
def segmentation(hp):
    """A class for each pixel (n, h, w)."""
    return _segmenter(hp, 3, "softmax", "sparse_categorical_crossentropy")


@case("filters", data=lambda: _masks((ROWS, 8, 8, 1), 2), objective="val_accuracy")
def segmentation_of_two(hp):
    """Foreground or not (n, h, w, 1)."""
    return _segmenter(hp, 1, "sigmoid", "binary_crossentropy")


def _tags():
    ids = padded_ids()
    return Given(ids, ids % 4)


@case("cells", data=_tags, objective="val_accuracy")
def tagging(hp):
    """A tag for each token (n, t), padding masked."""
    embedding = L.Embedding(20, 4, mask_zero=True)
    cells = L.LSTM(hp.Int("cells", 2, 6), return_sequences=True)
    return classifier(embedding, cells, inputs=(7,), classes=4)


@case(
    "cells",
    data=lambda: Given(features(6, 3), classes(features(6, 3)).repeat(6).reshape(ROWS, 6, 1)),
)
def tagging_in_columns(hp):
    """The same (n, t, 1), without masks."""
    return classifier(L.GRU(hp.Int("cells", 2, 6), return_sequences=True), inputs=(6, 3), classes=4)


def _forecast():
    walks = rng().normal(size=(ROWS, 14, 1)).cumsum(1).astype("float32")
    return Given(walks[:, :10], walks[:, 10:])


@case("cells", data=_forecast)
def forecast_of_steps(hp):
    """The next four values of a series (n, 4, 1)."""
    cells = hp.Int("cells", 2, 4)
    model = stack(
        L.LSTM(cells),
        L.RepeatVector(4),
        L.LSTM(cells, return_sequences=True),
        L.TimeDistributed(L.Dense(1)),
        inputs=(10, 1),
    )
    model.compile("adam", "mse")
    return model


def _phrases():
    source, target = token_ids(), token_ids(5)
    return Given([source, np.pad(target[:, :-1], ((0, 0), (1, 0)))], target)


@case("cells", data=_phrases)
def sequence_to_sequence(hp):
    """Encoder and decoder with teacher forcing: two inputs, (n, t) tokens."""
    source, before = keras.Input((None,)), keras.Input((None,))
    cells = hp.Int("cells", 2, 4)
    state = L.GRU(cells)(L.Embedding(20, 4)(source))
    hidden = L.GRU(cells, return_sequences=True)(L.Embedding(20, 4)(before), initial_state=state)
    model = keras.Model([source, before], L.Dense(20, "softmax")(hidden))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def _kind_and_size(form):
    x = features()
    parts = {"kind": classes(x), "size": x[:, 0]}
    return Given(x, parts if form is dict else list(parts.values()))


def _two_heads(hp, form, loss, **compiling):
    inputs = keras.Input((6,))
    hidden = L.Dense(hp.Int("units", 4, 8), "relu")(inputs)
    outputs = {
        "kind": L.Dense(3, "softmax", name="kind")(hidden),
        "size": L.Dense(1, name="size")(hidden),
    }
    model = keras.Model(inputs, outputs if form is dict else list(outputs.values()))
    model.compile("adam", loss, **compiling)
    return model


_LOSSES = {"kind": "sparse_categorical_crossentropy", "size": "mse"}


@case("units", data=lambda: _kind_and_size(dict), objective=KIND, strategies=FIVE)
def outputs_as_dict(hp):
    """Two outputs by name, and one's metric as the objective."""
    return _two_heads(hp, dict, _LOSSES, metrics={"kind": ["accuracy"], "size": ["mae"]})


@case("units", "share", data=lambda: _kind_and_size(list))
def outputs_as_list(hp):
    """Two outputs in order, with weights of their losses."""
    weights = [1.0, hp.Float("share", 0.1, 1.0)]
    return _two_heads(hp, list, list(_LOSSES.values()), loss_weights=weights)


@case("units", data=lambda: _kind_and_size(dict), objective="val_size_loss")
def list_of_named_outputs(hp):
    """A list of outputs, losses and y by their names, one's loss as the objective."""
    return _two_heads(hp, list, _LOSSES)


def _code_and_kind():
    x = features()
    return Given(x, {"decoded": x, "kind": classes(x)})


@case("units", data=_code_and_kind)
def autoencoder_with_classes(hp):
    """One output is x itself, one is a class."""
    inputs = keras.Input((6,))
    code = L.Dense(hp.Int("units", 2, 4), "relu")(inputs)
    decoded, kind = L.Dense(6, name="decoded")(code), L.Dense(3, "softmax", name="kind")(code)
    model = keras.Model(inputs, {"decoded": decoded, "kind": kind})
    model.compile("adam", {"decoded": "mse", "kind": "sparse_categorical_crossentropy"})
    return model


def _weighted():
    given = table()
    return Given(given.x, given.y, {"sample_weight": np.linspace(0.5, 1.5, ROWS)})


@case("units", data=_weighted)
def sample_weights(hp):
    """A weight for each row."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


def _weights_of_outputs():
    given = _kind_and_size(dict)
    weight = np.linspace(0.5, 1.5, ROWS)
    return Given(given.x, given.y, {"sample_weight": {"kind": weight, "size": weight[::-1]}})


@case("units", data=_weights_of_outputs)
def sample_weights_of_outputs(hp):
    """A weight for each row and output."""
    return _two_heads(hp, dict, _LOSSES)


@case("units", data=lambda: Given(features(), 2 * classes(features(), 2) - 1))
def hinge(hp):
    """Labels -1 and 1 for the hinge loss."""
    model = stack(L.Dense(hp.Int("units", 4, 8)), L.Dense(1, "tanh"))
    model.compile("adam", "hinge")
    return model


@case("units", data=lambda: Given(features(), rng().poisson(2.0, ROWS)))
def counts(hp):
    """Counts and the Poisson loss."""
    model = stack(L.Dense(hp.Int("units", 4, 8), "relu"), L.Dense(1, "exponential"))
    model.compile("adam", "poisson")
    return model


def _pinball(y, predicted):
    error = ops.cast(y, "float32") - predicted
    levels = ops.array([0.1, 0.5, 0.9])
    return ops.mean(ops.maximum(levels * error, (levels - 1) * error), axis=-1)


@case("units", data=lambda: Given(features(), features()[:, :1]))
def quantiles(hp):
    """Three quantiles predicted of one number."""
    model = stack(L.Dense(hp.Int("units", 4, 8), "relu"), L.Dense(3))
    model.compile("adam", _pinball)
    return model


def _pairs():
    x, twin = features(), rng().permutation(features())
    return Given([x, twin], (abs(x - twin).mean(1) < 1).astype("float32"))


@case("units", data=_pairs)
def siamese(hp):
    """Pairs through one shared network."""
    shared = stack(L.Dense(hp.Int("units", 4, 8), "relu"))
    first, second = keras.Input((6,)), keras.Input((6,))
    distance = ops.abs(shared(first) - shared(second))
    model = keras.Model([first, second], L.Dense(1, "sigmoid")(distance))
    model.compile("adam", "binary_crossentropy")
    return model
