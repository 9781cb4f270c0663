"""Make the lab: real Keras runs of known truth, a CSV log each, and a manifest.

    python studies/benchmarks/lab/generate.py OUT [--runs 320] [--jobs 1] [--smoke]

`OUT/manifest.jsonl` has a line a run: file, problem, half (fit or test, by problem), what was
planted, what is true, the reference values that a user could give, and the measures behind the
truth. Runs whose truth is unclear by those measures are counted in `OUT/dropped.jsonl` instead.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

from lab_data import PROBLEMS, Problem

SMOKE = ("moons", "circles")


def make_runs(name: str, wanted: int, out: Path, attempts: int) -> list[dict[str, Any]]:
    """Make `wanted` runs of clear truth on one problem; give up after so many attempts."""
    import keras
    import numpy as np
    import tensorflow as tf
    from lab_faults import SCENARIOS
    from lab_runs import Workshop, write_log
    from lab_truth import truth

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.clear_session()
    number = next(i for i, p in enumerate(PROBLEMS) if p.name == name)
    problem: Problem = PROBLEMS[number]
    workshop = Workshop(problem)
    guess, trivial, target, _ = workshop.reference
    order = np.random.default_rng([number, 7]).permutation(len(SCENARIOS))
    lines: list[dict[str, Any]] = []
    for attempt in range(attempts):
        if sum(line["truth"] is not None for line in lines) >= wanted:
            break
        began = time.perf_counter()
        seed = 1000 * number + attempt
        rng = np.random.default_rng([seed, 2])
        recipe = SCENARIOS[order[attempt % len(SCENARIOS)]](problem, rng)
        run = workshop.train(recipe, seed)
        true, measures = truth(run.measured)
        file = f"{name}_{attempt:03d}.csv"
        write_log(run, out / file)
        lines.append(
            {
                "file": file,
                "problem": name,
                "half": problem.half,
                "network": recipe.network.kind,
                "planted": recipe.planted,
                "truth": true,
                "seed": seed,
                "epochs": run.measured.epochs,
                "reference": {
                    "metric": problem.metric,
                    "target": round(target, 4),
                    "baseline": round(trivial, 4),
                    "baseline_loss": round(guess, 4),
                    "n_validation": run.n_validation,
                    "n_classes": problem.classes or None,
                },
                "measures": {key: float(f"{value:.4g}") for key, value in measures.items()},
                "seconds": round(time.perf_counter() - began, 2),
            }
        )
    return lines


def write(path: Path, lines: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--runs", type=int, default=320)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--smoke", action="store_true", help="a few runs in some seconds")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    names = [p.name for p in PROBLEMS if not options.smoke or p.name in SMOKE]
    wanted = 3 if options.smoke else -(-options.runs // len(names))
    attempts = 5 if options.smoke else 3 * wanted
    began = time.perf_counter()
    lines: list[dict[str, Any]] = []
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        tasks = [pool.submit(make_runs, name, wanted, options.out, attempts) for name in names]
        for name, task in zip(names, tasks, strict=True):
            made = task.result()
            lines += made
            clear = [line for line in made if line["truth"] is not None]
            print(f"{name}: {len(clear)} of {len(made)} runs are clear", flush=True)
            write(options.out / "manifest.jsonl", [x for x in lines if x["truth"] is not None])
            write(options.out / "dropped.jsonl", [x for x in lines if x["truth"] is None])
    counts = Counter(line["truth"] for line in lines)
    print(
        f"{time.perf_counter() - began:.0f} s; " + ", ".join(f"{k} {v}" for k, v in counts.items())
    )


if __name__ == "__main__":
    main()
