"""A table of learning curves that replaces training, and a meter that counts the epochs read."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from quality_tasks import EPOCHS, PATIENCE, TASKS, Task

from tuneit.trials import Objective

POINTS = 0.01
"""How near to the best known accuracy is near enough, where accuracy is the objective."""

_SETUP = 0.7
_STEP = 0.004
"""Seconds that `model.fit` takes around the arithmetic, once and per batch: measured on 2 cores."""


class Searched(Protocol):
    """The interface of a table, or of a function in its place, that a search needs."""

    task: Any
    objective: Objective
    curves: Any
    lengths: Any
    target: float
    epochs: int

    def place(self, params: Mapping[str, Any]) -> int:
        """The row of a configuration."""

    def logs(self, place: int, epoch: int) -> dict[str, float]:
        """What Keras would log after an epoch (from 1)."""

    def steps(self, params: Mapping[str, Any]) -> int:
        """Batches of an epoch."""


@dataclass(frozen=True)
class Table:
    """Learning curves of all configurations of a task.

    `configs` holds places on the task's axes, shape (configurations, hyperparameters).
    """

    task: Task
    objective: Objective
    series: Mapping[str, np.ndarray]
    configs: np.ndarray
    trivial: float
    rows: int
    near: float
    epochs: int = EPOCHS

    @classmethod
    def load(
        cls, folder: Path, name: str, metric: str | None = None, near: float | None = None
    ) -> Table:
        """Read what `tabulate.py` wrote; `metric` and `near` replace the task's own."""
        task = TASKS[name]
        objective = task.objective if metric is None else Objective.named(metric)
        with np.load(folder / f"{name}.npz") as archive:
            arrays = {key: archive[key] for key in archive}
        series = {key: array for key, array in arrays.items() if array.ndim == 2}
        configs = series.pop("configs")
        trivial, rows = float(arrays["trivial"]), int(arrays["rows"])
        return cls(task, objective, series, configs, trivial, rows, near or task.near)

    @cached_property
    def curves(self) -> np.ndarray:
        """The objective, lower better, shape (configurations, epochs); NaN after a failure."""
        return -self.objective.sign * self.series[self.objective.metric].astype(float)

    @cached_property
    def lengths(self) -> np.ndarray:
        """Epochs after which early stopping ends each training."""
        return np.array([stops(curve) for curve in self.curves])

    @cached_property
    def scores(self) -> np.ndarray:
        """The best epoch's objective of trainings that early stopping ends, lower better."""
        best = [
            np.nan if np.isnan(curve[:end]).any() else curve[:end].min()
            for curve, end in zip(self.curves, self.lengths, strict=True)
        ]
        return np.array(best)

    @cached_property
    def target(self) -> float:
        """The score that is near enough, lower better."""
        best = float(np.nanmin(self.scores))
        share = POINTS if self.objective.maximize else self.near * (self.trivial - best)
        return best + share

    @cached_property
    def _places(self) -> dict[tuple[int, ...], int]:
        return {tuple(row): place for place, row in enumerate(self.configs.tolist())}

    def place(self, params: Mapping[str, Any]) -> int:
        """The row of a configuration; numbers go to the nearest value of their axis."""
        at = []
        for name, values in self.task.axes.items():
            value = params[name]
            if value in values:
                at.append(values.index(value))
            elif name in ("layers", "dropout"):
                at.append(int(np.argmin(np.abs(np.array(values) - value))))
            else:
                logs = np.log(np.array(values, float))
                at.append(int(np.argmin(np.abs(logs - math.log(value)))))
        return self._places[tuple(at)]

    def logs(self, place: int, epoch: int) -> dict[str, float]:
        """What Keras would log after an epoch (from 1)."""
        return {name: float(values[place, epoch - 1]) for name, values in self.series.items()}

    def steps(self, params: Mapping[str, Any]) -> int:
        """Batches of an epoch."""
        return -(-self.rows // int(params["batch_size"]))


def stops(curve: np.ndarray, begin: int = 0, end: int = EPOCHS) -> int:
    """The epoch after which a training from `begin` to `end` stops: patience, or a NaN."""
    best, waited = math.inf, 0
    for epoch in range(begin, end):
        if math.isnan(curve[epoch]):
            return epoch + 1
        if curve[epoch] < best:
            best, waited = curve[epoch], 0
        else:
            waited += 1
            if waited >= PATIENCE:
                return epoch + 1
    return end


@dataclass
class Meter:
    """Counts what a search spends until its incumbent is near enough.

    The incumbent is the best of the trials that the tool itself lets compete. Seconds are those
    that `model.fit` would take for the epochs, by a cost per training and per batch, and the
    processor time of the tool itself.
    """

    table: Searched
    most_epochs: int
    epochs: int = 0
    trials: int = 0
    seconds: float = 0.0
    there: bool = False
    _began: float = field(default_factory=time.process_time)

    def spend(self, params: Mapping[str, Any], epochs: int) -> None:
        """A training took so many epochs."""
        self.epochs += epochs
        self.trials += 1
        self.seconds += _SETUP + _STEP * epochs * self.table.steps(params)

    def found(self, score: float) -> None:
        """A trial competes with this score, lower better."""
        self.there = self.there or score <= self.table.target

    @property
    def over(self) -> bool:
        """Whether the search need not go on."""
        return self.there or self.epochs >= self.most_epochs

    def spent(self) -> Spent:
        """The result of the search."""
        seconds = self.seconds + time.process_time() - self._began
        return Spent(self.there, self.epochs, self.trials, round(seconds, 3))


class Spent(NamedTuple):
    """The cost of a search, and whether it found a good enough model."""

    there: bool
    epochs: int
    trials: int
    seconds: float
