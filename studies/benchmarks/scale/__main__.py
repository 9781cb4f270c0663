"""What the driver of a search costs a trial, and how well many actors are kept busy.

    python studies/benchmarks/scale                       # driver and actors; some 10 minutes
    python studies/benchmarks/scale driver --trials 10000
    python studies/benchmarks/scale proposals --trials 10000 --strategies random optuna:tpe bayesian
    python studies/benchmarks/scale actors --actors 1 4 16 64 --plot efficiency.png
    python studies/benchmarks/scale trainings             # real ones; needs two idle cores
    python studies/benchmarks/scale --smoke               # seconds, for a test

`driver`: the real loop, strategy and journal ledger with a trainer that takes no time; milliseconds
a trial at the beginning and at the end, for each strategy. `proposals`: the same for 20 more trials
of a study that has so many already, of strategy random, without a first one that loads libraries;
wall time and the process's own computing, which depends less on what else the machine does.
`actors`: the same with Ray's actors, which sleep instead of training; the efficiency is the time
that the sleeping alone would take, by the time from the first trial to the last. `trainings`: one
actor and then two, of one core and one thread each, train the same network 16 times, some four
seconds a trial; the ratio is how many times as fast they are as the first number of actors. Prints
Markdown tables.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from scale_actor import SleepingPool, slept  # noqa: E402
from scale_search import OBJECTIVE, SPACE, Clocked, search, start_actors  # noqa: E402
from scale_trainings import seconds_of_trainings  # noqa: E402

from tuneit.study import ClusterSpec  # noqa: E402
from tuneit.trials import Proposal, Trial  # noqa: E402

EPOCHS = 16
MORE = 20
"""Trials of which the cost is measured, where many are known."""


class Instant:
    """A trainer that takes no time."""

    def train(self, proposals: Iterator[Proposal], observer: Any) -> Iterator[Trial]:
        for proposal in proposals:
            observer.started(proposal)
            yield slept(proposal, observer, 0.0)


@dataclass(frozen=True)
class Cost:
    """Milliseconds a trial of the first and the last tenth of a search."""

    first: float
    last: float


def driver_cost(strategy: str, trials: int) -> Cost:
    """Measure what the driver takes for each trial."""
    clocked = Clocked(Instant())
    with tempfile.TemporaryDirectory() as folder:
        search(clocked, strategy, trials, Path(folder))
    part = max(trials // 10, 1)
    ends = [clocked.began, *clocked.ends]
    first = (ends[part] - ends[0]) / part
    last = (ends[-1] - ends[-1 - part]) / part
    return Cost(1000 * first, 1000 * last)


def proposal_cost(strategy: str, folder: Path, known: int, more: int) -> tuple[float, float]:
    """Measure milliseconds a trial where `folder` has `known`: wall time, and computing.

    Without the first trial, for which libraries are loaded and all known trials converted.
    """
    clocked = Clocked(Instant())
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy"
        shutil.copytree(folder, copy)
        search(clocked, strategy, known + 1 + more, copy)
    wall, own = (times[-1] - times[0] for times in (clocked.ends, clocked.computed))
    return 1000 * wall / more, 1000 * own / more


def efficiency(actors: int, trials: int, seconds: float) -> float:
    """Measure the share of the actors' time that trials take, when `trials` sleep `seconds`."""
    from tuneit.training.cluster.trainer import ClusterTrainer

    spec = ClusterSpec.model_validate({"resources": {"cpus": 0.001}})
    with tempfile.TemporaryDirectory() as folder, SleepingPool(seconds, spec, HERE, actors) as pool:
        start_actors(pool)
        clocked = Clocked(ClusterTrainer(a_recipe(Path(folder)), pool, lent=True))
        search(clocked, "random", trials, Path(folder))
    return trials * seconds / actors / clocked.took


def a_recipe(folder: Path) -> Any:
    """A recipe that nobody trains."""
    import numpy as np

    from tuneit.data.dataset import Dataset, Split
    from tuneit.training.builders.builder import load_builder
    from tuneit.training.plan import TrainingPlan
    from tuneit.training.recipe import Recipe

    rows = Split(np.zeros((4, 2), np.float32), np.zeros(4, np.float32))
    dataset = Dataset("none", "regression", rows, rows, rows)
    builder = load_builder("scale_builder.py:build_model", HERE)
    return Recipe(builder, SPACE, dataset, TrainingPlan(OBJECTIVE, 2), folder / "models")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("part", nargs="?", choices=["driver", "proposals", "actors", "trainings"])
    options.add_argument("--trials", type=int, help="default: 10,000; trainings: 16")
    options.add_argument("--strategies", nargs="+", default=["random", "optuna:tpe", "bayesian"])
    options.add_argument("--actors", type=int, nargs="+", help="default: 1 4 16 64; trainings: 1 2")
    options.add_argument("--epochs", type=int, default=EPOCHS, help="trainings: of a trial")
    options.add_argument("--seconds", type=float, default=1.0, help="of a trial that sleeps")
    options.add_argument("--each", type=int, default=20, help="trials an actor")
    options.add_argument("--plot", type=Path)
    options.add_argument("--smoke", action="store_true")
    given = options.parse_args()
    real = given.part == "trainings"
    given.trials = given.trials or (16 if real else 10_000)
    given.actors = given.actors or ([1, 2] if real else [1, 4, 16, 64])
    if given.smoke:
        given.trials, given.strategies = 20, ["random"]
        given.actors, given.seconds, given.each = [2], 0.05, 3
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load} (1, 5, 15 minutes)\n", flush=True)
    if given.part in (None, "driver"):
        print("| strategy | trials | first tenth, ms a trial | last tenth |\n|---|---|---|---|")
        for strategy in given.strategies:
            cost = driver_cost(strategy, given.trials)
            print(
                f"| {strategy} | {given.trials:,} | {cost.first:.1f} | {cost.last:.1f} |",
                flush=True,
            )
    if given.part == "proposals":
        print("| strategy | trials so far | ms a trial | of it computing |\n|---|---|---|---|")
        with tempfile.TemporaryDirectory() as folder:
            search(Instant(), "random", given.trials, Path(folder))
            for strategy in given.strategies:
                wall, own = proposal_cost(strategy, Path(folder), given.trials, MORE)
                print(f"| {strategy} | {given.trials:,} | {wall:.0f} | {own:.0f} |", flush=True)
    if given.part in (None, "actors"):
        print("\n| actors | trials | seconds each | efficiency |\n|---|---|---|---|")
        found = {}
        for actors in given.actors:
            trials = given.each * actors
            found[actors] = efficiency(actors, trials, given.seconds)
            print(
                f"| {actors} | {trials:,} | {given.seconds:g} | {found[actors]:.1%} |", flush=True
            )
        if given.plot is not None:
            draw(found, given.plot)
    if real:
        print("| actors | trials | seconds | ratio |\n|---|---|---|---|")
        first = None
        for actors in given.actors:
            took = seconds_of_trainings(actors, given.trials, given.epochs)
            first = first or took
            print(f"| {actors} | {given.trials} | {took:.1f} | {first / took:.2f} |", flush=True)


def draw(found: dict[int, float], path: Path) -> None:
    """Draw efficiency against actors."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 3.2), layout="constrained")
    axes.plot(list(found), [100 * value for value in found.values()], "o-")
    axes.axhline(87, linestyle=":", color="gray", label="Ray Tune, 16 CPUs (its documentation)")
    axes.set(xscale="log", xlabel="actors", ylabel="efficiency (%)", ylim=(0, 105))
    axes.set_xticks(list(found), [str(actors) for actors in found])
    axes.legend()
    figure.savefig(path, dpi=100)


if __name__ == "__main__":
    main()
