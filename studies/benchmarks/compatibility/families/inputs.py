"""Inputs of every form: several, token ids, text, images, sequences with masks."""

from __future__ import annotations

import keras
import numpy as np
from cases import Family, Given
from networks import L, binary, classifier, regressor
from small_data import ROWS, classes, features, images, padded_ids, rng, texts, token_ids

family = Family("inputs")
case = family.case


def _two_parts():
    return features(3), rng().normal(size=(ROWS, 2)).astype("float32")


def _of_two(hp, first, second, structure):
    joined = L.Concatenate()([L.Dense(hp.Int("units", 2, 6), "relu")(first), second])
    model = keras.Model(structure, L.Dense(1, "sigmoid")(joined))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def _as_list():
    a, b = _two_parts()
    return Given([a, b], classes(a, 2))


@case("units", data=_as_list)
def list_of_inputs(hp):
    """Two unnamed inputs; x is a list."""
    first, second = keras.Input((3,)), keras.Input((2,))
    return _of_two(hp, first, second, [first, second])


def _as_tuple():
    a, b = _two_parts()
    return Given((a, b), classes(a, 2))


@case("units", data=_as_tuple)
def tuple_of_inputs(hp):
    """The same; x is a tuple."""
    return list_of_inputs(hp)


def _as_dict():
    a, b = _two_parts()
    return Given({"left": a, "right": b}, classes(a, 2))


@case("units", data=_as_dict)
def dict_of_inputs(hp):
    """Two named inputs; x is a dict."""
    first, second = keras.Input((3,), name="left"), keras.Input((2,), name="right")
    return _of_two(hp, first, second, [first, second])


@case("units", data=_as_dict)
def model_over_a_dict(hp):
    """A model whose inputs are a dict by other names than its layers'."""
    inputs = {"left": keras.Input((3,)), "right": keras.Input((2,))}
    return _of_two(hp, inputs["left"], inputs["right"], inputs)


@case("units", data=_as_list)
def list_to_named_inputs(hp):
    """Named inputs; x is a list in their order."""
    return dict_of_inputs(hp)


class TwoTowers(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.left, self.right, self.out = L.Dense(units), L.Dense(units), L.Dense(1, "sigmoid")

    def call(self, inputs):
        return self.out(self.left(inputs["left"]) * self.right(inputs["right"]))


@case("units", data=_as_dict)
def subclassed_over_a_dict(hp):
    """A subclassed model that takes a dict."""
    model = TwoTowers(hp.Int("units", 2, 6))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def _tokens():
    ids = token_ids()
    return Given(ids, classes(ids, 2))


@case("size", data=_tokens)
def token_ids_and_embedding(hp):
    """Integers for an Embedding."""
    size = hp.Int("size", 2, 8)
    return binary(L.Embedding(20, size), L.GlobalAveragePooling1D(), inputs=(7,))


def _padded():
    ids = padded_ids()
    return Given(ids, classes(ids, 2))


@case("size", "cells", data=_padded)
def padded_with_a_mask(hp):
    """Ragged sequences, padded, with mask_zero and a bidirectional GRU."""
    embedding = L.Embedding(20, hp.Int("size", 2, 4), mask_zero=True)
    return binary(embedding, L.Bidirectional(L.GRU(hp.Int("cells", 2, 4))), inputs=(None,))


def _measured():
    x = features(5, 2)
    x[np.arange(5)[None, :] >= rng().integers(2, 6, ROWS)[:, None]] = -1.0
    return Given(x, x[:, 0, 0])


@case("cells", data=_measured)
def masking_layer(hp):
    """Sequences of numbers with a Masking layer."""
    return regressor(L.Masking(-1.0), L.LSTM(hp.Int("cells", 2, 4)), inputs=(5, 2))


def _sequences():
    x = features(12, 2)
    return Given(x, classes(x))


@case("filters", "kernel", data=_sequences)
def convolution_over_time(hp):
    """Conv1D over sequences."""
    conv = L.Conv1D(hp.Int("filters", 2, 4), hp.Choice("kernel", [3, 5]), activation="relu")
    return classifier(conv, L.GlobalMaxPooling1D(), inputs=(12, 2))


@case("heads", data=_sequences)
def attention(hp):
    """A transformer's block in the functional API."""
    inputs = keras.Input((12, 2))
    seen = L.MultiHeadAttention(hp.Int("heads", 1, 2), 4)(inputs, inputs)
    hidden = L.LayerNormalization()(inputs + seen)
    model = keras.Model(inputs, L.Dense(3, "softmax")(L.GlobalAveragePooling1D()(hidden)))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _text():
    said, praise = texts()
    return Given(said[:, None], praise)


@case("size", "words", data=_text, objective="val_accuracy")
def text_vectorization(hp):
    """Strings, and a TextVectorization that the builder adapts."""
    words = hp.Choice("words", [10, 40])
    vectors = L.TextVectorization(max_tokens=words, output_sequence_length=4)
    vectors.adapt(texts()[0])
    embedding = L.Embedding(words, hp.Int("size", 2, 8))
    model = keras.Sequential([keras.Input((1,), dtype="string"), vectors, embedding])
    for layer in (L.GlobalAveragePooling1D(), L.Dense(1, "sigmoid")):
        model.add(layer)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def _mixed():
    colours = rng().choice(np.array(["red", "green", "blue"]), (ROWS, 1))
    x = features(3)
    return Given({"colour": colours, "sizes": x}, classes(x, 2))


@case("units", data=_mixed)
def table_of_text_and_numbers(hp):
    """A dict of strings and numbers: StringLookup one-hot beside a Normalization."""
    colour, sizes = (
        keras.Input((1,), dtype="string", name="colour"),
        keras.Input((3,), name="sizes"),
    )
    lookup = L.StringLookup(vocabulary=["red", "green", "blue"], output_mode="one_hot")
    norm = L.Normalization()
    norm.adapt(features(3))
    joined = L.Concatenate()([lookup(colour), norm(sizes)])
    hidden = L.Dense(hp.Int("units", 4, 8), "relu")(joined)
    model = keras.Model([colour, sizes], L.Dense(1, "sigmoid")(hidden))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def _codes():
    codes = rng().choice([10, 20, 30], (ROWS, 2))
    return Given(codes, classes(codes, 2))


@case("size", data=_codes)
def integer_lookup(hp):
    """IntegerLookup before an Embedding."""
    lookup = L.IntegerLookup(vocabulary=[10, 20, 30])
    embedding = L.Embedding(4, hp.Int("size", 2, 4))
    return binary(lookup, embedding, L.Flatten(), inputs=(2,), dtype="int64")


def _bytes():
    x = (255 * images(3)).astype("uint8")
    return Given(x, classes(x))


@case("filters", data=_bytes)
def bytes_as_images(hp):
    """Images of bytes in three colours with Rescaling."""
    conv = L.Conv2D(hp.Int("filters", 2, 4), 3, activation="relu")
    return classifier(L.Rescaling(1 / 255), conv, L.Flatten(), inputs=(8, 8, 3))


def _grey():
    x = images()[..., 0]
    return Given(x, classes(x))


@case("filters", "pool", data=_grey)
def images_without_channels(hp):
    """Images (n, h, w), which the model reshapes; pooling by choice."""
    pool = L.MaxPooling2D if hp.Choice("pool", ["max", "mean"]) == "max" else L.AveragePooling2D
    conv = L.Conv2D(hp.Int("filters", 2, 4), 3, activation="relu")
    return classifier(L.Reshape((8, 8, 1)), conv, pool(2), L.Flatten(), inputs=(8, 8))


def _five_bands():
    x = images(5)
    return Given(x, classes(x))


@case("filters", "flip", data=_five_bands)
def bands_and_augmentation(hp):
    """Images of five channels, augmentation layers, batch normalisation."""
    layers = [L.RandomFlip()] if hp.Boolean("flip") else []
    conv = L.SeparableConv2D(hp.Int("filters", 2, 4), 3)
    return classifier(
        *layers, conv, L.BatchNormalization(), L.GlobalAveragePooling2D(), inputs=(8, 8, 5)
    )


def _video():
    x = rng().random((ROWS, 3, 6, 6, 1)).astype("float32")
    return Given(x, classes(x))


@case("filters", data=_video)
def video(hp):
    """Five axes: TimeDistributed convolutions and an LSTM."""
    conv = L.TimeDistributed(L.Conv2D(hp.Int("filters", 1, 2), 3))
    return classifier(conv, L.TimeDistributed(L.Flatten()), L.LSTM(4), inputs=(3, 6, 6, 1))


def _picture_and_row():
    x = images()
    return Given({"picture": x, "row": features(4)}, classes(x))


@case("units", data=_picture_and_row)
def picture_and_table(hp):
    """An image and a row of numbers."""
    picture, row = keras.Input((8, 8, 1), name="picture"), keras.Input((4,), name="row")
    seen = L.Flatten()(L.Conv2D(2, 3)(picture))
    joined = L.Concatenate()([seen, L.Dense(hp.Int("units", 2, 6))(row)])
    model = keras.Model({"picture": picture, "row": row}, L.Dense(3, "softmax")(joined))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _single_numbers():
    x = features()[:, 0]
    return Given(x, 2 * x)


@case("units", data=_single_numbers)
def one_number_a_row(hp):
    """x of shape (n,)."""
    return regressor(L.Dense(hp.Int("units", 2, 6)), inputs=(1,))


@case("units", data=lambda: Given(features().astype("float64"), classes(features())))
def doubles(hp):
    """float64 rows."""
    return classifier(L.Dense(hp.Int("units", 2, 6)))


def _frame():
    import pandas as pd

    x = features()
    frame = pd.DataFrame(x, columns=list("abcdef"))
    return Given(frame, pd.Series(classes(x), name="kind"))


@case("units", data=_frame)
def data_frame(hp):
    """A pandas DataFrame, and a Series."""
    return classifier(L.Dense(hp.Int("units", 2, 6)))
