"""How much time a strategy that learns saves by proposing several trials that train together.

    python studies/benchmarks/search_quality/batches.py digits diabetes --seeds 10

Of each task's network learning rate, dropout and L2 are searched, in which the members of a cohort
may differ. A search ends when it is near enough: the target is what `near` says of the best of 256
random configurations. Prints the median seconds and trials until then, of the default search one
trial at a time and in batches; tracing and compiling are in them, importing TensorFlow is not.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any, NamedTuple

import numpy as np
from quality_search import search_with, width_of
from quality_tasks import TASKS, Task

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


class Found(NamedTuple):
    """When a search found a good enough model, or was stopped."""

    there: bool
    seconds: float
    trials: int


def search(task: Task, seed: int, trials: int, **settings: Any) -> Any:
    dataset = task.dataset()
    width = width_of(dataset)

    def build_model(hp: Any) -> Any:
        searched = {
            "learning_rate": hp.Float("learning_rate", 1e-4, 1e-1, sampling="log"),
            "dropout": hp.Float("dropout", 0.05, 0.45),
            "l2": hp.Float("l2", 1e-6, 1e-2, sampling="log"),
        }
        return task.model(width, {"units": 24, "layers": 2, "optimizer": "adam", **searched})

    batch_size = {"value": task.batch_sizes[0]}
    return search_with(build_model, task, dataset, batch_size, trials=trials, seed=seed, **settings)


def target_of(task: Task, known: int) -> float:
    """The score that is near enough, lower better, by so many random configurations."""
    result = search(task, 7, known, strategy="random", pruning="none", trainer="cohort")
    best = result.best_score
    return float(best + task.near * (task.trivial(task.dataset()) - best))


def run(task: Task, target: float, batch: int, seed: int, trials: int) -> Found:
    """The default search in batches of this many trials; 1 means one at a time."""
    from tuneit.workbench import cohort_policy

    cohort_policy.LEARNING = batch
    trainer = "cohort" if batch > 1 else "single"
    result = search(task, seed, trials, stopping={"target": target}, trainer=trainer)
    ended = sorted(float(trial.facts.clock) for trial in result.trials)
    there = [
        float(trial.facts.clock)
        for trial in result.trials
        if trial.state == "complete" and trial.score <= target
    ]
    seconds = min(there, default=ended[-1])
    return Found(bool(there), seconds, sum(end <= seconds for end in ended))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("tasks", nargs="+", choices=TASKS)
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 4, 8, 16, 32])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=400)
    parser.add_argument("--most-trials", type=int, default=96, help="where a search gives up")
    parser.add_argument("--known", type=int, default=256, help="configurations behind a target")
    arguments = parser.parse_args()
    print("| task | at a time | got there | seconds | trials |\n|---|---|---|---|---|")
    for name in arguments.tasks:
        task = TASKS[name]
        target = target_of(task, arguments.known)
        runs: dict[int, list[Found]] = {batch: [] for batch in arguments.batches}
        for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
            for batch, found in runs.items():  # in turn, since the machine's speed changes
                found.append(run(task, target, batch, seed, arguments.most_trials))
                print(f"{name}, seed {seed}, {batch} at a time: {found[-1]}", file=sys.stderr)
        for batch, found in runs.items():
            there, seconds, trials = zip(*found, strict=True)
            print(
                f"| {name} | {batch} | {sum(there)} of {len(found)} | {np.median(seconds):.1f} "
                f"| {np.median(trials):.0f} |"
            )


if __name__ == "__main__":
    main()
