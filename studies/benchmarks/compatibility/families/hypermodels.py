"""HyperModel classes: with constructors, with a `fit`, with loops of their own."""

from __future__ import annotations

import keras
import keras_tuner
import numpy as np
import tensorflow as tf
from cases import FIVE, Family, among, within
from networks import L, classifier, regressor
from small_data import features, numbers, table

family = Family("hypermodels", data=table, objective="val_accuracy")
case = family.case


@case("units")
class BuildAlone(keras_tuner.HyperModel):
    """A class with `build`."""

    def build(self, hp):
        return classifier(L.Dense(hp.Int("units", 4, 8)))


@case("units")
class WithArguments(keras_tuner.HyperModel):
    """A constructor with the classes and a name."""

    def __init__(self, classes=3, name="mine"):
        super().__init__(name=name)
        self.classes = classes

    def build(self, hp):
        return classifier(L.Dense(hp.Int("units", 4, 8)), classes=self.classes)


@case("units", "batch_size", "shuffle", strategies=FIVE, check=among("batch_size", 8, 16))
class LateInFit(keras_tuner.HyperModel):
    """A `fit` that asks for batch size and shuffling."""

    def build(self, hp):
        return classifier(L.Dense(hp.Int("units", 4, 8)))

    def fit(self, hp, model, *args, **kwargs):
        batch_size = hp.Choice("batch_size", [8, 16])
        shuffle = hp.Boolean("shuffle")
        return model.fit(*args, batch_size=batch_size, shuffle=shuffle, **kwargs)


@case("units", "normalise")
class PreprocessingInFit(keras_tuner.HyperModel):
    """A `fit` with x and y by name, which may scale the rows."""

    def build(self, hp):
        return classifier(L.Dense(hp.Int("units", 4, 8)))

    def fit(self, hp, model, x, y, **kwargs):
        if hp.Boolean("normalise"):
            x = (x - x.mean(0)) / x.std(0)
        return model.fit(x, y, **kwargs)


def _given_validation():
    given = table()
    validation = {"validation_data": (given.x[:24], given.y[:24])}
    return type(given)(given.x[24:], given.y[24:], validation)


@case("units", "epochs", data=_given_validation, check=among("epochs", 1, 2))
class EpochsInFit(keras_tuner.HyperModel):
    """A `fit` that takes validation_data and callbacks by name, and searches epochs."""

    def build(self, hp):
        return classifier(L.Dense(hp.Int("units", 4, 8)))

    def fit(self, hp, model, x, y, validation_data, callbacks=None, **kwargs):
        kwargs.pop("epochs", None)
        return model.fit(
            x,
            y,
            validation_data=validation_data,
            callbacks=callbacks,
            epochs=hp.Int("epochs", 1, 2),
            **kwargs,
        )


@case("units", "patience")
class CallbacksInFit(keras_tuner.HyperModel):
    """A `fit` that adds a callback of its own to those given."""

    def build(self, hp):
        return classifier(L.Dense(hp.Int("units", 4, 8)))

    def fit(self, hp, model, *args, callbacks=(), **kwargs):
        stop = keras.callbacks.EarlyStopping("val_loss", patience=hp.Int("patience", 1, 3))
        return model.fit(*args, callbacks=[*callbacks, stop], **kwargs)


@case("units", "rate", "batch_size", data=_given_validation, objective="val_loss")
class OwnLoop(keras_tuner.HyperModel):
    """A training loop with GradientTape that calls the callbacks and returns a float."""

    def build(self, hp):
        return keras.Sequential([keras.Input((6,)), L.Dense(hp.Int("units", 4, 8)), L.Dense(3)])

    def fit(self, hp, model, x, y, validation_data, callbacks=None, epochs=1, **kwargs):
        rows = tf.data.Dataset.from_tensor_slices((x, y)).batch(hp.Choice("batch_size", [16, 32]))
        optimizer = keras.optimizers.Adam(hp.Float("rate", 1e-4, 1e-2, sampling="log"))
        loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        best = float("inf")
        for callback in callbacks or ():
            callback.set_model(model)
        for epoch in range(epochs):
            for inputs, labels in rows:
                with tf.GradientTape() as tape:
                    loss = loss_of(labels, model(inputs, training=True))
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            vx, vy = validation_data
            found = float(loss_of(vy, model(vx)))
            for callback in callbacks or ():
                callback.on_epoch_end(epoch, logs={"val_loss": found})
            best = min(best, found)
        return best


@case("units", objective=keras_tuner.Objective("val_f", "max"))
class MetricsInADict(keras_tuner.HyperModel):
    """A `fit` that returns a dict of metrics, the objective among them."""

    def build(self, hp):
        return classifier(L.Dense(hp.Int("units", 4, 8)))

    def fit(self, hp, model, *args, **kwargs):
        history = model.fit(*args, **kwargs).history
        return {"val_f": max(history["val_accuracy"]), "val_loss": min(history["val_loss"])}


@case(objective="val_loss", data=numbers)
class NothingSearched(keras_tuner.HyperModel):
    """A builder without hyperparameters: keras-tuner trains it as often as it is told."""

    def build(self, hp):
        return regressor(L.Dense(4))


class OwnStep(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.hidden, self.out = L.Dense(units, "relu"), L.Dense(3, "softmax")

    def call(self, inputs, training=False):
        return self.out(self.hidden(inputs))

    def train_step(self, data):
        x, y = data[:2]
        with tf.GradientTape() as tape:
            predicted = self(x, training=True)
            loss = self.compute_loss(x, y, predicted)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return self.compute_metrics(x, y, predicted)


@case("units")
def own_train_step(hp):
    """A keras.Model with a `train_step`."""
    model = OwnStep(hp.Int("units", 4, 8))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class Encoder(keras_tuner.HyperModel):
    def build(self, hp):
        return keras.Sequential([keras.Input((6,)), L.Dense(hp.Int("code", 2, 4), "relu")])


@case("code", "head")
class HyperModelInHyperModel(keras_tuner.HyperModel):
    """One that builds its first part by another."""

    def build(self, hp):
        return classifier(Encoder().build(hp), L.Dense(hp.Int("head", 4, 8)))


@case("units", "rate", check=within("rate", 1e-3, 1e-2))
class DeclaresFirst(keras_tuner.HyperModel):
    """`declare_hyperparameters`, which is asked before `build`."""

    def declare_hyperparameters(self, hp):
        hp.Float("rate", 1e-3, 1e-2, sampling="log")

    def build(self, hp):
        optimizer = keras.optimizers.Adam(hp.get("rate"))
        return classifier(L.Dense(hp.Int("units", 4, 8)), optimizer=optimizer)


@case("units", "noise", objective="val_loss", data=numbers)
class CrossValidationInFit(keras_tuner.HyperModel):
    """A `fit` that trains on rows of its own and returns the mean score of two halves."""

    def build(self, hp):
        return regressor(L.Dense(hp.Int("units", 4, 8)))

    def fit(self, hp, model, x, y, **kwargs):
        noise = hp.Float("noise", 0.0, 0.2)
        rows = np.arange(len(x))
        losses = []
        for held in (rows % 2 == 0, rows % 2 == 1):
            model.fit(x[~held] + noise * features()[: sum(~held)], y[~held], verbose=0)
            losses.append(model.evaluate(x[held], y[held], verbose=0)[0])
        return float(np.mean(losses))
