"""How each trial of a study is trained."""

from __future__ import annotations

from dataclasses import dataclass

from tuneit.study import EarlyStopping
from tuneit.trials import Objective


@dataclass(frozen=True)
class TrainingPlan:
    """What is the same for every trial.

    `epochs` limits one training; a trial trains `executions` times with different seeds;
    `seed` is the study's; `batch_size` (rows) holds where no hyperparameter says otherwise.
    """

    objective: Objective
    epochs: int
    early_stopping: EarlyStopping | None = None
    executions: int = 1
    seed: int = 0
    batch_size: int = 32
