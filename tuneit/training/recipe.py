"""What all trials of a study share, as one value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tuneit.data.dataset import Dataset
from tuneit.space import SearchSpace
from tuneit.training.builders.builder import Builder
from tuneit.training.builders.location import BuilderSource
from tuneit.training.fitting.trivial import TrivialScores
from tuneit.training.plan import TrainingPlan
from tuneit.training.saving.checkpoints import Paused
from tuneit.trials import Trial


@dataclass(frozen=True)
class Recipe:
    """What is needed to train any proposal of a study: all trainers take one.

    `space` holds the hyperparameters known so far; `models` is the folder where models are saved,
    and files of unfinished trainings stand beside it. A recipe can be pickled: the builder is
    stored as the place where it is found, and is loaded from there (see `BuilderSource`).
    """

    builder: Builder
    space: SearchSpace
    dataset: Dataset
    plan: TrainingPlan
    models: Path

    def __reduce__(self) -> tuple[Any, ...]:
        source = BuilderSource.of(self.builder)
        return _unpickled, (source, self.space, self.dataset, self.plan, self.models)

    @property
    def note(self) -> Path:
        """The file that names the trial under way, should the process end in it."""
        return self.models.parent / ".under_way"

    def paused(self, index: int) -> Paused:
        """Where trials leave the weights of their training `index` (from 0) when they pause."""
        return Paused(self.models.parent / "paused", index)

    @cached_property
    def trivial(self) -> TrivialScores:
        """The scores of models that ignore their input; trials with the same loss share them."""
        return TrivialScores(self.dataset, self.plan.objective)

    def with_late(self, trial: Trial) -> Recipe:
        """Return the recipe with the hyperparameters in its space that a trial met late."""
        late = trial.facts.late
        return replace(self, space=self.space.with_parameters(late)) if late else self

    def without_test(self) -> Recipe:
        """Return the recipe with no rows in the test split, which training never sees."""
        empty = self.dataset.test.take(np.arange(0))
        return replace(self, dataset=replace(self.dataset, test=empty))


def _unpickled(source: BuilderSource, *others: Any) -> Recipe:
    return Recipe(source.load(), *others)
