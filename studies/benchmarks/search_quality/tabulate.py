"""Train every configuration of a task's space, and keep all learning curves in one .npz.

    python studies/benchmarks/search_quality/tabulate.py digits --out tables
    python studies/benchmarks/search_quality/tabulate.py red_wine --out tables --data red_wine.csv
    python studies/benchmarks/search_quality/tabulate.py wine --out tables --smoke

1,512 configurations (digits: 2,268) of 30 epochs each, without early stopping, by tuneit's cohort
trainer: some minutes a task on two cores.
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from quality_tasks import EPOCHS, TASKS, Task

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

Config = dict[str, Any]

FUSED = ("learning_rate", "dropout", "l2")
"""Hyperparameters in which the members of a cohort differ."""


class Quiet:
    """An observer that keeps no model."""

    def started(self, proposal: Any) -> None: ...

    def epoch(self, number: int, epoch: int, logs: Any) -> None: ...

    def keeps(self, score: float) -> bool:
        return False


def configurations(task: Task) -> list[Config]:
    """All of the space; those of one cohort stand together."""
    axes = task.axes
    names = [*(name for name in axes if name not in FUSED), *FUSED]
    chosen = itertools.product(*(axes[name] for name in names))
    return [dict(zip(names, values, strict=True)) for values in chosen]


def members(task: Task) -> int:
    """Configurations of one cohort."""
    return int(np.prod([len(task.axes[name]) for name in FUSED]))


def trained(task: Task, configs: list[Config], data: Path | None, seed: int) -> Iterator[Any]:
    """Yield trials as they end; a trial's number is its place in `configs`."""
    from tuneit.space import SearchSpace
    from tuneit.training.builders.builder import as_builder
    from tuneit.training.cohort.trainer import CohortTrainer
    from tuneit.training.plan import TrainingPlan
    from tuneit.training.recipe import Recipe
    from tuneit.trials import Proposal, execution_seeds

    dataset = task.dataset(data)
    width = dataset.train.x.shape[1]  # type: ignore[union-attr]

    def build_model(hp: Any) -> Any:
        return task.model(width, configs[hp.Int("place", 0, len(configs) - 1)])

    with tempfile.TemporaryDirectory() as folder:
        recipe = Recipe(
            as_builder(build_model),
            SearchSpace(()),
            dataset,
            TrainingPlan(task.objective, EPOCHS),
            Path(folder),
        )
        trainer = CohortTrainer(recipe, members=members(task))
        proposals = (
            Proposal(i, {"place": i, "batch_size": c["batch_size"]}, execution_seeds(seed, i)[0])
            for i, c in enumerate(configs)
        )
        yield from trainer.train(proposals, Quiet())


def tabulate(task: Task, configs: list[Config], data: Path | None, seed: int) -> dict[str, Any]:
    """Arrays by name: `loss`, `val_loss`, … of shape (configurations, epochs), NaN after a failure.

    `configs` has shape (configurations, hyperparameters) and holds places on the task's axes.
    """
    dataset = task.dataset(data)
    series: dict[str, np.ndarray] = {}
    seconds = np.zeros(len(configs))
    began = time.perf_counter()
    for done, trial in enumerate(trained(task, configs, data, seed), start=1):
        seconds[trial.number] = trial.duration_s
        for name, values in (trial.curve.series if trial.curve is not None else {}).items():
            rows = series.setdefault(name, np.full((len(configs), EPOCHS), np.nan, np.float32))
            rows[trial.number, : len(values)] = values
        if done % members(task) == 0:
            each = (time.perf_counter() - began) / done
            print(f"{task.name}: {done} of {len(configs)}, {each:.3f} s each", flush=True)
    places = [[task.axes[name].index(c[name]) for name in task.axes] for c in configs]
    return {
        **series,
        "configs": np.array(places, np.int16),
        "seconds": seconds,
        "trivial": task.trivial(dataset),
        "rows": len(dataset.train),
        "seed": seed,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--out", type=Path, required=True, help="folder of the tables")
    parser.add_argument("--data", type=Path, help="the file of red_wine or mnist")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--smoke", action="store_true", help="a part of one cohort, for a test")
    arguments = parser.parse_args()
    task = TASKS[arguments.task]
    configs = configurations(task)
    if arguments.smoke:
        configs = configs[: members(task) : 8]
    table = tabulate(task, configs, arguments.data, arguments.seed)
    arguments.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(arguments.out / f"{task.name}.npz", **table)


if __name__ == "__main__":
    main()
