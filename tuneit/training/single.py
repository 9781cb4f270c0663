"""The trainer that trains one proposal after another in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tuneit.data.dataset import Dataset
from tuneit.search.protocols import Observer
from tuneit.space import SearchSpace, parameter_from_dict
from tuneit.study import ParameterSpec
from tuneit.training.builders import Builder
from tuneit.training.endings import ending_noted
from tuneit.training.execution import Recipe, train_proposal
from tuneit.training.memory import short_collections
from tuneit.training.plan import TrainingPlan
from tuneit.trials import Proposal, Trial


class SingleTrainer:
    """Trains proposals one at a time; implements `Trainer`.

    The same proposal gives the same curve, whatever was trained before it in this process: each
    starts with cleared state and its own seed. A model that the observer keeps is saved in
    `models` as `0007.keras`, with the weights of its best epoch.
    """

    def __init__(
        self,
        builder: Builder,
        specs: Mapping[str, ParameterSpec],
        space: SearchSpace,
        dataset: Dataset,
        plan: TrainingPlan,
        models: Path,
    ) -> None:
        self._recipe = Recipe(builder, specs, dataset, plan, models)
        self._space = space

    def train(self, proposals: Iterator[Proposal], observer: Observer) -> Iterator[Trial]:
        """Yield each trial as it ends; failed ones are yielded, not raised.

        Raises ObjectiveError at the first epoch where the model does not report the objective, and
        CallbackError where the study's callbacks cannot be made for the first trial.
        """
        with short_collections():
            for proposal in proposals:
                observer.started(proposal)
                with ending_noted(self._recipe.note, proposal.number):
                    trial = train_proposal(self._recipe, self._space, proposal, observer)
                late = [parameter_from_dict(entry) for entry in trial.notes.get("space", ())]
                self._space = self._space.with_parameters(late)
                yield trial
