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
from tuneit.training.builders.location import BuilderLocation
from tuneit.training.fitting.trivial import TrivialScores
from tuneit.training.plan import TrainingPlan
from tuneit.training.saving.checkpoints import Checkpoints
from tuneit.trials import Trial


@dataclass(frozen=True)
class Recipe:
    """What is needed to train any proposal of a study: all trainers take one.

    `space` holds the hyperparameters known so far; `models` is the folder where models are saved;
    files of unfinished trials stand beside it. A recipe can be pickled: the builder is stored as a
    `BuilderLocation`, and is loaded from there.
    """

    builder: Builder
    space: SearchSpace
    dataset: Dataset
    plan: TrainingPlan
    models: Path

    def __reduce__(self) -> tuple[Any, ...]:
        source = BuilderLocation.of(self.builder)
        return _unpickled, (source, self.space, self.dataset, self.plan, self.models)

    @property
    def note(self) -> Path:
        """The file that names the current trial, for the case that the process ends in it."""
        return self.models.parent / ".under_way"

    def checkpoints(self, index: int) -> Checkpoints:
        """The checkpoints of the execution `index` (from 0) of trials that may be resumed."""
        return Checkpoints(self.models.parent / "paused", index)

    @cached_property
    def trivial(self) -> TrivialScores:
        """Scores of constant predictions; trials with the same loss and metrics share them."""
        return TrivialScores(self.dataset, self.plan.objective)

    def with_late(self, trial: Trial) -> Recipe:
        """Return the recipe with the hyperparameters in its space that a trial added."""
        late = trial.facts.late
        return replace(self, space=self.space.with_parameters(late)) if late else self

    def without_test(self) -> Recipe:
        """Return the recipe with an empty test split, which training never sees."""
        empty = self.dataset.test.take(np.arange(0))
        return replace(self, dataset=replace(self.dataset, test=empty))


def _unpickled(source: BuilderLocation, *others: Any) -> Recipe:
    return Recipe(source.load(), *others)
