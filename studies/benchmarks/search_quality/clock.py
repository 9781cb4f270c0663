"""Seconds until a search is near the best known score of a real task: tuneit beside its peers.

    python studies/benchmarks/search_quality/clock.py digits wine --seeds 3
    python studies/benchmarks/search_quality/clock.py mnist --data mnist.npz --most-seconds 300

All tools train for real, in one process, one search after the other. They search the same space
with the same early stopping. Near is what `near` says of the best of `--known` random
configurations, which are trained first. A search ends when it is near, or after `--most-seconds`.
Prints median seconds, epochs and trials until then. Tracing and compiling count, importing
TensorFlow does not.

Tools: `default` is tuneit's; `random` and `optuna/hyperband` (TPE with Optuna's Hyperband pruner)
train in Optuna's own loop with `model.fit`; `kt:Hyperband` is keras-tuner's.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from quality_peers import suggest
from quality_search import BATCH, search_whole_space, width_of
from quality_tasks import EPOCHS, PATIENCE, TASKS, Task, ask_keras

from tuneit.data.dataset import Dataset

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

MANY = 100_000
"""More trials than any search makes, since its seconds end it before."""


class Found(NamedTuple):
    """When a search came near, or was stopped."""

    there: bool
    seconds: float
    epochs: int
    trials: int


class SearchEndedError(Exception):
    """A search is near (its argument is True), or its seconds are over."""


@dataclass
class Contest:
    """A task, its rows, the score that is near (lower better) and the seconds of each search."""

    task: Task
    dataset: Dataset
    target: float = -math.inf
    most_seconds: float = math.inf

    def know(self, known: int) -> None:
        """Set the target by this many random configurations."""
        random = {"strategy": "random", "pruning": "none"}
        found = search_whole_space(self.task, self.dataset, seed=7, trials=known, **random)
        best = found.best_score
        self.target = float(best + self.task.near * (self.task.trivial(self.dataset) - best))


@dataclass
class Race:
    """One search of a peer: counts its trainings, and ends it when it is near."""

    contest: Contest
    epochs: int = 0
    trials: int = 0
    _began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since the search began."""
        return time.monotonic() - self._began

    def fit(self, model: Any, batch_size: int, callbacks: list[Any], **epochs: int) -> Any:
        """Train as each peer does; raises SearchEndedError when an epoch is near, or late."""
        import keras

        contest, metric = self.contest, self.contest.task.objective.metric
        self.trials += 1

        def count(_: int, logs: dict[str, float]) -> None:
            self.epochs += 1
            if logs[metric] <= contest.target or self.seconds > contest.most_seconds:
                raise SearchEndedError(logs[metric] <= contest.target)

        data = contest.dataset
        return model.fit(
            data.train.x,
            data.train.y,
            validation_data=(data.validation.x, data.validation.y),
            batch_size=batch_size,
            verbose=0,
            callbacks=[
                keras.callbacks.LambdaCallback(on_epoch_end=count),
                keras.callbacks.EarlyStopping(metric, patience=PATIENCE),
                keras.callbacks.TerminateOnNaN(),
                *callbacks,
            ],
            **epochs,
        )

    def run(self, search: Callable[[], None]) -> Found:
        """Let the peer search until it is near."""
        there = False
        try:
            search()
        except SearchEndedError as ended:
            there = bool(ended.args[0])
        return Found(there, self.seconds, self.epochs, self.trials)


def default(contest: Contest, seed: int) -> Found:
    """tuneit's default search; it is near when a complete trial is."""
    result = search_whole_space(
        contest.task,
        contest.dataset,
        trials=MANY,
        seed=seed,
        stopping={"target": contest.target},
        time=contest.most_seconds,
    )
    ended = sorted((float(t.facts.clock or 0.0), t.epochs) for t in result.trials)
    near = [
        float(trial.facts.clock)
        for trial in result.trials
        if trial.state == "complete" and trial.score <= contest.target
    ]
    seconds = min(near, default=ended[-1][0])
    before = [epochs for end, epochs in ended if end <= seconds]
    return Found(bool(near), seconds, sum(before), len(before))


def by_optuna(contest: Contest, seed: int, sampler: Any, pruner: Any) -> Found:
    """Optuna's loop as its manual shows it, with `model.fit`."""
    import keras
    import optuna

    race, task = Race(contest), contest.task
    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial: Any) -> float:
        config = {name: suggest(trial, name, values) for name, values in task.axes.items()}
        keras.backend.clear_session()

        def report(epoch: int, logs: dict[str, float]) -> None:
            trial.report(logs[task.objective.metric], epoch + 1)
            if trial.should_prune():
                raise optuna.TrialPruned

        history = race.fit(
            task.model(width_of(contest.dataset), config),
            config[BATCH],
            [keras.callbacks.LambdaCallback(on_epoch_end=report)],
            epochs=EPOCHS,
        )
        return float(np.min(history.history[task.objective.metric]))

    study = optuna.create_study(direction="minimize", sampler=sampler(seed=seed), pruner=pruner)
    return race.run(lambda: study.optimize(objective, n_trials=MANY))


def random(contest: Contest, seed: int) -> Found:
    """Random configurations, each to its end."""
    import optuna

    return by_optuna(contest, seed, optuna.samplers.RandomSampler, optuna.pruners.NopPruner())


def optuna_hyperband(contest: Contest, seed: int) -> Found:
    """Optuna's TPE with its Hyperband pruner."""
    import optuna

    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    pruner = optuna.pruners.HyperbandPruner(1, EPOCHS)
    return by_optuna(contest, seed, optuna.samplers.TPESampler, pruner)


def keras_tuner_hyperband(contest: Contest, seed: int) -> Found:
    """keras-tuner's Hyperband, which goes on from the weights of the round before."""
    import keras_tuner

    race, task = Race(contest), contest.task
    warnings.filterwarnings("ignore", category=DeprecationWarning)

    class Model(keras_tuner.HyperModel):  # type: ignore[misc]
        def build(self, hp: Any) -> Any:
            asked = {name: ask_keras(hp, name, values) for name, values in task.axes.items()}
            return task.model(width_of(contest.dataset), asked)

        def fit(self, hp: Any, model: Any, *_: Any, **settings: Any) -> Any:
            epochs = {name: settings[name] for name in ("epochs", "initial_epoch")}
            try:
                return race.fit(model, hp.get(BATCH), settings["callbacks"], **epochs)
            except SearchEndedError as ended:
                raise keras_tuner.errors.FatalError(*ended.args) from ended

    def search() -> None:
        with tempfile.TemporaryDirectory() as folder:
            tuner = keras_tuner.Hyperband(
                Model(),
                objective=keras_tuner.Objective(task.objective.metric, "min"),
                max_epochs=EPOCHS,
                hyperband_iterations=MANY,
                seed=seed + 1,  # 0 would be no seed
                directory=folder,
            )
            try:
                tuner.search(verbose=0)
            except keras_tuner.errors.FatalError as error:
                raise SearchEndedError(*error.args) from error

    return race.run(search)


TOOLS: dict[str, Callable[[Contest, int], Found]] = {
    "default": default,
    "random": random,
    "optuna/hyperband": optuna_hyperband,
    "kt:Hyperband": keras_tuner_hyperband,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("tasks", nargs="+", choices=TASKS)
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=500)
    parser.add_argument("--most-seconds", type=float, default=240, help="where a search gives up")
    parser.add_argument("--known", type=int, default=256, help="configurations behind a target")
    parser.add_argument("--data", type=Path, help="file of red_wine or mnist")
    options = parser.parse_args()
    print("| task | tool | near | seconds | epochs | trials |\n|---|---|---|---|---|---|")
    for name in options.tasks:
        task = TASKS[name]
        contest = Contest(task, task.dataset(options.data), most_seconds=options.most_seconds)
        contest.know(options.known)
        runs: dict[str, list[Found]] = {tool: [] for tool in options.tools}
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            for tool, found in runs.items():  # in turn, since the machine's speed changes
                found.append(TOOLS[tool](contest, seed))
                print(f"{name}, seed {seed}, {tool}: {found[-1]}", file=sys.stderr, flush=True)
        for tool, found in runs.items():
            there, *numbers = zip(*found, strict=True)
            seconds, epochs, trials = (np.median(values) for values in numbers)
            print(
                f"| {name} | {tool} | {sum(there)} of {len(found)} | {seconds:.1f} | {epochs:.0f} "
                f"| {trials:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
