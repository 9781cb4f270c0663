"""The README's study against keras-tuner's BayesianOptimization: seconds to the end of the trials.

    python studies/benchmarks/throughput/readme_study.py   # 40 trials, five seeds
    python studies/benchmarks/throughput/readme_study.py --trials 16 --seeds 1

Both search the space of `studies/digits.yaml` on its data, with the same early stopping. tuneit
also stops poor trials, as it does by default. Imports, in each run's own process, are not timed.
Prints seconds to the end, processor seconds, and the seconds until a trial is within one point of
the best validation accuracy that any of the runs found.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
STUDIES = Path(__file__).parents[2]

Ends = list[tuple[float, float]]
"""For each trial the seconds at its end since the search began, and its accuracy."""


def by_tuneit(seed: int, trials: int, folder: Path) -> Ends:
    import tuneit

    text = (STUDIES / "digits.yaml").read_text()
    text = text.replace("seed: 42", f"seed: {seed}").replace("trials: 40", f"trials: {trials}")
    (folder / "digits.yaml").write_text(text)
    shutil.copy(STUDIES / "digits.py", folder)
    result = tuneit.search(str(folder / "digits.yaml"), output=folder / "study", quiet=True)
    return [(t.facts.clock or 0.0, t.score) for t in result.trials if t.score is not None]


def by_keras_tuner(seed: int, trials: int, folder: Path) -> Ends:
    import keras
    import keras_tuner
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    sys.path.insert(0, str(STUDIES))
    from digits import build_model

    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype("float32")
    x, _, y, _ = train_test_split(x, y, test_size=0.2, stratify=y, random_state=seed)
    rows = train_test_split(x, y, test_size=0.25, stratify=y, random_state=seed)
    ends: Ends = []

    class Model(keras_tuner.HyperModel):
        def build(self, hp: Any) -> Any:
            return build_model(hp)

        def fit(self, hp: Any, model: Any, *rows: Any, **more: Any) -> Any:
            return model.fit(*rows, **more, batch_size=hp.Choice("batch_size", [32, 64]))

    class Tuner(keras_tuner.BayesianOptimization):
        def on_trial_end(self, trial: Any) -> None:
            super().on_trial_end(trial)
            ends.append((time.perf_counter() - began, float(trial.score)))

    began = time.perf_counter()
    tuner = Tuner(Model(), "val_accuracy", max_trials=trials, seed=seed + 1, directory=str(folder))
    tuner.search(
        rows[0],
        rows[2],
        validation_data=(rows[1], rows[3]),
        epochs=20,
        callbacks=[keras.callbacks.EarlyStopping("val_loss", patience=5)],
        verbose=0,
    )
    return ends


TOOLS: dict[str, Callable[[int, int, Path], Ends]] = {
    "tuneit": by_tuneit,
    "keras-tuner": by_keras_tuner,
}


def measure(tool: str, seed: int, trials: int) -> dict[str, Any]:
    """Run one tool in this process."""
    import keras_tuner  # noqa: F401 - imports are not timed
    import tensorflow  # noqa: F401

    with tempfile.TemporaryDirectory() as folder:
        began, cpu = time.perf_counter(), time.process_time()
        ends = TOOLS[tool](seed, trials, Path(folder))
        seconds = time.perf_counter() - began
        return {"seconds": seconds, "cpu": time.process_time() - cpu, "ends": ends}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tool", choices=TOOLS, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.tool:
        print(json.dumps(measure(options.tool, options.seed, options.trials)))
        return
    runs: dict[str, list[dict[str, Any]]] = {tool: [] for tool in TOOLS}
    for seed in range(options.seeds):
        for tool in TOOLS:
            command = [sys.executable, __file__, "--tool", tool, "--seed", str(seed)]
            command += ["--trials", str(options.trials)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            runs[tool].append(json.loads(done.stdout.splitlines()[-1]))
    best = max(score for found in runs.values() for run in found for _, score in run["ends"])
    print("| tool | s to the end | CPU s | s to within one point | best |\n|---|---|---|---|---|")
    for tool, found in runs.items():
        near = [min((s for s, a in run["ends"] if a >= best - 0.01), default=0.0) for run in found]
        found_best = max(score for run in found for _, score in run["ends"])
        middle = [statistics.median(run[key] for run in found) for key in ("seconds", "cpu")]
        print(
            f"| {tool} | {middle[0]:.1f} | {middle[1]:.1f} | {statistics.median(near):.1f} "
            f"| {found_best:.4f} |"
        )


if __name__ == "__main__":
    main()
