"""Strategies on test functions with known optima: is a strategy better than random, and how sure?

    python studies/benchmarks/search_functions.py --seeds 20 --trials 30 bayesian optuna:tpe random

Prints, for each function and strategy, the median over seeds of the best value after the given
number of trials (as a distance from the optimum) with a 95 % bootstrap interval, and milliseconds
a proposal. `--batch 4` proposes four trials before it tells their results, as a cohort does.
Defaults were chosen on seeds 0 to 19; `--first-seed 100` gives others.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tuneit.space import Boolean, Choice, Condition, Float, Int, Params, SearchSpace
from tuneit.strategies.base import Situation
from tuneit.strategies.registry import make_strategy
from tuneit.study import StrategySpec
from tuneit.trials import Objective, Trial, TrialState

LOSS = Objective("val_loss", "minimize")


@dataclass(frozen=True)
class Problem:
    space: SearchSpace
    loss: Callable[[Params], float]
    optimum: float


def branin(p: Params) -> float:
    x, y = float(p["x"]), float(p["y"])
    valley = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


_A = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)
_ALPHA = np.array([1.0, 1.2, 3.0, 3.2])


def hartmann6(p: Params) -> float:
    x = np.array([float(p[f"x{i}"]) for i in range(6)])
    return -float(_ALPHA @ np.exp(-((_A * (x - _P) ** 2).sum(1))))


def network(p: Params) -> float:
    """Like tuning a network: mixed, conditional, with a cliff where training diverges."""
    best_rate = {"adam": -2.7, "sgd": -1.3, "rmsprop": -3.0}[str(p["optimizer"])]
    off = math.log10(float(p["rate"])) - best_rate
    if off > 1.2:
        return 1e4 * off
    loss = 0.08 + 0.12 * off**2 + {"adam": 0.0, "sgd": 0.01, "rmsprop": 0.02}[str(p["optimizer"])]
    if p["optimizer"] == "sgd":
        loss += 0.1 * (float(p["momentum"]) - 0.9) ** 2
    loss += 0.05 * (math.log2(int(p["units"])) - 7) ** 2 / 9
    loss += 0.08 * (float(p["dropout"]) - 0.2) ** 2 / 0.09
    loss += 0.03 * abs(int(p["layers"]) - 3)
    return loss + (0.0 if p["batch_norm"] else 0.015)


_NETWORK = SearchSpace(
    (
        Float(name="rate", low=1e-5, high=1.0, sampling="log"),
        Choice(name="optimizer", values=("adam", "sgd", "rmsprop")),
        Float(name="momentum", low=0.0, high=0.99, when=(Condition("optimizer", ("sgd",)),)),
        Int(name="units", low=16, high=512, step=16),
        Int(name="layers", low=1, high=5),
        Float(name="dropout", low=0.0, high=0.5, step=0.1),
        Boolean(name="batch_norm"),
    )
)

PROBLEMS: dict[str, Problem] = {
    "branin": Problem(
        SearchSpace((Float(name="x", low=-5, high=10), Float(name="y", low=0, high=15))),
        branin,
        0.397887,
    ),
    "hartmann6": Problem(
        SearchSpace(tuple(Float(name=f"x{i}", low=0, high=1) for i in range(6))),
        hartmann6,
        -3.32237,
    ),
    "network": Problem(_NETWORK, network, 0.08),
    "sphere12": Problem(
        SearchSpace(tuple(Float(name=f"x{i}", low=0, high=1) for i in range(12))),
        lambda p: sum((float(p[f"x{i}"]) - 0.5) ** 2 for i in range(12)),
        0.0,
    ),
}


def regret(
    problem: Problem, name: str, options: Mapping[str, Any], trials: int, seed: int, batch: int = 1
) -> float:
    """Distance of the best value from the optimum after so many trials, `batch` at a time."""
    kind, _, sampler = name.partition(":")
    spec = StrategySpec.model_validate(
        {"name": kind, "sampler": sampler or None, "options": dict(options)}
    )
    strategy = make_strategy(spec)
    done: list[Trial] = []
    for number in range(trials):
        situation = Situation(problem.space, tuple(done), LOSS, seed, number)
        suggestion = strategy.propose(situation)
        if suggestion is None:
            break
        done.append(Trial(number, suggestion.params, memory=suggestion.memory))
        if (number + 1) % batch == 0:
            done = [t if t.finished else trained(t, problem) for t in done]
    done = [t if t.finished else trained(t, problem) for t in done]
    return min(t.score for t in done if t.score is not None) - problem.optimum


def trained(trial: Trial, problem: Problem) -> Trial:
    loss = problem.loss(dict(trial.params))
    if loss > 1e3:  # as a training that diverges: no score
        return replace(trial, state=TrialState.FAILED)
    return replace(trial, state=TrialState.COMPLETE, score=loss)


def interval(values: np.ndarray) -> tuple[float, float]:
    """95 % bootstrap interval of the median."""
    rng = np.random.default_rng(0)
    medians = np.median(rng.choice(values, (2000, len(values))), axis=1)
    return tuple(np.quantile(medians, [0.025, 0.975]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("strategies", nargs="*", default=["random", "optuna:tpe", "bayesian"])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--problems", nargs="*", default=list(PROBLEMS))
    parser.add_argument("--batch", type=int, default=1, help="trials proposed without results")
    parser.add_argument("--option", action="append", default=[], help="name=number")
    arguments = parser.parse_args()
    options = {k: int(v) for k, v in (option.split("=") for option in arguments.option)}
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    for problem_name in arguments.problems:
        for name in arguments.strategies:
            began = time.perf_counter()
            values = np.array(
                [
                    regret(
                        PROBLEMS[problem_name],
                        name,
                        options,
                        arguments.trials,
                        seed,
                        arguments.batch,
                    )
                    for seed in seeds
                ]
            )
            each = (time.perf_counter() - began) / arguments.seeds / arguments.trials
            low, high = interval(values)
            print(
                f"{problem_name:10} {name:14} median regret {np.median(values):.5f}"
                f"  [{low:.5f}, {high:.5f}]  {1000 * each:.1f} ms",
                flush=True,
            )


if __name__ == "__main__":
    main()
