"""Each feature of keras-tuner's `HyperParameters`; tuneit runs these under five strategies."""

from __future__ import annotations

import keras
import numpy as np
from cases import FIVE, Family, among, every, only_while, within
from networks import L, classifier
from small_data import table

family = Family("spaces", data=table, objective="val_accuracy", strategies=FIVE)
case = family.case


@case("units", check=among("units", 8, 16, 24, 32))
def int_with_a_step(hp):
    """`Int` with a step."""
    return classifier(L.Dense(hp.Int("units", 8, 32, step=8), "relu"))


@case("units", check=among("units", 4, 8, 16, 32))
def int_in_powers(hp):
    """`Int` with sampling="log" and a step that multiplies."""
    return classifier(L.Dense(hp.Int("units", 4, 32, step=2, sampling="log"), "relu"))


@case("dropout", check=among("dropout", 0.0, 0.1, 0.2, 0.3))
def float_with_a_step(hp):
    """`Float` with a step."""
    return classifier(L.Dense(8, "relu"), L.Dropout(hp.Float("dropout", 0.0, 0.3, step=0.1)))


@case("rate", check=within("rate", 1e-4, 1e-1))
def float_on_a_log_scale(hp):
    """`Float` with sampling="log"."""
    rate = hp.Float("rate", 1e-4, 1e-1, sampling="log")
    return classifier(L.Dense(8), optimizer=keras.optimizers.Adam(rate))


@case("momentum", check=within("momentum", 0.5, 0.99))
def float_dense_at_its_top(hp):
    """`Float` with sampling="reverse_log"."""
    momentum = hp.Float("momentum", 0.5, 0.99, sampling="reverse_log")
    return classifier(L.Dense(8), optimizer=keras.optimizers.SGD(0.1, momentum))


@case("activation", "optimizer", check=among("activation", "relu", "tanh", "elu"))
def choice_of_names(hp):
    """`Choice` of text, and an optimizer by its name."""
    hidden = L.Dense(8, hp.Choice("activation", ["relu", "tanh", "elu"], default="tanh"))
    return classifier(hidden, optimizer=hp.Choice("optimizer", ["adam", "sgd"]))


@case("units", "rate", check=every(among("units", 4, 8, 16), among("rate", 0.1, 0.01)))
def choice_of_numbers(hp):
    """`Choice` of integers and of floats, ordered or not."""
    units = hp.Choice("units", [4, 8, 16], ordered=True)
    rate = hp.Choice("rate", [0.1, 0.01], ordered=False)
    return classifier(L.Dense(units), optimizer=keras.optimizers.Adam(rate))


@case("normalise", check=among("normalise", True, False))
def boolean(hp):
    """`Boolean` that adds a layer."""
    hidden = [L.Dense(8, "relu")]
    if hp.Boolean("normalise"):
        hidden.append(L.BatchNormalization())
    return classifier(*hidden)


@case("seed", "units", check=among("seed", 7))
def fixed(hp):
    """`Fixed`, which stands beside what is searched."""
    init = keras.initializers.GlorotUniform(seed=hp.Fixed("seed", 7))
    return classifier(L.Dense(hp.Int("units", 2, 8), kernel_initializer=init))


@case("layers", "units_0", "units_1", "units_2", trials=8)
def layers_in_a_loop(hp):
    """Hyperparameters that a loop names; some are met in later trials only."""
    return classifier(
        *(L.Dense(hp.Int(f"units_{i}", 4, 16), "relu") for i in range(hp.Int("layers", 1, 3)))
    )


@case(
    "kind",
    "cells",
    "filters",
    trials=4,
    check=every(only_while("kind", "dense", "cells"), only_while("kind", "conv", "filters")),
)
def conditional_scope(hp):
    """`conditional_scope`: what a branch asks for exists only with it."""
    kind = hp.Choice("kind", ["dense", "conv"])
    if kind == "dense":
        with hp.conditional_scope("kind", ["dense"]):
            hidden = [L.Dense(hp.Int("cells", 4, 8))]
    else:
        with hp.conditional_scope("kind", ["conv"]):
            conv = L.Conv1D(hp.Int("filters", 2, 4), 3)
        hidden = [L.Reshape((6, 1)), conv, L.Flatten()]
    return classifier(*hidden)


@case(
    "optimizer",
    "rate",
    "nesterov",
    "momentum",
    trials=4,
    check=only_while("optimizer", "sgd", "nesterov"),
)
def scopes_in_scopes(hp):
    """A scope in a scope, whose parent is a `Boolean`."""
    rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
    optimizer = keras.optimizers.Adam(rate)
    if hp.Choice("optimizer", ["adam", "sgd"]) == "sgd":
        with hp.conditional_scope("optimizer", ["sgd"]):
            momentum = 0.0
            if nesterov := hp.Boolean("nesterov"):
                with hp.conditional_scope("nesterov", [True]):
                    momentum = hp.Float("momentum", 0.1, 0.9)
            optimizer = keras.optimizers.SGD(rate, momentum, nesterov)
    return classifier(L.Dense(8), optimizer=optimizer)


@case("deep", "second", trials=4, check=only_while("deep", True, "second"))
def parent_name(hp):
    """`parent_name` and `parent_values` in place of a scope."""
    hidden = [L.Dense(8, "relu")]
    deep = hp.Boolean("deep")
    second = hp.Int("second", 4, 8, parent_name="deep", parent_values=[True])
    if deep:
        hidden.append(L.Dense(second, "relu"))
    return classifier(*hidden)


@case("units")
def one_name_in_two_places(hp):
    """A name asked for twice is one hyperparameter with one value."""
    first, second = hp.Int("units", 4, 16), hp.Int("units", 4, 16)
    assert first == second
    return classifier(L.Dense(first, "relu"), L.Dense(second, "relu"))


@case("units", "rate", check=within("units", 5, 20))
def values_read_back(hp):
    """`hp.get`, `hp["…"]`, `in`, `hp.values`, and defaults."""
    units = hp.Int("units", 5, 20, default=12)
    hp.Float("rate", 1e-3, 1e-2, default=5e-3)
    assert hp.get("units") == units == hp.values["units"]
    assert "rate" in hp
    return classifier(L.Dense(units), optimizer=keras.optimizers.Adam(hp["rate"]))


@case("first/units", "second/units")
def name_scope(hp):
    """`name_scope`: the same name in two blocks."""
    with hp.name_scope("first"):
        first = L.Dense(hp.Int("units", 4, 8), "relu")
    with hp.name_scope("second"):
        second = L.Dense(hp.Int("units", 4, 8), "relu")
    return classifier(first, second)


@case("deep", "units", trials=6)
def branch_without_a_scope(hp):
    """A plain `if`: what it hides is met in a later trial."""
    hidden = [L.Dense(8)]
    if hp.Boolean("deep"):
        hidden.append(L.Dense(hp.Int("units", 4, 8)))
    return classifier(*hidden)


@case("units", "rate", check=among("units", 4, 6, 8))
def numbers_of_numpy(hp):
    """Limits, steps and choices that are NumPy's numbers."""
    units = hp.Int("units", np.int64(4), np.int64(8), step=np.int64(2))
    rate = hp.Choice("rate", list(np.logspace(-3, -1, 3)))
    return classifier(L.Dense(units), optimizer=keras.optimizers.Adam(rate))


@case("decay", "steps", "warm", trials=3)
def learning_rate_schedule(hp):
    """Hyperparameters of a schedule."""
    steps = hp.Int("steps", 5, 20, step=5)
    if hp.Choice("decay", ["cosine", "exponential"]) == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(
            1e-3, steps, warmup_target=1e-2, warmup_steps=hp.Int("warm", 1, 4)
        )
    else:
        rate = keras.optimizers.schedules.ExponentialDecay(1e-2, steps, 0.9)
    return classifier(L.Dense(8), optimizer=keras.optimizers.Adam(rate))


def _block(hp, name, units):
    """A part of a builder in a function of its own, as larger programs have it."""
    layer = L.Dense(units, hp.Choice(f"{name}_activation", ["relu", "tanh"]))
    return [layer, L.Dropout(hp.Float(f"{name}_dropout", 0.0, 0.5, step=0.25))]


@case("l2", "top_activation", "top_dropout", "low_activation", "low_dropout")
def builder_of_parts(hp):
    """Functions that take `hp` and make parts; a regulariser."""
    l2 = keras.regularizers.L2(hp.Float("l2", 1e-6, 1e-2, sampling="log"))
    parts = [*_block(hp, "low", 8), *_block(hp, "top", 4)]
    return classifier(L.Dense(8, kernel_regularizer=l2), *parts)
