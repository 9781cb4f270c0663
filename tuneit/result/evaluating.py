"""Evaluating the best model on the test split, once in each search."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.errors import BuilderError, DataError, TuneitError
from tuneit.errors.wording import counted
from tuneit.evaluation import Evaluation
from tuneit.result.final_evaluation import FinalEvaluation
from tuneit.trials import Trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuneit.data.dataset import Dataset

Tested = tuple[Any, "Dataset"]
"""A trained Keras model and the dataset whose test split it is measured on."""


class BestModelEvaluation:
    """The evaluation of one best trial, and the file that keeps it.

    `best` is the best complete trial, or None; `ended` the number of trials that have ended; `data`
    the data's fingerprint; `interrupted` whether Ctrl-C ended the search.
    """

    def __init__(
        self, file: Path, best: Trial | None, *, ended: int, data: str, interrupted: bool
    ) -> None:
        self._file, self._best = file, best
        self._ended, self._data, self._interrupted = ended, data, interrupted
        self._failure = ""

    @cached_property
    def final(self) -> FinalEvaluation | None:
        """The last evaluation of this study, be it of this best trial or of an earlier one."""
        return FinalEvaluation.load(self._file)

    @property
    def evaluation(self) -> Evaluation | None:
        """The best trial's evaluation; None where it has not been evaluated."""
        final = self.final
        return final.evaluation if final and final.is_of(self._best, self._data) else None

    @property
    def is_of_ended_search(self) -> bool:
        """Whether a search ended with these trials, so that its best model was evaluated."""
        final = self.final
        is_last = final is not None and final.trials == self._ended
        return is_last and self.evaluation is not None and not self._interrupted

    @property
    def untested(self) -> str:
        """A sentence that says why there is no evaluation."""
        if self._failure:
            return self._failure
        if self.final is None:
            return (
                "The best model has not been evaluated on the test split: `tuneit search` does so "
                "when the search has ended."
            )
        return (
            f"The test split was last looked at after {counted(self.final.trials, 'trial')}, with "
            f"the model of trial {self.final.trial}. The present best model is evaluated when the "
            "search has ended."
        )

    def conclude(self, load: Callable[[], Tested]) -> None:
        """Evaluate the best model when a search has ended.

        Nothing is done where a search ended with these trials before. An error is not raised:
        `untested` says it, and the report shows it.
        """
        if self._best is None or self.is_of_ended_search:
            return
        try:
            self.look(load)
        except TuneitError as error:
            self._failure = f"{error}."

    def look(self, load: Callable[[], Tested]) -> Evaluation:
        """Evaluate the model that `load` gives, keep the evaluation, and count it.

        Raises BuilderError where the model cannot predict the rows of the test split.
        """
        from tuneit.training.saving.prediction import evaluate_on_test
        from tuneit.training.user_code.error_text import describe

        assert self._best is not None
        model, dataset = load()
        if not len(dataset.test):
            raise DataError(
                "no rows were kept for a test (test: 0), so that there are none to evaluate the "
                "best model on"
            )
        try:
            found = evaluate_on_test(model, dataset)
        except Exception as error:  # of the user's model
            raise BuilderError(
                "the best model cannot be measured on the rows of the test split as they are: "
                f"{describe(error)}; best_model() gives it to you"
            ) from error
        self.final = FinalEvaluation(
            trial=self._best.number,
            score=self._best.score,
            trials=self._ended,
            data=self._data,
            looks=1 + (self.final.looks if self.final is not None else 0),
            evaluation=found,
        )
        self.final.save(self._file)
        return found
