"""A study together with what it needs to run: builder, data, search space and folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.ledger import Ledger
from tuneit.ledger.study_folder import StudyFolder
from tuneit.space import SearchSpace
from tuneit.study import Study
from tuneit.trials import Objective
from tuneit.workbench.data_facts import DataFacts
from tuneit.workbench.fingerprint import Fingerprint

if TYPE_CHECKING:
    from tuneit.data.dataset import Dataset
    from tuneit.training.builders.builder import Builder
    from tuneit.training.plan import TrainingPlan
    from tuneit.training.recipe import Recipe

MEMORY = "memory:"
"""What stands before `data.function` in a study whose data were given in Python."""


@dataclass(frozen=True)
class PreparedStudy:
    """Holds a study's builder, data, folder and search space.

    The study's paths are relative to `root`, an absolute folder. `space` holds the hyperparameters
    that the builder asks for when all have default values; trials may add others. `callbacks` are
    the study's, and functions given in Python that have no `file.py:name`.
    """

    study: Study
    root: Path
    folder: StudyFolder
    builder: Builder
    dataset: Dataset
    space: SearchSpace
    callbacks: tuple[str | Callable[..., Any], ...] = ()

    @property
    def objective(self) -> Objective:
        """The study's primary objective."""
        return self.study.objectives[0]

    @property
    def others(self) -> tuple[Objective, ...]:
        """The objectives beside the primary one."""
        return self.study.objectives[1:]

    @property
    def is_in_files(self) -> bool:
        """Whether another process can load builder and data; if not, they were given in Python."""
        function = str(getattr(self.study.data, "function", ""))
        return self.builder.root is not None and not function.startswith(MEMORY)

    @property
    def recipe(self) -> Recipe:
        """Builder, space, data and plan in one value, as trainers take them."""
        from tuneit.training.recipe import Recipe

        return Recipe(self.builder, self.space, self.dataset, self.plan, self.folder.models)

    @property
    def plan(self) -> TrainingPlan:
        """How each trial is trained."""
        from tuneit.training.plan import TrainingPlan

        return TrainingPlan(
            objective=self.objective,
            epochs=self.study.budget.epochs,
            early_stopping=self.study.early_stopping,
            executions=self.study.budget.executions * max(1, len(self.dataset.folds)),
            seed=self.study.seed,
            batch_size=self.study.batch_size,
            steps_per_epoch=self.study.steps_per_epoch,
            deterministic=self.study.deterministic,
            max_parameters=self.study.constraints.max_parameters,
            max_seconds=self.study.constraints.max_seconds,
            callbacks=self.callbacks,
            others=self.others,
            target_scaler=self.dataset.target_scaler,
        )

    @cached_property
    def data(self) -> DataFacts:
        """The dataset's description, the findings of its checks, and its fingerprint."""
        return DataFacts.of(self.dataset)

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """Digests of the user's code as it is now, and the structure of its model."""
        return Fingerprint.of(self)

    def ledger(self, note: Callable[[str], None] = lambda sentence: None) -> Ledger:
        """Open the study's ledger for writing; the caller closes it.

        `note` shows that a write waits for the database. Raises InputError where the study's folder
        has files that tuneit did not make.
        """
        self.folder.claim()
        study, folder = self.study, self.folder.path
        return Ledger.open(study.storage, folder, study.name, self.objective, self.others, note)
