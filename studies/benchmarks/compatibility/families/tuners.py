"""Arguments of keras-tuner's tuners beside tuneit's, and what a search hands back."""

from __future__ import annotations

import keras
import keras_tuner
from cases import Family, among
from networks import L, classifier, stack
from small_data import table

family = Family("tuners", data=table, objective="val_accuracy")
case = family.case


def _searched(count):
    def check(outcome):
        assert len(outcome.trials) == count, f"{len(outcome.trials)} trials, not {count}"
        assert len({str(sorted(t.items())) for t in outcome.trials}) == count, "trials repeat"

    return check


@case("units", tuner={"executions_per_trial": 2}, tuneit={"executions": 2}, check=_searched(2))
def executions(hp):
    """Two executions a trial."""
    return classifier(L.Dense(hp.Int("units", 4, 12)))


@case(
    "units",
    "activation",
    tuner_class="GridSearch",
    strategies=("grid",),
    trials=10,
    check=_searched(4),
)
def whole_grid(hp):
    """GridSearch: each point once, although more trials are allowed."""
    units = hp.Choice("units", [4, 8])
    return classifier(L.Dense(units, hp.Choice("activation", ["relu", "tanh"])))


@case(
    "units",
    "rate",
    tuner_class="BayesianOptimization",
    tuner={"num_initial_points": 2},
    strategies=("bayesian",),
    trials=5,
    check=_searched(5),
)
def bayesian(hp):
    """BayesianOptimization beyond its first points."""
    rate = hp.Float("rate", 1e-4, 1e-1, sampling="log")
    return classifier(L.Dense(hp.Int("units", 4, 32)), optimizer=keras.optimizers.Adam(rate))


@case(
    "units",
    "rate",
    tuner_class="Hyperband",
    tuner={"max_epochs": 3, "factor": 3},
    strategies=("hyperband",),
    trials=6,
    epochs=3,
)
def hyperband(hp):
    """Hyperband over three epochs."""
    rate = hp.Float("rate", 1e-4, 1e-1, sampling="log")
    return classifier(L.Dense(hp.Int("units", 4, 32)), optimizer=keras.optimizers.Adam(rate))


@case("units", objective=keras_tuner.Objective("val_accuracy", direction="max"))
def objective_class(hp):
    """keras_tuner.Objective."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case(
    "units",
    objective=[
        keras_tuner.Objective("val_loss", "min"),
        keras_tuner.Objective("val_accuracy", "max"),
    ],
)
def several_objectives(hp):
    """A list of objectives: keras-tuner adds them, tuneit looks for trade-offs."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case("units", before=2, trials=4, check=_searched(4))
def goes_on(hp):
    """A second search in the same folder goes on with the first one's trials."""
    return classifier(L.Dense(hp.Int("units", 4, 40)))


@case("units", before=2, tuner={"overwrite": True}, tuneit={"fresh": True}, check=_searched(2))
def overwritten(hp):
    """A second search that forgets the first."""
    return classifier(L.Dense(hp.Int("units", 4, 40)))


def _narrow():
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [5, 6])
    return hp


@case(
    "units",
    tuner={"hyperparameters": _narrow()},
    tuneit={"parameters": {"units": {"values": [5, 6]}}},
    check=among("units", 5, 6),
)
def space_from_outside(hp):
    """`hyperparameters=` replaces the builder's own range."""
    return classifier(L.Dense(hp.Int("units", 4, 40)))


@case(
    "units",
    tuner_class="GridSearch",
    strategies=("grid",),
    tuner={"max_model_size": 500},
    tuneit={"constraints": {"max_parameters": 500}},
    check=among("units", 4),
)
def oversized_models(hp):
    """max_model_size: a larger model is not trained, and the search goes on."""
    return classifier(L.Dense(hp.Choice("units", [4, 400])))


@case(
    "units",
    tuner_class="GridSearch",
    strategies=("grid",),
    tuner={"max_consecutive_failed_trials": 3},
    trials=4,
    check=among("units", 4, 12),
)
def some_fail(hp):
    """Builders that raise: an error of their own, and keras-tuner's FailedTrialError."""
    units = hp.Choice("units", [4, 6, 8, 12])
    if units == 6:
        raise ValueError("no model of 6")
    if units == 8:
        raise keras_tuner.errors.FailedTrialError("no model of 8")
    return classifier(L.Dense(units))


@case(
    "rate",
    objective="val_loss",
    tuner_class="GridSearch",
    strategies=("grid",),
    check=among("rate", 0.01),
)
def some_diverge(hp):
    """A loss that becomes NaN fails its trial alone."""
    rate = hp.Choice("rate", [0.01, 1e30])
    optimizer = keras.optimizers.SGD(rate)
    model = stack(L.Dense(8, "relu"), L.Dense(1))
    model.compile(optimizer, "mse")
    return model


def _rebuilt(outcome):
    hp = (
        outcome.result.best_hyperparameters
        if outcome.is_tuneit
        else outcome.result.get_best_hyperparameters()[0]
    )
    assert best_is_rebuilt(hp).layers[0].units == hp.get("units") == hp.values["units"]


@case("units", check=_rebuilt)
def best_is_rebuilt(hp):
    """The best hyperparameters build the model anew."""
    return classifier(L.Dense(hp.Int("units", 4, 40)))


def _two_models(outcome):
    found = outcome.result
    models = found.best_models(2) if outcome.is_tuneit else found.get_best_models(2)
    assert len(models) == 2
    for model in models:
        assert model.predict(table().x[:8], verbose=0).shape == (8, 3)


@case("units", check=_two_models, tuneit={"keep_models": 2})
def two_best_models(hp):
    """The two best models: get_best_models(2), result.best_models(2)."""
    return classifier(L.Dense(hp.Int("units", 4, 40)))


def _any_model(outcome):
    ranked = outcome.result.best_trials(2)
    assert [t.score for t in ranked] == sorted((t.score for t in ranked), reverse=True)
    model = outcome.result.model(ranked[1].number)
    assert model.layers[0].units == ranked[1].params["units"]


@case("units", check=_any_model, tuneit={"keep_models": 2}, tools=("tuneit",))
def model_of_a_trial(hp):
    """result.best_trials(2), and the model of a trial by its number."""
    return classifier(L.Dense(hp.Int("units", 4, 40)))


def _five_first(outcome):
    assert outcome.trials[0]["units"] == 5, outcome.trials


@case("units", check=_five_first, tuneit={"enqueue": [{"units": 5}]}, tools=("tuneit",))
def tried_first(hp):
    """A configuration to run first."""
    return classifier(L.Dense(hp.Int("units", 4, 40)))


@case(
    "units",
    tuner={
        "optimizer": "adam",
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
    },
    tuneit={
        "optimizer": "adam",
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
    },
)
def compiled_by_the_tuner(hp):
    """optimizer=, loss=, metrics= of the tuner, for a builder that does not compile."""
    return stack(L.Dense(hp.Int("units", 4, 8)), L.Dense(3, "softmax"))
