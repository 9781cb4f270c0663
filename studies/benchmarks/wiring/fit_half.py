"""The programs that rules were written with."""

from __future__ import annotations

import keras
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
X = numbers(120, 8)


def p(kind: str, *right: str):
    return listed(PROGRAMS, kind, *right)


def hidden():
    return L.Dense(16, activation="relu")


@p("softmax_of_one_unit", "sigmoid")
def softmax_one(ok: bool) -> Built:
    act = "sigmoid" if ok else "softmax"
    m = model((8,), hidden(), L.Dense(1, activation=act), loss="binary_crossentropy",
              metrics=["accuracy"])  # fmt: skip
    return m, X, labels(120, 2)


@p("softmax_of_one_unit", "None", "linear")
def softmax_one_regression(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(1), *([] if ok else [L.Softmax()]), loss="mse")
    return m, X, numbers(120)


@p("cross_entropy_without_softmax", "softmax", "from_logits")
def no_softmax(ok: bool) -> Built:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=ok)
    return model((8,), hidden(), L.Dense(4), loss=loss), X, labels(120, 4)


@p("cross_entropy_without_softmax", "softmax")
def sigmoid_of_classes(ok: bool) -> Built:
    act = "softmax" if ok else "sigmoid"
    m = model((8,), hidden(), L.Dense(3, activation=act), loss="categorical_crossentropy")
    return m, X, one_hot(120, 3)


@p("cross_entropy_without_softmax", "softmax")
def relu_of_classes(ok: bool) -> Built:
    act = "softmax" if ok else "relu"
    m = model((8,), hidden(), L.Dense(5, act), loss="sparse_categorical_crossentropy")
    return m, X, labels(120, 5)


@p("binary_cross_entropy_without_sigmoid", "sigmoid")
def no_sigmoid(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(1, "sigmoid" if ok else None), loss="binary_crossentropy")
    return m, X, labels(120, 2)


@p("binary_cross_entropy_without_sigmoid", "sigmoid")
def tanh_of_two(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(1, "sigmoid" if ok else "tanh"), loss="binary_crossentropy")
    return m, X, labels(120, 2)[:, None]


@p("probabilities_as_logits", "from_logits", "None")
def twice(ok: bool) -> Built:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return (
        model((8,), hidden(), L.Dense(4, None if ok else "softmax"), loss=loss),
        X,
        labels(120, 4),
    )


@p("output_cannot_reach_targets", "None")
def relu_of_negative(ok: bool) -> Built:
    return model((8,), hidden(), L.Dense(1, None if ok else "relu"), loss="mse"), X, numbers(120)


@p("output_cannot_reach_targets", "None", "scale")
def sigmoid_of_prices(ok: bool) -> Built:
    return model((8,), hidden(), L.Dense(1, None if ok else "sigmoid"), loss="mae"), X, prices(120)


@p("output_cannot_reach_targets", "None", "scale")
def tanh_of_series(ok: bool) -> Built:
    y = 3 * numbers(120, 1)
    m = model((10, 1), L.LSTM(8), L.Dense(1, None if ok else "tanh"), loss="mse")
    return m, numbers(120, 10, 1), y


@p("targets_outside_the_loss", "255")
def pixels_of_autoencoder(ok: bool) -> Built:
    x = pixels(60, 16) / (255 if ok else 1)
    m = model((16,), L.Dense(4, "relu"), L.Dense(16, "sigmoid"), loss="binary_crossentropy")
    return m, x, x


@p("target_mismatch", "mse")
def entropy_of_prices(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(1, None if ok else "sigmoid"),
              loss="mse" if ok else "binary_crossentropy")  # fmt: skip
    return m, X, prices(120)


@p("target_mismatch", "y == 1", "hinge")
def minus_one(ok: bool) -> Built:
    y = labels(120, 2) * (1 if ok else 2) - (0 if ok else 1)
    return model((8,), hidden(), L.Dense(1, "sigmoid"), loss="binary_crossentropy"), X, y


@p("regression_loss_on_classes", "binary_crossentropy")
def mse_of_two(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(1, "sigmoid"), loss="binary_crossentropy" if ok else "mse",
              metrics=["accuracy"])  # fmt: skip
    return m, X, labels(120, 2)


@p("regression_loss_on_classes", "categorical_crossentropy")
def mse_of_one_hot(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(4, "softmax"),
              loss="categorical_crossentropy" if ok else "mean_squared_error")  # fmt: skip
    return m, X, one_hot(120, 4)


@p("binary_cross_entropy_on_one_hot", "softmax", "categorical_crossentropy")
def binary_of_ten(ok: bool) -> Built:
    loss, act = (
        ("categorical_crossentropy", "softmax") if ok else ("binary_crossentropy", "sigmoid")
    )
    return model((8,), hidden(), L.Dense(10, act), loss=loss), X, one_hot(120, 10)


@p("target_mismatch", "10 units")
def nine_units(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(10 if ok else 9, "softmax"),
              loss="sparse_categorical_crossentropy")  # fmt: skip
    return m, X, labels(120, 10)


@p("target_mismatch", "3 units")
def four_units_for_three(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(3 if ok else 4, "softmax"), loss="categorical_crossentropy")
    return m, X, one_hot(120, 3)


@p("target_mismatch", "categorical_crossentropy")
def one_hot_for_sparse(ok: bool) -> Built:
    loss = "categorical_crossentropy" if ok else "sparse_categorical_crossentropy"
    return model((8,), hidden(), L.Dense(4, "softmax"), loss=loss), X, one_hot(120, 4)


@p("target_mismatch", "sparse_categorical_crossentropy")
def sparse_for_one_hot(ok: bool) -> Built:
    loss = "sparse_categorical_crossentropy" if ok else "categorical_crossentropy"
    return model((8,), hidden(), L.Dense(4, "softmax"), loss=loss), X, labels(120, 4)


@p("target_mismatch", "Dense(3")
def one_unit_for_three(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(3 if ok else 1, "softmax" if ok else "sigmoid"),
              loss=("sparse_categorical" if ok else "binary") + "_crossentropy")  # fmt: skip
    return m, X, labels(120, 3)


@p("relu_on_logits", "None")
def relu_then_softmax(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(4, None if ok else "relu"), L.Activation("softmax"),
              loss="sparse_categorical_crossentropy")  # fmt: skip
    return m, X, labels(120, 4)


@p("dropout_of_the_output", "before", "remove")
def dropout_last(ok: bool) -> Built:
    end = [L.Dropout(0.3), L.Dense(1)] if ok else [L.Dense(1), L.Dropout(0.3)]
    return model((8,), hidden(), *end, loss="mse"), X, numbers(120)


@p("no_nonlinearity", "relu")
def all_linear(ok: bool) -> Built:
    act = "relu" if ok else None
    m = model((8,), L.Dense(32, act), L.Dense(16, act), L.Dense(3, "softmax"),
              loss="sparse_categorical_crossentropy")  # fmt: skip
    return m, X, labels(120, 3)


@p("output_keeps_an_axis", "return_sequences=False")
def lstm_of_steps(ok: bool) -> Built:
    m = model((10, 3), L.LSTM(8, return_sequences=not ok), L.Dense(1, "sigmoid"),
              loss="binary_crossentropy")  # fmt: skip
    return m, numbers(120, 10, 3), labels(120, 2)


@p("output_keeps_an_axis", "Flatten")
def no_flatten(ok: bool) -> Built:
    flat = [L.Flatten()] if ok else []
    m = model((8, 8, 1), L.Conv2D(4, 3, activation="relu"), *flat, L.Dense(10, "softmax"),
              loss="sparse_categorical_crossentropy")  # fmt: skip
    return m, numbers(120, 8, 8, 1), labels(120, 10)


@p("embedding_out_of_range", "input_dim=51")
def words_beyond(ok: bool) -> Built:
    m = model((12,), L.Embedding(51 if ok else 50, 4), L.GlobalAveragePooling1D(), hidden(),
              L.Dense(1, "sigmoid"), loss="binary_crossentropy")  # fmt: skip
    return m, tokens(120, 12, 51), labels(120, 2)


@p("embedding_of_fractions", "unscaled", "without")
def scaled_words(ok: bool) -> Built:
    x = tokens(120, 12, 50) / (1 if ok else 50)
    m = model((12,), L.Embedding(50, 4), L.LSTM(8), L.Dense(1, "sigmoid"),
              loss="binary_crossentropy")  # fmt: skip
    return m, x, labels(120, 2)


@p("inputs_equal_targets", "delete", "features")
def target_left_in_table(ok: bool) -> Built:
    y = numbers(120, seed=5)
    x = X.copy()
    if not ok:
        x[:, 3] = y
    return model((8,), hidden(), L.Dense(1), loss="mse"), x, y


@p("accuracy_of_regression", "mae")
def accuracy_of_prices(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(1), loss="mse", metrics=["mae" if ok else "accuracy"])
    return m, X, prices(120)


@p("one_training_row", "validation_split=0.2")
def split_of_nearly_all(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(1), loss="mse")
    return m, X, numbers(120), {"validation_split": 0.2 if ok else 0.99}


@p("constant_target", "y is made")
def one_class_only(ok: bool) -> Built:
    y = labels(120, 2) * int(ok)
    return model((8,), hidden(), L.Dense(1, "sigmoid"), loss="binary_crossentropy"), X, y


@p("linear_layers_in_a_row", "relu", "remove")
def linear_before_output(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(16, "relu" if ok else None), L.Dense(1), loss="mse")
    return m, X, numbers(120)


@p("bottleneck_of_one_unit", "more units")
def one_hidden_unit(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(16 if ok else 1, "relu"), L.Dense(4, "softmax"),
              loss="sparse_categorical_crossentropy")  # fmt: skip
    return m, X, labels(120, 4)


@p("relu_in_recurrent_layer", "tanh")
def lstm_of_relu(ok: bool) -> Built:
    m = model((10, 3), L.LSTM(8, activation="tanh" if ok else "relu"), L.Dense(1), loss="mse")
    return m, numbers(120, 10, 3), numbers(120)


@p("inputs_far_from_unit_scale", "255")
def raw_pixels(ok: bool) -> Built:
    m = model((6, 6), L.Flatten(), hidden(), L.Dense(10, "softmax"),
              loss="sparse_categorical_crossentropy")  # fmt: skip
    return m, pixels(120, 6, 6) / (255 if ok else 1), labels(120, 10)


@p("targets_far_from_unit_scale", "y.mean()")
def house_prices(ok: bool) -> Built:
    y = prices(120) * (1 if ok else 1e5)
    return model((8,), hidden(), L.Dense(1), loss="mse"), X, y


@p("unusual_learning_rate", "1e-3")
def rate_of_ten(ok: bool) -> Built:
    optimizer = keras.optimizers.Adam(0.01 if ok else 10.0)
    return model((8,), hidden(), L.Dense(1), loss="mse", optimizer=optimizer), X, numbers(120)


@p("few_steps", "epochs=")
def two_epochs(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(1), loss="mse")
    return m, X, numbers(120), {"epochs": 50 if ok else 2}


@p("batch_larger_than_data", "batch_size=")
def batch_of_all(ok: bool) -> Built:
    m = model((8,), hidden(), L.Dense(1), loss="mse")
    return m, X, numbers(120), {"epochs": 100, "batch_size": 16 if ok else 512}
