"""The trainer that trains one proposal after another in this process."""

from __future__ import annotations

from collections.abc import Iterator

from tuneit.search.protocols import Observer
from tuneit.training.fitting.execution import train_proposal
from tuneit.training.fitting.session import short_collections
from tuneit.training.recipe import Recipe
from tuneit.training.user_code.process_exit import note_process_exit
from tuneit.trials import Proposal, Trial


class SingleTrainer:
    """Trains proposals one at a time; implements `Trainer`.

    The same proposal gives the same curve, whatever was trained before it in this process: each
    starts from a cleared Keras session with its own seed. A model that the observer keeps is saved
    in the recipe's `models` as `0007.keras`, with the weights of its best epoch.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe

    def train(self, proposals: Iterator[Proposal], observer: Observer) -> Iterator[Trial]:
        """Yield each trial as it ends; failed ones are yielded, not raised.

        Raises ObjectiveError at the first epoch where the model does not report the objective, and
        CallbackError where the study's callbacks cannot be made for the first trial.
        """
        with short_collections():
            for proposal in proposals:
                observer.started(proposal)
                with note_process_exit(self._recipe.note, proposal.number):
                    trial = train_proposal(self._recipe, proposal, observer)
                self._recipe = self._recipe.with_late(trial)
                yield trial
