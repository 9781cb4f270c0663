"""Seconds a trial: the same configurations, epochs and validation, trained by different tools.

    python studies/benchmarks/throughput                       # digits MLP, 64 trials
    python studies/benchmarks/throughput --workload digits_cnn large --trials 16
    python studies/benchmarks/throughput --workload mlp_widths cancer --slow-trials 4
    python studies/benchmarks/throughput --workload wine --data winequality-red.csv
    python studies/benchmarks/throughput --growth --plot growth.png   # 1 to 1,024 members
    python studies/benchmarks/throughput --growth rows --epochs 5 --plot rows.png
    python studies/benchmarks/throughput --smoke               # seconds, for a test

Every tool runs in a process of its own; imports, data, and loading a GPU's libraries are not timed,
building models is. Peak memory and processor time are that process's, hence without those of
workers, whose time counts from the first trial. Tools that are not installed are left out.
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
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
from tools import ELSEWHERE, NEEDS, TOOLS, Job, a_job
from workloads import WORKLOADS


def load_gpu(job: Job) -> None:
    """With a GPU, train on a few rows first, because the first training loads its libraries."""
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        x, y = job.train
        few = x[: job.workload.batch_size], y[: job.workload.batch_size]
        replace(job, epochs=1, train=few, validation=few).fit(job.build(0))


def measure(tool: str, job: Job) -> dict[str, float]:
    """Run one tool in this process."""
    import keras_tuner  # noqa: F401 - imports are not timed

    if tool not in ELSEWHERE:
        load_gpu(job)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        job.clock.start()
        best = TOOLS[tool](job, Path(folder))
        seconds, cpu = job.clock.read()
    here = {
        "cpu_seconds_per_trial": cpu / len(job.configs),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    return {
        "seconds_per_trial": seconds / len(job.configs),
        **({} if tool in ELSEWHERE else here),
        "best": best,
        "trials": len(job.configs),
    }


def in_its_own_process(tool: str, workload: str, options: argparse.Namespace) -> dict[str, Any]:
    slow = tool != "tuneit cohort" and tool != "tuneit auto"
    trials = min(options.trials, options.slow_trials) if slow else options.trials
    command = [sys.executable, str(Path(__file__).parent), "--tool", tool, "--workload", workload]
    command += ["--trials", str(trials), "--epochs", str(options.epochs)]
    command += ["--data", str(options.data)] if options.data else []
    command += ["--rows", str(options.rows)] if options.rows else []
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
            cpu, peak = (
                format(row[key], digits) if key in row else ""
                for key, digits in (("cpu_seconds_per_trial", ".3f"), ("peak_mb", ".0f"))
            )
            print(
                f"| {tool} | {row['trials']} | {row['seconds_per_trial']:.3f} "
                f"| {cpu} | {ratio} | {peak} | {row['best']:.4f} |",
                flush=True,
            )
            yield {"workload": workload, "tool": tool, "epochs": options.epochs, **row}


def growth_with_rows(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Seconds a trial of two tools against the number of rows, 1,000 to 100,000."""
    print("\n| rows | keras-tuner | tuneit auto | ratio |\n|---|---|---|---|")
    for rows in (1000, 3000, 10_000, 30_000, 100_000)[: options.most]:
        options.rows = rows
        took = {
            tool: in_its_own_process(tool, options.workload[0], options)["seconds_per_trial"]
            for tool in ("keras-tuner", "tuneit auto")
        }
        slow, quick = took.values()
        print(f"| {rows:,} | {slow:.3f} | {quick:.3f} | {slow / quick:.1f} |", flush=True)
        for tool, seconds in took.items():
            yield {"tool": tool, "rows": rows, "seconds_per_trial": seconds}


def growth_with_members(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Seconds a trial of the cohort against the number of trials in it."""
    print("\n| members | s a trial | CPU s a trial | s in all |\n|---|---|---|---|")
    for exponent in range(options.most.bit_length()):
        options.trials = 2**exponent
        row = in_its_own_process("tuneit cohort", options.workload[0], options)
        if "error" in row:
            print(f"| {options.trials} | {row['error']} | | |")
            continue
        whole = row["seconds_per_trial"] * options.trials
        print(
            f"| {options.trials} | {row['seconds_per_trial']:.3f} "
            f"| {row['cpu_seconds_per_trial']:.3f} | {whole:.1f} |",
            flush=True,
        )
        yield {"tool": "tuneit cohort", "members": options.trials, **row}


GROWTH = {"members": growth_with_members, "rows": growth_with_rows}
LABELS = {"members": "trials in the cohort", "rows": "rows"}


def plot(found: list[dict[str, Any]], by: str, title: str, path: Path) -> None:
    """Draw what a growth measured, on logarithmic axes, to a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for tool in dict.fromkeys(row["tool"] for row in found):
        points = [(row[by], row["seconds_per_trial"]) for row in found if row["tool"] == tool]
        axes.loglog(*zip(*points, strict=True), "o-", label=tool)
    ticks = list(dict.fromkeys(row[by] for row in found))
    axes.set_xticks(ticks, [f"{count:,}" for count in ticks])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set(xlabel=LABELS[by], ylabel="seconds a trial", title=title)
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=150)


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
    parser.add_argument(
        "--growth",
        nargs="?",
        const="members",
        choices=GROWTH,
        help="the cohort at 1 to --most trials; or two tools at 1,000 to 100,000 rows",
    )
    parser.add_argument(
        "--most", type=int, default=1024, help="most trials, or points of rows, of --growth"
    )
    parser.add_argument("--rows", type=int, help="cut or repeat the workload's rows to so many")
    parser.add_argument("--plot", type=Path, help="draw --growth to this PNG")
    parser.add_argument("--json", type=Path, help="write all numbers to this file")
    parser.add_argument("--smoke", action="store_true", help="a few trials of one epoch")
    parser.add_argument("--tool", choices=TOOLS, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    if options.tool:
        job = a_job(options.workload[0], options.trials, options.epochs, options.data, options.rows)
        print(json.dumps(measure(options.tool, job)))
        return
    if options.smoke:
        options.trials, options.epochs, options.tools = 3, 1, ["model.fit", "tuneit cohort"]
    rows = list(GROWTH.get(options.growth, compare)(options))
    if options.plot and rows and options.growth:
        title = f"{options.workload[0]}, {options.epochs} epochs"
        plot(rows, options.growth, title, options.plot)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
