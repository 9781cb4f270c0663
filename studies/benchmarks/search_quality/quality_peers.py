"""keras-tuner's own tuners and Optuna's own loop over a table."""

from __future__ import annotations

import math
import os
import tempfile
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from quality_process import QuickProcess
from quality_table import Meter, Searched, stops
from quality_tasks import Real, ask_keras

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

MANY = 10_000
"""More trials than any search makes, since the meter ends it before."""


def keras_tuner_search(kind: str, table: Searched, seed: int, meter: Meter) -> None:
    """Run keras-tuner's RandomSearch, BayesianOptimization or Hyperband, with its own defaults."""
    import keras_tuner

    # keras-tuner calls a name that Python has deprecated.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    hp = keras_tuner.HyperParameters()
    for name, values in table.task.axes.items():
        ask_keras(hp, name, values)
    tuner_class = getattr(keras_tuner, kind)
    metric = table.objective.metric

    class Looked(tuner_class):  # type: ignore[misc,valid-type]
        """The tuner, which reads results from the table instead of training."""

        def run_trial(self, trial: Any, *_: Any, **__: Any) -> dict[str, float]:
            values = trial.hyperparameters.values
            curve = table.curves[table.place(values)]
            begin = int(values.get("tuner/initial_epoch", 0))
            end = stops(curve, begin, int(values.get("tuner/epochs", table.epochs)))
            meter.spend(values, end - begin)
            part = curve[begin:end]
            best = float(np.nanmin(part)) if np.isfinite(part).any() else math.nan
            meter.found(best)
            if meter.over:
                raise keras_tuner.errors.FatalError("enough")
            return {metric: -table.objective.sign * best}

        def save(self) -> None:
            """Nothing is resumed."""

    more = (
        {"max_epochs": table.epochs, "hyperband_iterations": MANY}
        if kind == "Hyperband"
        else {"max_trials": MANY}
    )
    with tempfile.TemporaryDirectory() as folder:
        tuner = Looked(
            objective=keras_tuner.Objective(metric, "max" if table.objective.maximize else "min"),
            hyperparameters=hp,
            seed=seed + 1,  # 0 would be no seed
            directory=folder,
            **more,
        )
        if hasattr(tuner.oracle, "gpr"):
            tuner.oracle.gpr = QuickProcess(**tuner.oracle.gpr.get_params(deep=False))
        try:
            tuner.search(verbose=0)
        except keras_tuner.errors.FatalError:
            return


def optuna_search(pruner: str, table: Searched, seed: int, meter: Meter) -> None:
    """Run Optuna's TPE with one of its pruners, in the loop that its manual shows."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    made: dict[str, Callable[[], Any]] = {
        "none": optuna.pruners.NopPruner,
        "median": optuna.pruners.MedianPruner,
        "hyperband": lambda: optuna.pruners.HyperbandPruner(1, table.epochs),
    }
    study = optuna.create_study(
        direction="minimize", sampler=optuna.samplers.TPESampler(seed=seed), pruner=made[pruner]()
    )
    while not meter.over:
        trial = study.ask()
        params = {name: suggest(trial, name, v) for name, v in table.task.axes.items()}
        row = table.place(params)
        end = int(table.lengths[row])
        state = optuna.trial.TrialState.COMPLETE
        best, epoch = math.inf, 0
        for epoch in range(1, end + 1):
            value = float(table.curves[row][epoch - 1])
            if math.isnan(value):
                state = optuna.trial.TrialState.FAIL
                break
            best = min(best, value)
            trial.report(value, epoch)
            if trial.should_prune():
                state = optuna.trial.TrialState.PRUNED
                break
        meter.spend(params, epoch)
        if state == optuna.trial.TrialState.COMPLETE:
            meter.found(best)
        told = None if state == optuna.trial.TrialState.FAIL else best
        study.tell(trial, told if state == optuna.trial.TrialState.COMPLETE else None, state)


def suggest(trial: Any, name: str, values: tuple[Any, ...] | Real) -> Any:
    """Ask Optuna in the words that suit an axis; the table takes the nearest value."""
    if isinstance(values, Real):
        return trial.suggest_float(name, values.low, values.high)
    if name in ("optimizer", "batch_size"):
        return trial.suggest_categorical(name, values)
    if name in ("layers", "units"):
        return trial.suggest_int(name, values[0], values[-1], log=name == "units")
    if name == "dropout":
        return trial.suggest_float(name, values[0], values[-1], step=0.2)
    return trial.suggest_float(name, values[0], values[-1], log=True)
