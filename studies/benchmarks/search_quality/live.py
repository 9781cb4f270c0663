"""Check that searches over a table predict real ones: the same tools train for real on one task.

    python studies/benchmarks/search_quality/live.py tables wine --seeds 3

Trains with `tuneit.search` (random, and the default) and with keras-tuner's BayesianOptimization
until a trial is near enough to the best known score, and prints the epochs beside those of the same
tool over the table, whose trainings have other seeds.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from compare import run
from quality_search import BATCH, search_whole_space, width_of
from quality_table import Table
from quality_tasks import EPOCHS, PATIENCE, ask_keras

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def tuneit_live(table: Table, settings: dict[str, Any], seed: int, most: int) -> float:
    """Epochs of a search with tuneit's own interface; infinite if it did not find a good model."""
    task = table.task
    result = search_whole_space(
        task,
        task.dataset(),
        trials=most,
        seed=seed,
        stopping={"target": table.target},
        trainer="single",
        **settings,
    )
    spent = 0
    for trial in result.trials:
        spent += trial.epochs
        near = trial.score is not None and trial.score <= table.target
        if near and trial.state == "complete":
            return spent
    return math.inf


def keras_tuner_live(table: Table, seed: int, most: int) -> float:
    """Epochs of keras-tuner's BayesianOptimization; infinite if it did not find a good model."""
    import keras
    import keras_tuner

    task = table.task
    dataset = task.dataset()
    width = width_of(dataset)
    spent: list[tuple[int, float]] = []

    class Model(keras_tuner.HyperModel):  # type: ignore[misc]
        def build(self, hp: Any) -> Any:
            return task.model(width, {n: ask_keras(hp, n, v) for n, v in task.axes.items()})

        def fit(self, hp: Any, model: Any, *_: Any, **__: Any) -> float:
            history = model.fit(
                dataset.train.x,
                dataset.train.y,
                validation_data=(dataset.validation.x, dataset.validation.y),
                epochs=EPOCHS,
                batch_size=hp.get(BATCH),
                verbose=0,
                callbacks=[
                    keras.callbacks.EarlyStopping(table.objective.metric, patience=PATIENCE),
                    keras.callbacks.TerminateOnNaN(),
                ],
            )
            values = history.history[table.objective.metric]
            spent.append((len(values), float(np.nanmin(values))))
            if spent[-1][1] <= table.target:
                raise keras_tuner.errors.FatalError("enough")
            return spent[-1][1]

    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.BayesianOptimization(
            Model(),
            objective=keras_tuner.Objective(table.objective.metric, "min"),
            max_trials=most,
            seed=seed + 1,
            directory=folder,
        )
        try:
            tuner.search(verbose=0)
        except keras_tuner.errors.FatalError:
            return sum(epochs for epochs, _ in spent)
    return math.inf


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("tables", type=Path)
    parser.add_argument("task")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=300)
    parser.add_argument("--most-trials", type=int, default=60)
    arguments = parser.parse_args()
    table = Table.load(arguments.tables, arguments.task)
    most, seeds = (
        arguments.most_trials,
        range(arguments.first_seed, arguments.first_seed + arguments.seeds),
    )
    live = {
        "random": lambda seed: tuneit_live(
            table, {"strategy": "random", "pruning": "none"}, seed, most
        ),
        "bayesian+asha": lambda seed: tuneit_live(table, {}, seed, most),
        "kt:BayesianOptimization": lambda seed: keras_tuner_live(table, seed, most),
    }
    print("| tool | seed | epochs, live | epochs over the table |\n|---|---|---|---|")
    for tool, search in live.items():
        for seed in seeds:
            looked = run(tool, table, seed, most * EPOCHS).epochs
            print(f"| {tool} | {seed} | {search(seed)} | {looked} |", flush=True)


if __name__ == "__main__":
    main()
