"""Bad input: each has to be refused before training, in a sentence with names and shapes."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from cases import Family, Given
from networks import L, classifier, stack
from small_data import classes, features, images, table

family = Family("mistakes", tools=("tuneit",), objective="val_accuracy")
case = family.case


@case(data=lambda: Given(features(), classes(features())[:90]), refused=r"96\b.*90\b|90\b.*96\b")
def lengths_differ(hp):
    """96 rows and 90 targets."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


def _unlike():
    x = features()
    return Given([x[:, :3], x[:90, 3:]], classes(x))


@case(data=_unlike, refused=r"96\b.*90\b|90\b.*96\b")
def lengths_of_inputs_differ(hp):
    """Two inputs of 96 and of 90 rows."""
    first, second = keras.Input((3,)), keras.Input((3,))
    joined = L.Dense(hp.Int("units", 4, 8))(L.Concatenate()([first, second]))
    model = keras.Model([first, second], L.Dense(3, "softmax")(joined))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@case(
    data=lambda: Given(features(), {"kind": classes(features())}),
    objective="val_loss",
    refused="size",
)
def output_without_target(hp):
    """Outputs 'kind' and 'size', but targets for 'kind' alone."""
    inputs = keras.Input((6,))
    hidden = L.Dense(hp.Int("units", 4, 8))(inputs)
    kind, size = L.Dense(3, "softmax", name="kind")(hidden), L.Dense(1, name="size")(hidden)
    model = keras.Model(inputs, {"kind": kind, "size": size})
    model.compile("adam", {"kind": "sparse_categorical_crossentropy", "size": "mse"})
    return model


@case(data=lambda: Given(images(), images(2)), refused=r"8, 8, 2.*8, 8, 1|8, 8, 1.*8, 8, 2")
def target_of_another_shape(hp):
    """Images of one channel out, of two channels as targets."""
    model = stack(
        L.Conv2D(hp.Int("units", 2, 4), 3, padding="same"), L.Conv2D(1, 1), inputs=(8, 8, 1)
    )
    model.compile("adam", "mse", metrics=["accuracy"])
    return model


@case(data=lambda: Given(features(), classes(features(), 5)), refused=r"\b5\b.*\b3\b|\b3\b.*\b5\b")
def labels_beyond_the_classes(hp):
    """Labels of five classes for a softmax of three."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case(data=lambda: Given(features(4), classes(features())), refused=r"\b4\b.*\b6\b|\b6\b.*\b4\b")
def rows_of_another_width(hp):
    """Rows of four numbers for an input of six."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


def _with_nan():
    x = features()
    x[3, 2] = np.nan
    return Given(x, classes(features()))


@case(data=_with_nan, refused="NaN|finite")
def not_finite(hp):
    """A NaN among the rows."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


def _stream(batches, **keywords):
    kinds = (tf.TensorSpec((None, None)), tf.TensorSpec((None,), tf.int64))
    train = tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=kinds)
    held = (table().x[72:], table().y[72:])
    return lambda: Given(train, None, {"validation_data": held, **keywords})


_X, _Y = table().x, table().y


@case(data=_stream([]), refused="empty|no (batch|row)")
def empty_stream(hp):
    """A stream without a batch."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case(
    data=_stream([(_X[:8], _Y[:8])] * 2, steps_per_epoch=10), refused=r"\b10\b.*\b2\b|\b2\b.*\b10\b"
)
def stream_that_ends_early(hp):
    """Two batches, but ten steps an epoch."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case(
    data=_stream([(_X[:8], _Y[:8]), (_X[:8, :5], _Y[:8])]),
    refused=r"\(.*6.*\).*\(.*5.*\)|\(.*5.*\).*\(.*6.*\)",
)
def stream_that_changes_shape(hp):
    """The second batch has five columns."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case(
    data=lambda: Given(_X, _Y, {"validation_data": (_X[:20, :5], _Y[:20])}),
    refused=r"validation.*\b[56]\b.*\b[56]\b",
)
def validation_of_another_form(hp):
    """Validation rows of five numbers, training rows of six."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case(data=table, tuneit={"epoch": 3}, refused="did you mean 'epochs'|epochs")
def misspelt_argument(hp):
    """epoch= in place of epochs=."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case(data=table, tuneit={"max_trials": 3}, refused="trials")
def argument_of_keras_tuner(hp):
    """max_trials= in place of trials=."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case(data=table, objective="val_acuracy", refused="val_accuracy")
def misspelt_objective(hp):
    """An objective that the model does not report."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case(data=table, refused="compile")
def not_compiled(hp):
    """A model that is not compiled."""
    return stack(L.Dense(hp.Int("units", 4, 8)), L.Dense(3, "softmax"))


@case(data=table, refused="return")
def nothing_returned(hp):
    """A builder that forgets its return."""
    classifier(L.Dense(hp.Int("units", 4, 8)))
