"""The best value so far of each trial at each epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tuneit.trials import Objective, Trial, TrialState


class Scores:
    """The best-so-far series of all trials; an update at an epoch costs only that of one trial."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self._seen: list[Trial] = []
        self._ended: dict[int, tuple[TrialState, NDArray[np.float64]]] = {}
        self._running: dict[int, list[float]] = {}
        self._paused: set[int] = set()
        self._continued: set[int] = set()
        self._settled = 0  # trials before this one have all ended and are known
        self._longest = 0

    def hear(self, number: int, epoch: int, value: float, parent: int | None = None) -> list[float]:
        """Add a running trial's value and return its best values; epoch 1 starts a new series.

        A trial with a `parent` continues the parent's series.
        """
        series = self._running.setdefault(number, [])
        if parent is not None:
            self._continued.add(parent)
            if not series and parent in self._ended:
                series.extend(self._ended[parent][1].tolist())
        del series[epoch - 1 :]
        signed = self.objective.sign * value
        previous = series[-1] if series else -math.inf
        series.extend([previous] * (epoch - 1 - len(series)))
        series.append(max(previous, signed) if not math.isnan(signed) else previous)
        return series

    def read(self, trials: Sequence[Trial]) -> None:
        """Add trials that ended since the last call."""
        if len(trials) < len(self._seen):
            self._seen, self._ended, self._paused, self._continued = [], {}, set(), set()
            self._settled = self._longest = 0
        for index in range(self._settled, len(trials)):
            trial = trials[index]
            if trial.finished and index == self._settled:
                self._settled += 1
            if index < len(self._seen) and self._seen[index] is trial:
                continue
            if trial.finished:
                self._running.pop(trial.number, None)
                series = self._series(trial)
                self._ended[trial.number] = (trial.state, series)
                if trial.state is TrialState.COMPLETE:
                    self._longest = max(self._longest, len(series))
                if trial.memory.epochs is not None and trial.epochs >= trial.memory.epochs:
                    self._paused.add(trial.number)
                if trial.parent is not None and trial.epochs:
                    self._continued.add(trial.parent)
            if index < len(self._seen):
                self._seen[index] = trial
            else:
                self._seen.append(trial)

    def _series(self, trial: Trial) -> NDArray[np.float64]:
        values = None if trial.curve is None else trial.curve.get(self.objective.metric)
        if values is None:
            return np.empty(0)
        signed = self.objective.sign * values
        best: NDArray[np.float64] = np.maximum.accumulate(
            np.where(np.isnan(signed), -np.inf, signed)
        )
        return best

    def at(self, epoch: int, besides: int, *, complete_only: bool = False) -> dict[int, float]:
        """The best values of all other trials that reached this epoch, by number."""
        values = {}
        for number, (state, series) in self._ended.items():
            if number == besides or number in self._continued or not len(series):
                continue
            if state is TrialState.COMPLETE and (
                epoch <= len(series) or number not in self._paused
            ):
                values[number] = float(series[min(epoch, len(series)) - 1])
            elif not complete_only and epoch <= len(series):
                values[number] = float(series[epoch - 1])
        if not complete_only:
            for number, running in self._running.items():
                if number != besides and epoch <= len(running):
                    values[number] = running[epoch - 1]
        return values

    def longest(self) -> int:
        """Epochs of the longest complete trial; 0 if there is none."""
        return self._longest
