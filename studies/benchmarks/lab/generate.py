"""Make the lab: real Keras runs of known truth, a CSV log each, and a manifest.

    python studies/benchmarks/lab/generate.py OUT [--each 18] [--half fit|test|unseen]
        [--problems NAME ...] [--jobs 1]

`OUT/manifest.jsonl` has a line a run: file, problem, half (by problem: fit, test, or unseen, made
after all rules), what was planted, what is true, the reference values that a user could give, and
the measures behind the truth. Runs whose truth is unclear by those measures are listed in
`OUT/dropped.jsonl` instead. Runs that OUT lists already are not made again, only judged again.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

from lab_data import PROBLEMS, Problem
from lab_data_fresh import FRESH_PROBLEMS
from lab_data_varied import VARIED_PROBLEMS

SMOKE = ("moons",)
ALL: tuple[Problem, ...] = (*PROBLEMS, *VARIED_PROBLEMS, *FRESH_PROBLEMS)

Line = dict[str, Any]


class Maker:
    """Makes the runs of one problem."""

    def __init__(self, name: str, out: Path) -> None:
        self.number = next(i for i, p in enumerate(ALL) if p.name == name)
        self.problem: Problem = ALL[self.number]
        self.out = out

    @cached_property
    def workshop(self) -> Any:
        import keras
        import tensorflow as tf
        from lab_runs import Workshop

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        keras.utils.clear_session()
        return Workshop(self.problem)

    def make(self, attempt: int) -> Line:
        """Train, write the log and return the manifest's line."""
        import numpy as np

        workshop, problem = self.workshop, self.problem
        from lab_faults import GAP, RARE, SCENARIOS
        from lab_runs import write_log
        from lab_truth import ENOUGH, gains, judge, truth, wide_gap
        from lab_varied import FRESH, VARIED

        guess, trivial, target, _ = workshop.reference
        scenarios = {"rare": RARE, "gap": GAP, "varied": VARIED, "fresh": FRESH}.get(
            problem.style, SCENARIOS
        )
        order = np.random.default_rng([self.number, 7]).permutation(len(scenarios))
        seed = 1000 * self.number + attempt
        scenario = scenarios[order[attempt % len(scenarios)]]
        recipe = scenario(problem, np.random.default_rng([seed, 2]))
        began = time.perf_counter()
        run = workshop.train(recipe, seed)
        true, measures = truth(run.measured)
        gap: dict[str, float] = {}
        if measures and run.measured.epochs >= ENOUGH and wide_gap(run.measured):
            controls = workshop.controls(recipe, seed)
            gap = gains(run.measured, {k: (c.rows, c.metric) for k, c in controls.items()})
            true = judge(measures, gap)
        file = file_of(problem.name, attempt)
        write_log(run, self.out / file)
        return {
            "file": file,
            "problem": problem.name,
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
            "gap": {key: float(f"{value:.4g}") for key, value in gap.items()},
            "seconds": round(time.perf_counter() - began, 2),
        }


def file_of(problem: str, attempt: int) -> str:
    return f"{problem}_{attempt:03d}.csv"


def make_runs(
    name: str, wanted: int, out: Path, attempts: int, known: dict[str, Line]
) -> list[Line]:
    """Make `wanted` runs of clear truth on one problem; give up after so many attempts."""
    from lab_truth import judge

    maker = Maker(name, out)
    lines: list[Line] = []
    for attempt in range(attempts):
        if sum(line["truth"] is not None for line in lines) >= wanted:
            break
        line = known.get(file_of(name, attempt)) or maker.make(attempt)
        if line["measures"]:
            line["truth"] = judge(line["measures"], line["gap"])
        lines.append(line)
    return lines


def read(out: Path) -> dict[str, Line]:
    """The runs that are there already, by file."""
    lines: dict[str, Line] = {}
    for name in ("manifest.jsonl", "dropped.jsonl"):
        if (out / name).exists():
            for text in (out / name).read_text(encoding="utf-8").splitlines():
                line = json.loads(text)
                lines[line["file"]] = line
    return lines


def write(path: Path, lines: list[Line]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--each", type=int, default=18, help="clear runs a problem")
    parser.add_argument("--half", choices=("fit", "test", "unseen"), help="default: all")
    parser.add_argument("--problems", nargs="+", metavar="NAME", help="default: all of the half")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--smoke", action="store_true", help="a few runs in some seconds")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    names = [
        p.name
        for p in ALL
        if (p.name in SMOKE or not options.smoke)
        and options.half in (None, p.half)
        and p.name in (options.problems or [p.name])
    ]
    wanted = 2 if options.smoke else options.each
    attempts = wanted if options.smoke else 3 * wanted
    began = time.perf_counter()
    known = read(options.out)
    lines: list[Line] = []
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        tasks = {
            pool.submit(make_runs, name, wanted, options.out, attempts, known): name
            for name in names
        }
        for task in as_completed(tasks):
            name, made = tasks[task], task.result()
            lines += made
            clear = [line for line in made if line["truth"] is not None]
            print(f"{name}: {len(clear)} of {len(made)} runs are clear", flush=True)
            done = {line["problem"] for line in lines}
            listed = lines + [line for line in known.values() if line["problem"] not in done]
            listed.sort(key=lambda line: str(line["file"]))
            write(options.out / "manifest.jsonl", [x for x in listed if x["truth"] is not None])
            write(options.out / "dropped.jsonl", [x for x in listed if x["truth"] is None])
    counts = Counter(line["truth"] for line in lines)
    print(
        f"{time.perf_counter() - began:.0f} s; " + ", ".join(f"{k} {v}" for k, v in counts.items())
    )


if __name__ == "__main__":
    main()
