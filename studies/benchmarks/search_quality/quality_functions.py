"""Functions with known optima, which replace a table of trainings."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from quality_table import stops
from quality_tasks import Real

from tuneit.trials import Objective

_A3 = np.array([[3.0, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]])
_P3 = 1e-4 * np.array(
    [[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]]
)
_A6 = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_P6 = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)
_ALPHA = np.array([1.0, 1.2, 3.0, 3.2])
_BIAS = 0.1
_NEAR = 0.02

LOSS = Objective("val_loss", "minimize")


def branin(x: np.ndarray, share: float) -> float:
    """Branin on [0, 1]²; there are no cheaper versions of it."""
    a, b = 15 * x[0] - 5, 15 * x[1]
    valley = b - 5.1 / (4 * math.pi**2) * a**2 + 5 / math.pi * a - 6
    return float(valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(a) + 10)


def _hartmann(a: np.ndarray, p: np.ndarray) -> Callable[[np.ndarray, float], float]:
    def hartmann(x: np.ndarray, share: float) -> float:
        """At a `share` of the epochs: the terms' weights are 0.1 (1 - share) smaller."""
        weights = _ALPHA - _BIAS * (1 - share)
        return -float(weights @ np.exp(-((a * (x - p) ** 2).sum(1))))

    return hartmann


@dataclass(frozen=True)
class Shape:
    """What the tools ask of a task: its hyperparameters."""

    name: str
    axes: dict[str, Real]


@dataclass
class Function:
    """A function that stands for training: `epochs` values a point, the last of them the true one.

    MF-Hartmann as by Kandasamy et al. (2017, Multi-fidelity Bayesian optimisation with continuous
    approximations), whose fidelity is the share of the epochs here.
    """

    name: str
    value: Callable[[np.ndarray, float], float]
    dimensions: int
    optimum: float
    epochs: int
    objective: Objective = LOSS
    rows: int = 1
    curves: list[np.ndarray] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)

    @property
    def task(self) -> Shape:
        """Its hyperparameters, each in [0, 1]."""
        return Shape(self.name, {f"x{i}": Real(0.0, 1.0) for i in range(self.dimensions)})

    @cached_property
    def target(self) -> float:
        """Near enough: 2 % of the way from the optimum to the mean of random points."""
        points = np.random.default_rng(0).random((20_000, self.dimensions))
        mean = float(np.mean([self.value(x, 1.0) for x in points]))
        return self.optimum + _NEAR * (mean - self.optimum)

    def place(self, params: Mapping[str, Any]) -> int:
        """Compute the learning curve of a point; return where it is kept."""
        x = np.array([float(params[name]) for name in self.task.axes])
        shares = np.arange(1, self.epochs + 1) / self.epochs
        curve = np.array([self.value(x, float(share)) for share in shares])
        self.curves.append(curve)
        self.lengths.append(stops(curve, 0, self.epochs))
        return len(self.curves) - 1

    def logs(self, place: int, epoch: int) -> dict[str, float]:
        """What Keras would log after an epoch (from 1)."""
        return {"val_loss": float(self.curves[place][epoch - 1])}

    def steps(self, params: Mapping[str, Any]) -> int:
        """Batches of an epoch."""
        return 1


FUNCTIONS: dict[str, Callable[[], Function]] = {
    "branin": lambda: Function("branin", branin, 2, 0.397887, 1),
    "mf_hartmann3": lambda: Function("mf_hartmann3", _hartmann(_A3, _P3), 3, -3.86278, 27),
    "mf_hartmann6": lambda: Function("mf_hartmann6", _hartmann(_A6, _P6), 6, -3.32237, 27),
}
