"""Builders in Optuna's spelling: they take `trial` and return a compiled model."""

from __future__ import annotations

import keras
from cases import Family, among, every, within
from networks import L, classifier
from small_data import table

family = Family("optuna_trials", data=table, objective="val_accuracy", tools=("tuneit",))
case = family.case


@case("units", check=among("units", 4, 8, 12, 16))
def suggest_int(trial):
    """suggest_int with a step."""
    return classifier(L.Dense(trial.suggest_int("units", 4, 16, step=4)))


@case("units", check=within("units", 2, 64))
def suggest_int_log(trial):
    """suggest_int on a log scale."""
    return classifier(L.Dense(trial.suggest_int("units", 2, 64, log=True)))


@case(
    "rate",
    "dropout",
    check=every(within("rate", 1e-4, 1e-1), among("dropout", 0.0, 0.25, 0.5)),
)
def suggest_float(trial):
    """suggest_float on a log scale, and with a step."""
    rate = trial.suggest_float("rate", 1e-4, 1e-1, log=True)
    dropout = trial.suggest_float("dropout", 0.0, 0.5, step=0.25)
    return classifier(L.Dense(8), L.Dropout(dropout), optimizer=keras.optimizers.Adam(rate))


@case(
    "activation",
    "bias",
    check=every(among("activation", "relu", "tanh"), among("bias", True, False)),
)
def suggest_categorical(trial):
    """suggest_categorical of text, and of booleans."""
    activation = trial.suggest_categorical("activation", ["relu", "tanh"])
    bias = trial.suggest_categorical("bias", [True, False])
    return classifier(L.Dense(8, activation, use_bias=bias))


@case("layers", "units_0", "units_1", "units_2", trials=8)
def suggested_in_a_loop(trial):
    """Names made in a loop."""
    layers = range(trial.suggest_int("layers", 1, 3))
    return classifier(*(L.Dense(trial.suggest_int(f"units_{i}", 4, 8)) for i in layers))


@case("optimizer", "rate", "momentum", trials=4)
def suggested_in_a_branch(trial):
    """Define-by-run: what one branch alone asks for."""
    rate = trial.suggest_float("rate", 1e-3, 1e-1, log=True)
    if trial.suggest_categorical("optimizer", ["adam", "sgd"]) == "adam":
        optimizer = keras.optimizers.Adam(rate)
    else:
        optimizer = keras.optimizers.SGD(rate, trial.suggest_float("momentum", 0.0, 0.9))
    return classifier(L.Dense(8), optimizer=optimizer)


@case(refused="DiagnosisCallback")
def objective_of_optuna(trial):
    """A function that trains and returns a score is refused, with both ways out."""
    given = table()
    model = classifier(L.Dense(trial.suggest_int("units", 4, 8)))
    history = model.fit(given.x, given.y, validation_split=0.25, verbose=0).history
    return max(history["val_accuracy"])
