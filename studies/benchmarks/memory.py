"""Memory over many trials: tuneit, keras-tuner and a loop with Optuna, the same network.

    python studies/benchmarks/memory.py                        # 60 trials each
    python studies/benchmarks/memory.py --trials 200 tuneit
    python studies/benchmarks/memory.py --smoke                # seconds, for a test

Every tool runs in a process of its own (tuneit's two workers in two more), which looks at its
resident size after each trial. Prints a Markdown table in MiB.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

EPOCHS = 3


def digits() -> tuple[Any, Any, Any, Any]:
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    return x[:1200], y[:1200], x[1200:], y[1200:]


def look(pid: int | None = None) -> None:
    """Print a process's resident size in MiB for the parent to read."""
    import psutil

    size = psutil.Process(pid).memory_info().rss / 2**20
    print(json.dumps({"who": "worker" if pid else "main", "pid": pid, "mib": size}), flush=True)


# ---------------------------------------------------------------------------- tools


def with_tuneit(trials: int, workers: int = 1) -> None:
    from overhead import build_model

    import tuneit
    from tuneit.training.single import SingleTrainer
    from tuneit.training.workers.trainer import WorkerTrainer

    kind: Any = SingleTrainer if workers == 1 else WorkerTrainer
    original = kind.train

    def watched(trainer: Any, proposals: Any, observer: Any) -> Iterator[Any]:
        for trial in original(trainer, proposals, observer):
            yield trial
            look()
            if workers > 1:
                for worker in trainer._pool.workers:
                    look(worker.pid)

    x, y, vx, vy = digits()
    with patch.object(kind, "train", watched), tempfile.TemporaryDirectory() as folder:
        tuneit.search(
            build_model,
            (np.concatenate([x, vx]), np.concatenate([y, vy])),
            objective="val_accuracy",
            strategy="random",
            trials=trials,
            epochs=EPOCHS,
            workers=workers,
            trainer="single",
            output=folder,
            quiet=True,
        )


def with_two_workers(trials: int) -> None:
    with_tuneit(trials, workers=2)


def with_keras_tuner(trials: int) -> None:
    import keras_tuner
    from overhead import build_model

    class Watched(keras_tuner.RandomSearch):
        def on_trial_end(self, trial: Any) -> None:
            super().on_trial_end(trial)
            look()

    x, y, vx, vy = digits()
    with tempfile.TemporaryDirectory() as folder:
        tuner = Watched(build_model, "val_accuracy", max_trials=trials, seed=1, directory=folder)
        tuner.search(x, y, validation_data=(vx, vy), epochs=EPOCHS, batch_size=32, verbose=0)


def with_optuna(trials: int) -> None:
    import keras
    import keras_tuner
    import optuna
    from overhead import build_model

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    x, y, vx, vy = digits()

    def objective(trial: Any) -> float:
        keras.utils.clear_session()  # as Optuna's own example for Keras does
        hp = keras_tuner.HyperParameters()
        hp.values = {
            "l2": trial.suggest_float("l2", 1e-6, 1e-2, log=True),
            "dropout": trial.suggest_float("dropout", 0.0, 0.5),
            "rate": trial.suggest_float("rate", 1e-4, 1e-1, log=True),
        }
        history = build_model(hp).fit(
            x, y, validation_data=(vx, vy), epochs=EPOCHS, batch_size=32, verbose=0
        )
        return max(history.history["val_accuracy"])

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=1))
    study.optimize(objective, n_trials=trials, callbacks=[lambda study, trial: look()])


TOOLS: dict[str, Callable[[int], None]] = {
    "tuneit": with_tuneit,
    "tuneit-2-workers": with_two_workers,
    "keras-tuner": with_keras_tuner,
    "optuna": with_optuna,
}


# ---------------------------------------------------------------------------- measuring


def measured(tool: str, trials: int) -> list[tuple[str, list[float]]]:
    """Run a tool in a fresh process; return (name, MiB after each trial) for each process seen."""
    run = subprocess.run(
        [sys.executable, __file__, "--tool", tool, "--trials", str(trials)],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise SystemExit(f"{tool} failed:\n{run.stderr[-2000:]}")
    looks: dict[tuple[str, int | None], list[float]] = {}
    for line in run.stdout.splitlines():
        if line.startswith('{"who"'):
            entry = json.loads(line)
            looks.setdefault((entry["who"], entry["pid"]), []).append(entry["mib"])
    return [
        (tool if pid is None else f"{tool}: worker {index}", sizes)
        for index, ((_, pid), sizes) in enumerate(looks.items())
    ]


def slope(sizes: list[float]) -> float:
    """MiB a trial over the last two thirds, when all that is loaded once has been."""
    rest = sizes[len(sizes) // 3 :]
    return float(np.polyfit(np.arange(len(rest)), rest, 1)[0]) if len(rest) > 1 else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tools", nargs="*", metavar="tool", help=", ".join(TOOLS))
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--smoke", action="store_true", help="as little as shows that it runs")
    parser.add_argument("--tool", choices=TOOLS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.tool:
        TOOLS[options.tool](options.trials)
        return
    unknown = set(options.tools) - set(TOOLS)
    if unknown:
        parser.error(f"tools are {', '.join(TOOLS)}, not {', '.join(sorted(unknown))}")
    trials = 3 if options.smoke else options.trials
    tools = options.tools or (["tuneit", "optuna"] if options.smoke else list(TOOLS))
    print(f"Cores: {os.cpu_count()}; {trials} trials of {EPOCHS} epochs\n")
    print("| process | MiB after trial 1 | after the last | largest | MiB a trial, last 2/3 |")
    print("|---|---|---|---|---|")
    for tool in tools:
        for name, sizes in measured(tool, trials):
            print(
                f"| {name} | {sizes[0]:.0f} | {sizes[-1]:.0f} | {max(sizes):.0f} "
                f"| {slope(sizes):+.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
