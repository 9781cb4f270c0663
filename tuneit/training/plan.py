"""How each trial of a study is trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tuneit.data.target_scale import TargetScaler
from tuneit.errors.wording import figures
from tuneit.study import EarlyStopping
from tuneit.training.fitting.plateau import ReduceOnPlateau
from tuneit.trials import Objective

COHORT_SIZE = 64
"""Executions that a cohort holds at most."""


@dataclass(frozen=True)
class TrainingPlan:
    """The settings that are the same for every trial.

    `epochs` limits one execution; a trial has `executions` executions, with different seeds;
    `seed` is the study's; `batch_size` (rows) applies unless a hyperparameter `batch_size` exists.
    An epoch has `steps_per_epoch` batches, or all rows once where that is None. `deterministic`
    asks TensorFlow for operations that give the same numbers each time.
    A model of more than `max_parameters` weights is refused; a trial that has taken more than
    `max_seconds` ends after the current epoch. `callbacks` are functions that
    make Keras callbacks, or references to such; `plateau` lets the learning rate fall where there
    is no progress, which cohorts can do, too. `objective` decides the best epoch and, unless it
    monitors another metric, early stopping; `others` are objectives that are measured too.
    Metrics of targets that `target_scaler` scaled are given back in the targets' own unit.
    """

    objective: Objective
    epochs: int
    early_stopping: EarlyStopping | None = None
    executions: int = 1
    seed: int = 0
    batch_size: int = 32
    steps_per_epoch: int | None = None
    deterministic: bool = False
    max_parameters: int | None = None
    max_seconds: float | None = None
    callbacks: tuple[str | Callable[..., Any], ...] = ()
    plateau: ReduceOnPlateau | None = None
    others: tuple[Objective, ...] = ()
    target_scaler: TargetScaler | None = None

    def in_unit(self, row: dict[str, float]) -> dict[str, float]:
        """An epoch's metrics in the unit of the targets."""
        if self.target_scaler is None:
            return row
        scaler = self.target_scaler
        return {name: scaler.metric_in_unit(name, value) for name, value in row.items()}

    def refusal(self, parameters: int) -> str | None:
        """The reason not to train a model with this number of weights, or None."""
        if self.max_parameters is None or parameters <= self.max_parameters:
            return None
        return (
            f"refused: the model has {parameters:,} parameters, but "
            f"constraints.max_parameters is {self.max_parameters:,}"
        )

    def overtime(self, seconds: float) -> str | None:
        """The reason to end a trial that has taken this many seconds, or None."""
        if self.max_seconds is None or seconds <= self.max_seconds:
            return None
        return (
            f"it took {figures(seconds, 3)} s, but constraints.max_seconds is {self.max_seconds:g}"
        )
