"""The tools that are compared; each gets the same job."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from workloads import WORKLOADS, Arrays, Config, Workload


@dataclass(frozen=True)
class Builder:
    """A HyperModel of what a workload searches; worker processes can load it."""

    workload: str
    configs: tuple[Config, ...]
    shape: tuple[int, ...]

    def build(self, hp: Any) -> Any:
        workload = WORKLOADS[self.workload]
        asked = {searched.name: searched.ask(hp) for searched in workload.searched}
        return workload.build(asked, self.shape)

    def model(self, index: int) -> Any:
        return WORKLOADS[self.workload].build(self.configs[index], self.shape)


class Clock:
    """Seconds of wall and processor time since it was started last."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        wall, processor = self._began
        return time.perf_counter() - wall, time.process_time() - processor


@dataclass(frozen=True)
class Job:
    """The job that every tool gets."""

    name: str
    configs: list[Config]
    epochs: int
    train: Arrays
    validation: Arrays
    clock: Clock = field(default_factory=Clock)

    @property
    def workload(self) -> Workload:
        return WORKLOADS[self.name]

    @property
    def builder(self) -> Builder:
        return Builder(self.name, tuple(self.configs), self.train[0].shape[1:])

    def build(self, index: int) -> Any:
        return self.builder.model(index)

    def fit(self, model: Any, index: int = 0, **more: Any) -> float:
        """Train as `keras.Model.fit` does; return the best epoch's score."""
        rows = self.configs[index].get("batch_size", self.workload.batch_size)
        history = model.fit(
            *self.train,
            validation_data=self.validation,
            epochs=self.epochs,
            batch_size=int(rows),
            verbose=0,
            **more,
        )
        return float(max(history.history[self.workload.metric]))


def a_job(name: str, trials: int, epochs: int, data: Path | None, rows: int | None = None) -> Job:
    """A workload's rows, split, and so many configurations: the same at each call.

    With `rows` the rows are cut, or repeated, to so many.
    """
    x, y = WORKLOADS[name].load(data)
    if rows is not None:
        taken = np.arange(rows) % len(x)
        x, y = x[taken], y[taken]
    order = np.random.default_rng(0).permutation(len(x))
    train, validation = order[: int(0.8 * len(x))], order[int(0.8 * len(x)) :]
    rng = np.random.default_rng(1)
    searched = WORKLOADS[name].searched
    configs = [{s.name: s.draw(rng) for s in searched} for _ in range(trials)]
    return Job(name, configs, epochs, (x[train], y[train]), (x[validation], y[validation]))


def bare_loop(job: Job, _: Path) -> float:
    import keras

    best = 0.0
    for index in range(len(job.configs)):
        keras.utils.clear_session()
        keras.utils.set_random_seed(index)
        best = max(best, job.fit(job.build(index), index))
    return best


def keras_tuner_search(job: Job, folder: Path) -> float:
    import keras_tuner

    class ByIndex(keras_tuner.HyperModel):
        """A configuration of the job, trained with its own batch size."""

        def build(self, hp: Any) -> Any:
            return job.build(hp.Choice("config", list(range(len(job.configs)))))

        def fit(self, hp: Any, model: Any, *rows: Any, **more: Any) -> Any:
            own = job.configs[hp.get("config")].get("batch_size", job.workload.batch_size)
            return model.fit(*rows, **more, batch_size=int(own))

    tuner = keras_tuner.RandomSearch(
        ByIndex(),
        objective=keras_tuner.Objective(job.workload.metric, "max"),
        max_trials=len(job.configs),
        seed=1,
        directory=str(folder),
    )
    tuner.search(
        *job.train,
        validation_data=job.validation,
        epochs=job.epochs,
        verbose=0,
    )
    return float(tuner.oracle.get_best_trials(1)[0].score)


def optuna_loop(job: Job, _: Path) -> float:
    import keras
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)

    def objective(trial: Any) -> float:
        index = trial.suggest_int("config", 0, len(job.configs) - 1)
        keras.utils.clear_session()
        keras.utils.set_random_seed(index)
        return job.fit(job.build(index), index)

    study = optuna.create_study(direction="maximize")
    for index in range(len(job.configs)):
        study.enqueue_trial({"config": index})
    study.optimize(objective, n_trials=len(job.configs))
    return float(study.best_value)


def ray_tune(job: Job, folder: Path) -> float:
    import ray
    from ray import tune

    # Its processes import this file by its name alone. One trial a core, as Ray would have it.
    path = {"PYTHONPATH": str(Path(__file__).parent)}
    ray.init(runtime_env={"env_vars": path}, include_dashboard=False, log_to_driver=False)

    def trainable(config: dict[str, int]) -> None:
        tune.report({"score": job.fit(job.build(config["config"]), config["config"])})

    tuner = tune.Tuner(
        trainable,
        param_space={"config": tune.grid_search(list(range(len(job.configs))))},
        run_config=tune.RunConfig(storage_path=str(folder), verbose=0),
    )
    return float(tuner.fit().get_best_result("score", "max").metrics["score"])


def tuneit(trainer: str) -> Callable[[Job, Path], float]:
    def run(job: Job, folder: Path) -> float:
        from tuneit.data.dataset import Dataset, Split
        from tuneit.training.builders.builder import as_builder
        from tuneit.training.builders.discovery import discover_space
        from tuneit.training.plan import TrainingPlan
        from tuneit.training.recipe import Recipe
        from tuneit.trials import Objective, Proposal

        validation = Split(*job.validation)
        dataset = Dataset("rows", "classification", Split(*job.train), validation, validation)
        builder = as_builder(job.builder)
        space = discover_space(builder, dataset)
        objective = Objective.named(job.workload.metric)
        plan = TrainingPlan(objective, job.epochs, batch_size=job.workload.batch_size)
        recipe = Recipe(builder, space, dataset, plan, folder)
        proposals = (Proposal(i, dict(config), i) for i, config in enumerate(job.configs))
        observer = KeepsBest(job.clock if trainer == "workers" else None)
        for trial in _trainer(trainer, recipe, len(job.configs)).train(proposals, observer):
            if trial.score is None:
                raise SystemExit(f"trial {trial.number} failed: {trial.error}")
        return observer.best

    return run


def _trainer(name: str, recipe: Any, members: int) -> Any:
    if name == "single":
        from tuneit.training.single import SingleTrainer

        return SingleTrainer(recipe)
    if name == "workers":
        from tuneit.training.workers.trainer import WorkerTrainer

        return WorkerTrainer(recipe, workers=2)
    from tuneit.training.cohort.trainer import CohortTrainer

    return CohortTrainer(recipe, members=members, only_if_faster=name == "auto")


class KeepsBest:
    """An observer that saves the best model so far, as a search does.

    It starts the clock, if it has one, with the first trial: a worker's start is no trial's time.
    """

    def __init__(self, clock: Clock | None) -> None:
        self.best = 0.0
        self._clock = clock

    def started(self, proposal: Any) -> None:
        if self._clock is not None:
            self._clock.start()
            self._clock = None

    def epoch(self, number: int, epoch: int, logs: Any) -> None: ...

    def keeps(self, score: float) -> bool:
        is_best = score > self.best
        self.best = max(score, self.best)
        return is_best


TOOLS: dict[str, Callable[[Job, Path], float]] = {
    "model.fit": bare_loop,
    "keras-tuner": keras_tuner_search,
    "optuna": optuna_loop,
    "ray": ray_tune,
    "tuneit single": tuneit("single"),
    "tuneit 2 workers": tuneit("workers"),
    "tuneit cohort": tuneit("cohort"),
    "tuneit auto": tuneit("auto"),
}
NEEDS = {"ray": "ray"}

ELSEWHERE = frozenset({"ray", "tuneit 2 workers"})
"""Tools that train in other processes, whose processor time and memory are not measured here."""
