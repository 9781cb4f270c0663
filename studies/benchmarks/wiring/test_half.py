"""The programs that rules are measured on: other models, data and spellings of the same kinds."""

from __future__ import annotations

import keras
import numpy as np
from made import (
    Built,
    L,
    Program,
    labels,
    listed,
    model,
    numbers,
    one_hot,
    pixels,
    prices,
    tokens,
)

PROGRAMS: list[Program] = []
IMAGES = pixels(90, 8, 8, 3) / 255
SERIES = numbers(90, 12, 2)
TABLE = numbers(200, 5, seed=3)
SPARSE, ONE, BINARY = (
    f"{k}crossentropy" for k in ("sparse_categorical_", "categorical_", "binary_")
)


def p(kind: str, *right: str):
    return listed(PROGRAMS, kind, *right)


def functional(shape, tie, loss, **compiled):
    """A functional model: `tie` turns the input into the output."""
    start = keras.Input(shape=shape)
    made = keras.Model(start, tie(start))
    made.compile(optimizer=keras.optimizers.SGD(0.01), loss=loss, **compiled)
    return made


def convolutions():
    return [L.Conv2D(4, 3, activation="relu"), L.MaxPooling2D(), L.Flatten()]


@p("softmax_of_one_unit", "sigmoid")
def cat_or_dog(ok: bool) -> Built:
    end = L.Dense(1, activation="sigmoid" if ok else "softmax")
    return model((8, 8, 3), *convolutions(), end, loss=BINARY), IMAGES, labels(90, 2)[:, None]


@p("softmax_of_one_unit", "Dense(4", "softmax")
def softmax_one_of_four(ok: bool) -> Built:
    def tie(t):
        return L.Activation("softmax")(L.Dense(4 if ok else 1)(L.Dense(9, "tanh")(t)))

    return functional((5,), tie, SPARSE), TABLE, labels(200, 4)


@p("cross_entropy_without_softmax", "softmax", "from_logits")
def logits_of_images(ok: bool) -> Built:
    loss = keras.losses.CategoricalCrossentropy(from_logits=ok)
    return model((8, 8, 3), *convolutions(), L.Dense(6), loss=loss), IMAGES, one_hot(90, 6)


@p("cross_entropy_without_softmax", "softmax")
def sigmoid_of_text(ok: bool) -> Built:
    def tie(t):
        t = L.Bidirectional(L.LSTM(4))(L.Embedding(40, 4)(t))
        return L.Dense(3, activation="softmax" if ok else "sigmoid")(t)

    return functional((9,), tie, SPARSE, metrics=["accuracy"]), tokens(90, 9, 40), labels(90, 3)


@p("cross_entropy_without_softmax", "softmax")
def tanh_of_classes(ok: bool) -> Built:
    end = [L.Dense(7), L.Activation("softmax" if ok else "tanh")]
    return model((5,), L.Dense(20, "elu"), *end, loss=ONE), TABLE, one_hot(200, 7)


@p("binary_cross_entropy_without_sigmoid", "sigmoid")
def relu_of_sickness(ok: bool) -> Built:
    end = [L.Dense(1), L.Activation("sigmoid") if ok else L.ReLU()]
    return (
        model((5,), L.Dense(12, "relu"), *end, loss=BINARY, metrics=["AUC"]),
        TABLE,
        labels(200, 2),
    )


@p("binary_cross_entropy_without_sigmoid", "sigmoid", "from_logits")
def many_labels(ok: bool) -> Built:
    y = (numbers(200, 6, seed=4) > 0.3).astype("float32")
    loss = keras.losses.BinaryCrossentropy(from_logits=ok)
    return model((5,), L.Dense(12, "relu"), L.Dense(6), loss=loss), TABLE, y


@p("probabilities_as_logits", "from_logits", "None")
def sigmoid_twice(ok: bool) -> Built:
    loss = keras.losses.BinaryCrossentropy(from_logits=not ok)
    return model((12, 2), L.GRU(6), L.Dense(1, "sigmoid"), loss=loss), SERIES, labels(90, 2)


@p("output_cannot_reach_targets", "None", "scale")
def sigmoid_of_years(ok: bool) -> Built:
    y = np.random.default_rng(2).uniform(18, 70, 200)
    return (
        model((5,), L.Dense(12, "relu"), L.Dense(1, None if ok else "sigmoid"), loss="mae"),
        TABLE,
        y,
    )


@p("output_cannot_reach_targets", "None")
def relu_of_returns(ok: bool) -> Built:
    def tie(t):
        t = L.Dense(2)(L.GRU(6)(t))
        return t if ok else L.ReLU()(t)

    return functional((12, 2), tie, "huber"), SERIES, numbers(90, 2, seed=8)


@p("output_cannot_reach_targets", "None", "scale")
def softmax_of_shares(ok: bool) -> Built:
    y = np.abs(numbers(200, 3, seed=9)) * 4
    return (
        model((5,), L.Dense(12, "relu"), L.Dense(3, None if ok else "softmax"), loss="mse"),
        TABLE,
        y,
    )


@p("targets_outside_the_loss", "255")
def pictures_of_autoencoder(ok: bool) -> Built:
    x = pixels(60, 8, 8, 1) / (255 if ok else 1)
    layers = [L.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
              L.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid")]  # fmt: skip
    return model((8, 8, 1), *layers, loss=BINARY), x, x


@p("target_mismatch", "mse")
def sparse_of_real(ok: bool) -> Built:
    end = L.Dense(1) if ok else L.Dense(10, "softmax")
    m = model((5,), L.Dense(12, "relu"), end, loss="mse" if ok else SPARSE)
    return m, TABLE, numbers(200, seed=6)


@p("target_mismatch", "y == 2", "subtract")
def one_and_two(ok: bool) -> Built:
    y = labels(200, 2) + (0 if ok else 1)
    return model((5,), L.Dense(1, "sigmoid"), loss=BINARY), TABLE, y


@p("target_mismatch", "subtract")
def classes_from_one(ok: bool) -> Built:
    y = labels(90, 5) + (0 if ok else 1)
    return model((12, 2), L.LSTM(5), L.Dense(5, "softmax"), loss=SPARSE), SERIES, y


@p("regression_loss_on_classes", "binary_crossentropy")
def linear_of_two(ok: bool) -> Built:
    m = model((8, 8, 3), *convolutions(), L.Dense(1, "sigmoid" if ok else None),
              loss=BINARY if ok else "mae")  # fmt: skip
    return m, IMAGES, labels(90, 2)


@p("regression_loss_on_classes", "softmax")
def species_by_number(ok: bool) -> Built:
    m = model((5,), L.Dense(12, "relu"), L.Dense(3 if ok else 1, "softmax" if ok else None),
              loss=SPARSE if ok else "mean_squared_error", metrics=["accuracy"])  # fmt: skip
    return m, TABLE, labels(200, 3)


@p("regression_loss_on_classes", "categorical_crossentropy")
def xor_of_pairs(ok: bool) -> Built:
    m = model((2,), L.Dense(8, "tanh"), L.Dense(2, "softmax" if ok else "sigmoid"),
              loss=ONE if ok else "mse")  # fmt: skip
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 8, "float32")
    return m, x, np.eye(2)[(x[:, 0] != x[:, 1]).astype(int)]


@p("binary_cross_entropy_on_one_hot", "softmax", "categorical_crossentropy")
def binary_with_softmax(ok: bool) -> Built:
    m = model((8, 8, 3), *convolutions(), L.Dense(5, "softmax"), loss=ONE if ok else BINARY,
              metrics=["accuracy"])  # fmt: skip
    return m, IMAGES, one_hot(90, 5)


@p("categorical_cross_entropy_on_several_labels", "sigmoid", "binary_crossentropy")
def tags_with_softmax(ok: bool) -> Built:
    y = (numbers(200, 6, seed=4) > 0.3).astype("float32")
    m = model((5,), L.Dense(12, "relu"), L.Dense(6, "sigmoid" if ok else "softmax"),
              loss=BINARY if ok else ONE)  # fmt: skip
    return m, TABLE, y


@p("target_mismatch", "7 units")
def six_units_of_seven(ok: bool) -> Built:
    def tie(t):
        return L.Dense(7 if ok else 6, activation="softmax")(L.Dense(16, "selu")(t))

    return functional((5,), tie, SPARSE), TABLE, labels(200, 7)


@p("target_mismatch", "1 unit")
def three_outputs_of_one(ok: bool) -> Built:
    return (
        model((5,), L.Dense(12, "relu"), L.Dense(1 if ok else 3), loss="mse"),
        TABLE,
        numbers(200),
    )


@p("target_mismatch", "categorical_crossentropy")
def one_hot_images(ok: bool) -> Built:
    loss = (
        keras.losses.CategoricalCrossentropy()
        if ok
        else keras.losses.SparseCategoricalCrossentropy()
    )
    return (
        model((8, 8, 3), *convolutions(), L.Dense(3, "softmax"), loss=loss),
        IMAGES,
        one_hot(90, 3),
    )


@p("target_mismatch", "sparse_categorical_crossentropy", "to_categorical")
def numbers_for_categorical(ok: bool) -> Built:
    y = one_hot(90, 3) if ok else labels(90, 3)
    return model((12, 2), L.GRU(4), L.Dense(3, "softmax"), loss=ONE), SERIES, y


@p("target_mismatch", "softmax")
def sigmoid_one_of_ten(ok: bool) -> Built:
    end = L.Dense(10, "softmax") if ok else L.Dense(1, "sigmoid")
    return (
        model((8, 8, 3), *convolutions(), end, loss=SPARSE if ok else BINARY),
        IMAGES,
        labels(90, 10),
    )


@p("relu_on_logits", "None", "remove")
def relu_layer_then_softmax(ok: bool) -> Built:
    def tie(t):
        t = L.Dense(4)(L.Dense(16, "relu")(t))
        return L.Softmax()(t if ok else L.ReLU()(t))

    return functional((5,), tie, ONE), TABLE, one_hot(200, 4)


@p("relu_on_logits", "None")
def relu_from_logits(ok: bool) -> Built:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    m = model((5,), L.Dense(12, "relu"), L.Dense(4, None if ok else "relu"), loss=loss)
    return m, TABLE, labels(200, 4)


@p("dropout_of_the_output", "before", "remove")
def dropout_after_softmax(ok: bool) -> Built:
    def tie(t):
        t = L.Dense(4, "softmax")(L.Dense(16, "relu")(t))
        return t if ok else L.Dropout(0.5)(t)

    return functional((5,), tie, SPARSE), TABLE, labels(200, 4)


@p("no_nonlinearity", "relu")
def linear_convolutions(ok: bool) -> Built:
    act = "relu" if ok else None
    m = model((8, 8, 3), L.Conv2D(4, 3, activation=act), L.AveragePooling2D(2), L.Flatten(),
              L.Dense(8, act), L.Dense(3, "softmax"), loss=SPARSE)  # fmt: skip
    return m, IMAGES, labels(90, 3)


@p("no_nonlinearity", "relu")
def linear_regression_twice(ok: bool) -> Built:
    def tie(t):
        t = L.BatchNormalization()(L.Dense(16)(t))
        return L.Dense(1)(L.Activation("relu")(t) if ok else t)

    return functional((5,), tie, "mse"), TABLE, numbers(200, seed=6)


@p("output_keeps_an_axis", "return_sequences=False")
def gru_of_steps(ok: bool) -> Built:
    def tie(t):
        return L.Dense(1)(L.GRU(5, return_sequences=not ok)(L.GRU(6, return_sequences=True)(t)))

    return functional((12, 2), tie, "mse"), SERIES, numbers(90)


@p("output_keeps_an_axis", "Flatten", "Pooling")
def dense_on_pictures(ok: bool) -> Built:
    flat = [L.GlobalAveragePooling2D()] if ok else []
    m = model(
        (8, 8, 3), L.Conv2D(4, 3, activation="relu"), *flat, L.Dense(1, "sigmoid"), loss=BINARY
    )
    return m, IMAGES, labels(90, 2)


@p("output_keeps_an_axis", "Flatten", "Pooling")
def convolution_as_output(ok: bool) -> Built:
    end = [L.GlobalAveragePooling1D()] if ok else []
    m = model((12, 2), L.Conv1D(8, 3, activation="relu"), L.Conv1D(1, 3), *end, loss="mse")
    return m, SERIES, numbers(90)


@p("embedding_out_of_range", "input_dim=")
def reviews(ok: bool) -> Built:
    def tie(t):
        t = L.Flatten()(L.Embedding(201 if ok else 200, 4)(t))
        return L.Dense(1, "sigmoid")(L.Dense(8, "relu")(t))

    return functional((9,), tie, BINARY), tokens(90, 9, 201), labels(90, 2)


@p("embedding_out_of_range", "from 0")
def padding_of_minus_one(ok: bool) -> Built:
    x = tokens(90, 9, 30)
    x[:, -2:] = 0 if ok else -1
    m = model((9,), L.Embedding(30, 4), L.LSTM(4), L.Dense(1, "sigmoid"), loss=BINARY)
    return m, x, labels(90, 2)


@p("embedding_of_fractions", "without", "unscaled")
def measurements_embedded(ok: bool) -> Built:
    start = L.Dense(8, "relu") if ok else L.Embedding(10, 4)
    more = [] if ok else [L.Flatten()]
    return model((5,), start, *more, L.Dense(1), loss="mse"), TABLE, numbers(200, seed=6)


@p("inputs_equal_targets", "shift")
def series_not_shifted(ok: bool) -> Built:
    s = numbers(90, 13, 1)
    x, y = (s[:, :-1], s[:, 1:]) if ok else (s, s)
    m = model((None, 1), L.LSTM(8, return_sequences=True), L.Dense(1), loss="mse")
    return m, x, y


@p("inputs_equal_targets", "features", "delete")
def label_as_only_input(ok: bool) -> Built:
    y = labels(200, 2)
    x = TABLE[:, :1] if ok else y[:, None].astype("float32")
    return model((1,), L.Dense(8, "relu"), L.Dense(1, "sigmoid"), loss=BINARY), x, y


@p("accuracy_of_regression", "mae")
def accuracy_of_series(ok: bool) -> Built:
    metrics = [] if ok else [keras.metrics.Accuracy()]
    return model((12, 2), L.LSTM(5), L.Dense(1), loss="mae", metrics=metrics), SERIES, numbers(90)


@p("one_training_row", "reshape")
def one_row_of_a_series(ok: bool) -> Built:
    x, y = numbers(80, 4), numbers(80)
    if not ok:
        x, y = x.reshape(1, 320), y.reshape(1, 80)
    m = model(x.shape[1:], L.Dense(8, "relu"), L.Dense(1 if ok else 80), loss="mse")
    return m, x, y


@p("not_finite", "nan_to_num", "remove")
def missing_values(ok: bool) -> Built:
    x = TABLE.copy()
    if not ok:
        x[7, 2] = np.nan
    return model((5,), L.Dense(8, "relu"), L.Dense(1), loss="mse"), x, numbers(200, seed=6)


@p("linear_layers_in_a_row", "relu", "remove")
def linear_behind_convolutions(ok: bool) -> Built:
    m = model((8, 8, 3), *convolutions(), L.Dense(32, "relu" if ok else None), L.Dropout(0.2),
              L.Dense(4, "softmax"), loss=SPARSE)  # fmt: skip
    return m, IMAGES, labels(90, 4)


@p("bottleneck_of_one_unit", "more units")
def one_unit_in_between(ok: bool) -> Built:
    def tie(t):
        t = L.Dense(8 if ok else 1, "tanh")(L.Dense(16, "relu")(t))
        return L.Dense(1)(L.Dense(16, "relu")(t))

    return functional((5,), tie, "mse"), TABLE, numbers(200, seed=6)


@p("relu_in_recurrent_layer", "tanh", "clip")
def rnn_of_relu(ok: bool) -> Built:
    m = model((12, 2), L.SimpleRNN(8, activation="tanh" if ok else "relu"), L.Dense(1), loss="mse")
    return m, SERIES, numbers(90)


@p("inputs_far_from_unit_scale", "mean")
def columns_in_thousands(ok: bool) -> Built:
    x = TABLE * (1 if ok else 800) + (0 if ok else 4000)
    return model((5,), L.Dense(8, "relu"), L.Dense(3, "softmax"), loss=SPARSE), x, labels(200, 3)


@p("targets_far_from_unit_scale", "std")
def revenue(ok: bool) -> Built:
    y = prices(200)
    y = (y - y.mean()) / y.std() if ok else y * 3000
    return model((5,), L.Dense(8, "relu"), L.Dense(1), loss="mean_absolute_error"), TABLE, y


@p("unusual_learning_rate", "1e-3", "1e-2")
def rate_of_nothing(ok: bool) -> Built:
    optimizer = keras.optimizers.SGD(1e-2 if ok else 1e-9)
    m = model((5,), L.Dense(8, "relu"), L.Dense(1), loss="mse", optimizer=optimizer)
    return m, TABLE, numbers(200, seed=6)


@p("few_steps", "epochs=")
def one_epoch(ok: bool) -> Built:
    m = model((12, 2), L.LSTM(4), L.Dense(1), loss="mse")
    return m, SERIES, numbers(90), {"epochs": 40 if ok else 1, "batch_size": 16}


@p("batch_larger_than_data", "batch_size=")
def batch_of_a_thousand(ok: bool) -> Built:
    m = model((5,), L.Dense(8, "relu"), L.Dense(1), loss="mse")
    return m, TABLE, numbers(200), {"epochs": 200, "batch_size": 32 if ok else 1024}
