"""Many trials of a tiny model in one process: does a trial cost the same at the end?

    python studies/benchmarks/endurance                        # 2,000 trials; under 20 minutes
    python studies/benchmarks/endurance --trials 500 --plot endurance.png
    python studies/benchmarks/endurance --smoke                # seconds, for a test

Looks every 100 trials at the process's memory, its open files, the size of the study's folder, and
the time and computing of a trial since the look before. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def build_model(hp: Any) -> Any:
    import keras

    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(hp.Int("units", 2, 9), activation="relu"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    rate = hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.SGD(rate), loss, metrics=["accuracy"])
    return model


@dataclass(frozen=True)
class Look:
    """What a process has after so many trials; milliseconds are those of a trial since before."""

    trials: int
    memory: float
    files: int
    disk: float
    wall: float
    computing: float

    @property
    def row(self) -> str:
        """A row of the table."""
        sizes = f"| {self.trials:,} | {self.memory:.0f} | {self.files} | {self.disk:.1f} |"
        return f"{sizes} {self.wall:.0f} | {self.computing:.0f} |"


def run(trials: int, every: int, trainer: str) -> list[Look]:
    import psutil

    import tuneit
    from tuneit.training.cohort.trainer import CohortTrainer
    from tuneit.training.single import SingleTrainer

    kind: Any = SingleTrainer if trainer == "single" else CohortTrainer
    original, looks, me = kind.train, [], psutil.Process()
    rng = np.random.default_rng(0)
    data = rng.normal(size=(80, 4)).astype("float32"), rng.integers(3, size=80)
    with tempfile.TemporaryDirectory() as folder:

        def watched(self: Any, proposals: Any, observer: Any) -> Iterator[Any]:
            wall, own = time.perf_counter(), time.process_time()
            for ended, trial in enumerate(original(self, proposals, observer), start=1):
                yield trial
                if ended % every == 0:
                    walls, owns = time.perf_counter() - wall, time.process_time() - own
                    look = Look(
                        ended,
                        me.memory_info().rss / 2**20,
                        me.num_fds(),
                        size_of(Path(folder)) / 2**20,
                        1000 * walls / every,
                        1000 * owns / every,
                    )
                    looks.append(look)
                    print(look.row, flush=True)
                    wall, own = time.perf_counter(), time.process_time()

        with patch.object(kind, "train", watched):
            tuneit.search(
                build_model,
                data,
                objective="val_loss",
                strategy="random",
                trials=trials,
                epochs=2,
                trainer=trainer,
                output=Path(folder) / "study",
                quiet=True,
            )
    return looks


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def draw(looks: list[Look], path: Path) -> None:
    """Draw memory, open files, disk and computing against the trials."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 4, figsize=(12, 2.8), layout="constrained")
    names = {"memory": "MiB", "files": "open files", "disk": "MiB on disk", "computing": "ms"}
    for axis, (name, unit) in zip(axes, names.items(), strict=True):
        axis.plot([look.trials for look in looks], [getattr(look, name) for look in looks])
        axis.set(xlabel="trials", ylabel=unit, ylim=(0, None), title=name)
    figure.savefig(path, dpi=90)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--trials", type=int, default=2000)
    options.add_argument("--trainer", default="cohort", choices=["cohort", "single"])
    options.add_argument("--plot", type=Path)
    options.add_argument("--smoke", action="store_true")
    given = options.parse_args()
    trials, every = (4, 2) if given.smoke else (given.trials, 100)
    print("| trials | memory, MiB | open files | disk, MiB | ms a trial | of it computing |")
    print("|---|---|---|---|---|---|", flush=True)
    looks = run(trials, every, given.trainer)
    if given.plot is not None:
        draw(looks, given.plot)


if __name__ == "__main__":
    main()
