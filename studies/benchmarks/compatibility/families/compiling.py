"""Own losses, metrics, layers, callbacks and models."""

from __future__ import annotations

import keras
import keras_tuner
import numpy as np
from cases import Family, Given
from keras import ops
from networks import L, binary, classifier, regressor, stack
from small_data import features, numbers, table, two_classes

family = Family("compiling", data=table)
case = family.case


def _huber_like(y, predicted):
    error = ops.abs(ops.cast(y, predicted.dtype) - predicted)
    return ops.mean(ops.where(error < 1, error**2, 2 * error - 1), axis=-1)


@case("units", data=numbers)
def own_loss_function(hp):
    """A loss that is a function."""
    return regressor(L.Dense(hp.Int("units", 4, 8)), loss=_huber_like)


class Weighted(keras.losses.Loss):
    def __init__(self, over=2.0, **kwargs):
        super().__init__(**kwargs)
        self.over = over

    def call(self, y, predicted):
        error = ops.cast(y, predicted.dtype) - predicted
        return ops.mean(ops.where(error > 0, self.over * error**2, error**2), axis=-1)

    def get_config(self):
        return {**super().get_config(), "over": self.over}


@case("units", "over", data=numbers)
def own_loss_class(hp):
    """A loss that is a class, with a hyperparameter of its own."""
    loss = Weighted(hp.Float("over", 1.0, 3.0))
    return regressor(L.Dense(hp.Int("units", 4, 8)), loss=loss)


class F1(keras.metrics.Metric):
    def __init__(self, name="f1", **kwargs):
        super().__init__(name=name, **kwargs)
        self.hits = self.add_weight(name="hits", initializer="zeros")
        self.all = self.add_weight(name="all", initializer="zeros")

    def update_state(self, y, predicted, sample_weight=None):
        y = ops.cast(ops.reshape(y, (-1,)), "float32")
        said = ops.cast(ops.reshape(predicted, (-1,)) > 0.5, "float32")
        self.hits.assign(self.hits + ops.sum(y * said))
        self.all.assign(self.all + ops.sum(y + said))

    def result(self):
        return 2 * self.hits / (self.all + 1e-7)


@case(
    "units",
    data=two_classes,
    objective=keras_tuner.Objective("val_f1", "max"),
)
def own_metric_class(hp):
    """A metric that is a class, and an objective that names its direction."""
    return binary(L.Dense(hp.Int("units", 4, 8)), metrics=[F1()])


def spread(y, predicted):
    return ops.std(predicted)


@case("units", data=numbers, objective=keras_tuner.Objective("val_spread", "min"))
def own_metric_function(hp):
    """A metric that is a function."""
    return regressor(L.Dense(hp.Int("units", 4, 8)), metrics=[spread])


class Scaled(keras.layers.Layer):
    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, shape):
        self.bias = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, inputs):
        return self.factor * inputs + self.bias


@case("factor", objective="val_accuracy")
def own_layer(hp):
    """A layer that is not registered and has no config."""
    return classifier(Scaled(hp.Float("factor", 0.5, 2.0)), L.Dense(8))


@case("units", objective="val_accuracy")
def lambda_layer(hp):
    """A Lambda layer, which Keras saves but does not load by itself."""
    return classifier(L.Dense(hp.Int("units", 4, 8)), L.Lambda(lambda v: ops.sin(v)))


class Subclassed(keras.Model):
    def __init__(self, units, depth):
        super().__init__()
        self.hidden = [L.Dense(units, "relu") for _ in range(depth)]
        self.dropout = L.Dropout(0.2)
        self.out = L.Dense(3, "softmax")

    def call(self, inputs, training=False):
        for layer in self.hidden:
            inputs = layer(inputs)
        return self.out(self.dropout(inputs, training=training))


@case("units", "depth", objective="val_accuracy")
def subclassed_model(hp):
    """A keras.Model with `call`, which is not built before it is trained."""
    model = Subclassed(hp.Int("units", 4, 8), hp.Int("depth", 1, 2))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@case("units", objective="val_accuracy")
def eager(hp):
    """run_eagerly=True."""
    return classifier(L.Dense(hp.Int("units", 4, 8)), run_eagerly=True)


@case("clip", objective="val_accuracy")
def clipped_gradients(hp):
    """Gradient clipping, and an exponential mean of the weights."""
    optimizer = keras.optimizers.Adam(clipnorm=hp.Float("clip", 0.1, 2.0), use_ema=True)
    return classifier(L.Dense(8), optimizer=optimizer)


@case("units", objective=keras_tuner.Objective("val_top", "max"))
def logits_and_named_metrics(hp):
    """A loss from logits, and metrics with names of their own."""
    model = stack(L.Dense(hp.Int("units", 4, 8)), L.Dense(3))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    top = keras.metrics.SparseTopKCategoricalAccuracy(k=2, name="top")
    model.compile("adam", loss, metrics=[top], weighted_metrics=["accuracy"])
    return model


@case("units", objective="val_accuracy")
def adapted_normalization(hp):
    """A Normalization layer that the builder adapts."""
    norm = L.Normalization()
    norm.adapt(features())
    return classifier(norm, L.Dense(hp.Int("units", 4, 8)))


def _sequences():
    x = features(4, 2)[:80]
    return Given(x, x[:, -1, 0])


def _in_eights():
    given = _sequences()
    return {"batch_size": 8, "validation_data": (given.x[:16], given.y[:16])}


@case(
    "cells",
    data=_sequences,
    search=_in_eights(),
    tuneit={"batch_size": 8},
)
def stateful_rnn(hp):
    """A stateful LSTM, which takes batches of one size."""
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(8, 4, 2)),
            L.LSTM(hp.Int("cells", 2, 4), stateful=True),
            L.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    return model


@case("units", objective="val_auc", data=two_classes)
def auc_as_objective(hp):
    """An objective whose direction follows from Keras's metric."""
    auc = keras.metrics.AUC(name="auc")
    return binary(L.Dense(hp.Int("units", 4, 8)), metrics=[auc, "accuracy"])


@case("units", "gamma", objective="val_accuracy", data=two_classes)
def focal_loss(hp):
    """A loss class of Keras's with a hyperparameter."""
    loss = keras.losses.BinaryFocalCrossentropy(gamma=hp.Float("gamma", 1.0, 3.0))
    return binary(L.Dense(hp.Int("units", 4, 8)), loss=loss)


class Regularised(keras.layers.Layer):
    def call(self, inputs):
        self.add_loss(0.01 * ops.mean(inputs**2))
        return inputs


@case("units", objective="val_accuracy")
def loss_added_by_a_layer(hp):
    """`add_loss` in a layer."""
    return classifier(L.Dense(hp.Int("units", 4, 8)), Regularised())


@case("frozen", objective="val_accuracy")
def frozen_layers(hp):
    """Transfer: a part with given weights, frozen or not."""
    base = keras.Sequential([keras.Input((6,)), L.Dense(6)])
    base.set_weights([np.eye(6, dtype="float32"), np.zeros(6, "float32")])
    base.trainable = not hp.Boolean("frozen")
    return classifier(base, L.Dense(8))


@case("units", objective="val_accuracy")
def mixed_precision(hp):
    """Layers that compute in half precision."""
    half = L.Dense(hp.Int("units", 4, 8), "relu", dtype="mixed_bfloat16")
    model = stack(half, L.Dense(3, "softmax", dtype="float32"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
