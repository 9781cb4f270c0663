"""Seconds that an epoch of a cohort takes, by how its members are split into stacks.

    python studies/benchmarks/throughput/stack_layout.py --workload digits --members 64
    python studies/benchmarks/throughput/stack_layout.py --workload wine --data winequality-red.csv

A layout is a number of stacks and a number of threads, each of which computes one stack at a time.
All layouts are measured in turns, in one process. Prints the median over their epochs without the
first of each turn.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
from tools import TOOLS, Job, a_job
from workloads import WORKLOADS

LAYOUTS = [(1, 1), (2, 1), (2, 2), (4, 2), (8, 2), (16, 2)]


def epochs_of(job: Job, stacks: int, threads: int) -> list[float]:
    """Seconds of each epoch but the first, in which TensorFlow finds its kernels."""
    from tuneit.training.cohort import programs
    from tuneit.training.cohort.program import Program

    members, run = len(job.configs), Program.run
    seconds: list[float] = []

    def timed(self: Program, *arguments: Any) -> Any:
        began = time.perf_counter()
        state, logs = run(self, *arguments)
        seconds.append(time.perf_counter() - began)
        return state, logs

    with (
        mock.patch.object(programs, "max_members", return_value=members),
        mock.patch.object(programs, "max_stack_size", return_value=members / stacks),
        mock.patch.object(programs, "threads", return_value=threads),
        mock.patch.object(Program, "run", timed),
        tempfile.TemporaryDirectory() as folder,
    ):
        TOOLS["tuneit cohort"](job, Path(folder))
    return seconds[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--workload", choices=WORKLOADS, default="digits")
    parser.add_argument("--members", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=4, help="of a turn")
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--data", type=Path, help="file of wine, mnist or cifar_cnn")
    options = parser.parse_args()
    job = a_job(options.workload, options.members, options.epochs, options.data)
    layouts = [layout for layout in LAYOUTS if layout[0] <= options.members]
    seconds: dict[tuple[int, int], list[float]] = {layout: [] for layout in layouts}
    for _ in range(options.turns):
        for stacks, threads in layouts:
            seconds[stacks, threads] += epochs_of(job, stacks, threads)
    print(f"\n{options.workload}, {options.members} members\n")
    print("| stacks | threads | s an epoch |\n|---|---|---|")
    for (stacks, threads), each in seconds.items():
        print(f"| {stacks} | {threads} | {np.median(each):.3g} |")


if __name__ == "__main__":
    main()
