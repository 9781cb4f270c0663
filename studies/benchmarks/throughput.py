"""Seconds a trial: the same configurations, epochs and validation, trained by different tools.

    python studies/benchmarks/throughput.py                     # digits MLP, 64 trials
    python studies/benchmarks/throughput.py --workload digits_cnn large --trials 16
    python studies/benchmarks/throughput.py --workload wine --data winequality-red.csv
    python studies/benchmarks/throughput.py --growth            # time against members, 1 to 1,024
    python studies/benchmarks/throughput.py --smoke             # seconds, for a test

Every tool runs in a process of its own; imports and data are not timed, building models is. Peak
memory is that process's. Tools that are not installed are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

Config = dict[str, float]
Arrays = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Workload:
    """A task: its rows, a model of a configuration, and how it is trained."""

    load: Callable[[Path | None], Arrays]
    build: Callable[[Config, tuple[int, ...]], Any]
    batch_size: int = 32
    metric: str = "val_accuracy"


# ---------------------------------------------------------------------------- data


def digits(_: Path | None) -> Arrays:
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return (x / 16).astype(np.float32), y.astype(np.int64)


def digit_images(_: Path | None) -> Arrays:
    x, y = digits(None)
    return x.reshape(-1, 8, 8, 1), y


def wine(path: Path | None) -> Arrays:
    if path is None:
        raise SystemExit("wine needs --data with the path of winequality-red.csv")
    table = np.genfromtxt(path, delimiter=";", skip_header=1, dtype=np.float32)
    if table.ndim == 1 or table.shape[1] < 2:
        table = np.genfromtxt(path, delimiter=",", skip_header=1, dtype=np.float32)
    x = table[:, :-1]
    return (x - x.mean(0)) / x.std(0), table[:, -1].astype(np.int64)


def arrays(path: Path | None) -> Arrays:
    """Images or rows from an .npz with `x` and `y` (or Keras's `x_train` and `y_train`)."""
    if path is None:
        raise SystemExit("this workload needs --data with the path of an .npz")
    with np.load(path) as archive:
        names = ("x_train", "y_train") if "x_train" in archive else ("x", "y")
        x, y = (archive[name][:10_000] for name in names)
    x = x.astype(np.float32) / max(1.0, float(x.max()))
    return x, y.ravel().astype(np.int64)


def sequences(_: Path | None) -> Arrays:
    """Whether a noisy random walk of 20 steps ends above its start."""
    steps = np.random.default_rng(0).normal(size=(2000, 20, 2)).astype(np.float32)
    return steps, (steps[..., 0].sum(1) > 0).astype(np.int64)


def wide_rows(_: Path | None) -> Arrays:
    rng = np.random.default_rng(0)
    return rng.normal(size=(4000, 256)).astype(np.float32), rng.integers(0, 10, 4000)


# ---------------------------------------------------------------------------- models


def compiled(config: Config, shape: tuple[int, ...], hidden: list[Any]) -> Any:
    import keras

    model = keras.Sequential(
        [
            keras.layers.Input(shape),
            *hidden,
            keras.layers.Dropout(config["dropout"]),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(config["learning_rate"]),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def dense(units: int, depth: int) -> Callable[[Config, tuple[int, ...]], Any]:
    def build(config: Config, shape: tuple[int, ...]) -> Any:
        import keras

        hidden: list[Any] = [keras.layers.Flatten()] if len(shape) > 1 else []
        for _ in range(depth):
            penalty = keras.regularizers.L2(config["l2"])
            hidden.append(keras.layers.Dense(units, activation="relu", kernel_regularizer=penalty))
        return compiled(config, shape, hidden)

    return build


def convolutional(filters: int, *, normalised: bool) -> Callable[[Config, tuple[int, ...]], Any]:
    def build(config: Config, shape: tuple[int, ...]) -> Any:
        from keras import layers

        hidden: list[Any] = [] if len(shape) == 3 else [layers.Reshape((*shape, 1))]
        for block in (1, 2):
            hidden.append(layers.Conv2D(block * filters, 3, padding="same", activation="relu"))
            hidden += [layers.BatchNormalization()] if normalised else []
            hidden.append(layers.MaxPooling2D(2))
        return compiled(config, shape, [*hidden, layers.Flatten()])

    return build


def recurrent(config: Config, shape: tuple[int, ...]) -> Any:
    from keras import layers

    return compiled(config, shape, [layers.LSTM(16)])


WORKLOADS: dict[str, Workload] = {
    "digits": Workload(digits, dense(64, 1)),
    "wine": Workload(wine, dense(512, 3)),
    "mnist": Workload(arrays, dense(128, 2), batch_size=64),
    "digits_cnn": Workload(digit_images, convolutional(8, normalised=False)),
    "cifar_cnn": Workload(arrays, convolutional(16, normalised=True), batch_size=64),
    "lstm": Workload(sequences, recurrent),
    "large": Workload(wide_rows, dense(2048, 3), batch_size=128),
}


# ---------------------------------------------------------------------------- tools


@dataclass(frozen=True)
class Job:
    """What every tool is given."""

    workload: Workload
    configs: list[Config]
    epochs: int
    train: Arrays
    validation: Arrays

    def build(self, index: int) -> Any:
        return self.workload.build(self.configs[index], self.train[0].shape[1:])

    def fit(self, model: Any, **more: Any) -> float:
        """Train as `keras.Model.fit` does; return the best epoch's score."""
        history = model.fit(
            *self.train,
            validation_data=self.validation,
            epochs=self.epochs,
            batch_size=self.workload.batch_size,
            verbose=0,
            **more,
        )
        return float(max(history.history[self.workload.metric]))


def bare_loop(job: Job, _: Path) -> float:
    import keras

    best = 0.0
    for index in range(len(job.configs)):
        keras.utils.clear_session()
        keras.utils.set_random_seed(index)
        best = max(best, job.fit(job.build(index)))
    return best


def keras_tuner_search(job: Job, folder: Path) -> float:
    import keras_tuner

    tuner = keras_tuner.RandomSearch(
        lambda hp: job.build(hp.Choice("config", list(range(len(job.configs))))),
        objective=keras_tuner.Objective(job.workload.metric, "max"),
        max_trials=len(job.configs),
        seed=1,
        directory=str(folder),
    )
    tuner.search(
        *job.train,
        validation_data=job.validation,
        epochs=job.epochs,
        batch_size=job.workload.batch_size,
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
        return job.fit(job.build(index))

    study = optuna.create_study(direction="maximize")
    for index in range(len(job.configs)):
        study.enqueue_trial({"config": index})
    study.optimize(objective, n_trials=len(job.configs))
    return float(study.best_value)


def ray_tune(job: Job, folder: Path) -> float:
    from ray import tune

    def trainable(config: dict[str, int]) -> None:
        tune.report({"score": job.fit(job.build(config["config"]))})

    tuner = tune.Tuner(
        trainable,
        param_space={"config": tune.grid_search(list(range(len(job.configs))))},
        run_config=tune.RunConfig(storage_path=str(folder), verbose=0),
    )
    return float(tuner.fit().get_best_result("score", "max").metrics["score"])


def tuneit(trainer: str, workers: int = 1) -> Callable[[Job, Path], float]:
    def run(job: Job, folder: Path) -> float:
        from tuneit.data.dataset import Dataset, Split
        from tuneit.training.builders import as_builder
        from tuneit.training.discovery import discover_space
        from tuneit.training.plan import TrainingPlan
        from tuneit.trials import Objective, Proposal

        def build(hp: Any) -> Any:
            return job.build(hp.Int("config", 0, max(1, len(job.configs) - 1)))

        validation = Split(*job.validation)
        dataset = Dataset("rows", "classification", Split(*job.train), validation, validation)
        builder = as_builder(build)
        space = discover_space(builder, {}, dataset)
        objective = Objective.named(job.workload.metric)
        plan = TrainingPlan(objective, job.epochs, batch_size=job.workload.batch_size)
        parts = (builder, {}, space, dataset, plan, folder)
        proposals = (Proposal(i, {"config": i}, i) for i in range(len(job.configs)))
        observer = KeepsBest()
        for trial in _trainer(trainer, parts, len(job.configs)).train(proposals, observer):
            if trial.score is None:
                raise SystemExit(f"trial {trial.number} failed: {trial.error}")
        return observer.best

    return run


def _trainer(name: str, parts: tuple[Any, ...], members: int) -> Any:
    if name == "single":
        from tuneit.training.single import SingleTrainer

        return SingleTrainer(*parts)
    from tuneit.training.cohort.trainer import CohortTrainer

    return CohortTrainer(*parts, members=members, weigh=name == "auto")


class KeepsBest:
    """An observer that saves the best model so far, as a search does."""

    best = 0.0

    def started(self, proposal: Any) -> None: ...

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
    "tuneit cohort": tuneit("cohort"),
    "tuneit auto": tuneit("auto"),
}
NEEDS = {"ray": "ray"}


# ---------------------------------------------------------------------------- measuring


def a_job(name: str, trials: int, epochs: int, data: Path | None) -> Job:
    workload = WORKLOADS[name]
    x, y = workload.load(data)
    order = np.random.default_rng(0).permutation(len(x))
    train, validation = order[: int(0.8 * len(x))], order[int(0.8 * len(x)) :]
    rng = np.random.default_rng(1)
    configs = [
        {
            "learning_rate": float(10 ** rng.uniform(-4, -2)),
            "dropout": float(rng.uniform(0.05, 0.5)),
            "l2": float(10 ** rng.uniform(-6, -2)),
        }
        for _ in range(trials)
    ]
    return Job(workload, configs, epochs, (x[train], y[train]), (x[validation], y[validation]))


def measure(tool: str, job: Job) -> dict[str, float]:
    """Run one tool in this process."""
    import keras_tuner  # noqa: F401 - imports are not timed

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        began, cpu = time.perf_counter(), time.process_time()
        best = TOOLS[tool](job, Path(folder))
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return {
        "seconds_per_trial": seconds / len(job.configs),
        "cpu_seconds_per_trial": cpu / len(job.configs),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "best": best,
        "trials": len(job.configs),
    }


def in_its_own_process(tool: str, workload: str, options: argparse.Namespace) -> dict[str, Any]:
    slow = tool != "tuneit cohort" and tool != "tuneit auto"
    trials = min(options.trials, options.slow_trials) if slow else options.trials
    command = [sys.executable, __file__, "--tool", tool, "--workload", workload]
    command += ["--trials", str(trials), "--epochs", str(options.epochs)]
    command += ["--data", str(options.data)] if options.data else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1] if done.stderr else "failed"}
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def compare(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    tools = [t for t in options.tools if t not in NEEDS or importlib.util.find_spec(NEEDS[t])]
    for workload in options.workload:
        rows = {tool: in_its_own_process(tool, workload, options) for tool in tools}
        print(f"\n{workload}, {options.epochs} epochs\n")
        print("| tool | trials | s a trial | CPU s a trial | keras-tuner / it | peak MB | best |")
        print("|---|---|---|---|---|---|---|")
        reference = rows.get("keras-tuner", {}).get("seconds_per_trial")
        for tool, row in rows.items():
            if "error" in row:
                print(f"| {tool} | {row['error']} | | | | | |")
                continue
            ratio = f"{reference / row['seconds_per_trial']:.1f}" if reference else ""
            print(
                f"| {tool} | {row['trials']} | {row['seconds_per_trial']:.3f} "
                f"| {row['cpu_seconds_per_trial']:.3f} | {ratio} | {row['peak_mb']:.0f} "
                f"| {row['best']:.4f} |",
                flush=True,
            )
            yield {"workload": workload, "tool": tool, "epochs": options.epochs, **row}


def growth(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Seconds a trial of the cohort against the number of trials in it."""
    print("\n| members | s a trial | s in all |\n|---|---|---|")
    for exponent in range(11):
        options.trials = 2**exponent
        row = in_its_own_process("tuneit cohort", options.workload[0], options)
        if "error" in row:
            print(f"| {options.trials} | {row['error']} | |")
            continue
        whole = row["seconds_per_trial"] * options.trials
        print(f"| {options.trials} | {row['seconds_per_trial']:.3f} | {whole:.1f} |", flush=True)
        yield {"workload": options.workload[0], "members": options.trials, **row}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--workload", nargs="+", choices=WORKLOADS, default=["digits"])
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    parser.add_argument("--trials", type=int, default=64)
    parser.add_argument(
        "--slow-trials", type=int, default=64, help="most trials of tools that train one by one"
    )
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--data", type=Path, help="file of wine, mnist or cifar_cnn")
    parser.add_argument("--growth", action="store_true", help="the cohort at 1 to 1,024 trials")
    parser.add_argument("--json", type=Path, help="write all numbers to this file")
    parser.add_argument("--smoke", action="store_true", help="a few trials of one epoch")
    parser.add_argument("--tool", choices=TOOLS, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    if options.tool:
        job = a_job(options.workload[0], options.trials, options.epochs, options.data)
        print(json.dumps(measure(options.tool, job)))
        return
    if options.smoke:
        options.trials, options.epochs, options.tools = 3, 1, ["model.fit", "tuneit cohort"]
    rows = list((growth if options.growth else compare)(options))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
