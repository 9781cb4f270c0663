"""Evaluate the best model on the test split, once in each search."""

from __future__ import annotations

from dataclasses import replace
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
    from tuneit.findings import Finding
    from tuneit.result.search_result import SearchResult

_BATCH = 256

Tested = tuple[Any, "Dataset"]
"""A trained Keras model and the dataset whose test split it is measured on."""


class BestModelEvaluation:
    """The evaluation of the best trial, and the file that stores it.

    `best` is the best complete trial, or None; `ended` the number of trials that have ended; `data`
    the data's fingerprint; `interrupted` whether Ctrl-C ended the search.
    """

    def __init__(
        self, file: Path, best: Trial | None, *, ended: int, data: str, interrupted: bool
    ) -> None:
        self._file, self._best = file, best
        self._ended, self._data, self._interrupted = ended, data, interrupted
        self._failure = ""

    @classmethod
    def of(cls, result: SearchResult) -> BestModelEvaluation:
        """That of a search's best trial."""
        return cls(
            result.folder.evaluation,
            result.best_or_none,
            ended=sum(trial.finished and not trial.interrupted for trial in result.trials),
            data=result.data.fingerprint,
            interrupted=result.interrupted,
        )

    @cached_property
    def final(self) -> FinalEvaluation | None:
        """The last evaluation of this study, of this best trial or of an earlier one."""
        return FinalEvaluation.load(self._file)

    @property
    def evaluation(self) -> Evaluation | None:
        """The best trial's evaluation; None where it has not been evaluated."""
        final = self.final
        return final.evaluation if final and final.is_of(self._best, self._data) else None

    @property
    def is_of_ended_search(self) -> bool:
        """Whether a search ended with just these trials, and evaluated its best model."""
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
                "when it ends."
            )
        return (
            f"The test split was last used after {counted(self.final.trials, 'trial')}, for "
            f"the model of trial {self.final.trial}. The current best model is evaluated when the "
            "search ends."
        )

    def conclude(self, load: Callable[[], Tested]) -> None:
        """Evaluate the best model when a search has ended.

        Does nothing if a search has ended with these trials before. An error is not raised;
        `untested` returns it, and the report shows it.
        """
        if self._best is None or self.is_of_ended_search:
            return
        try:
            self.look(load)
        except TuneitError as error:
            self._failure = f"{error}."

    def look(self, load: Callable[[], Tested]) -> Evaluation:
        """Evaluate the model that `load` returns, store the evaluation, and count it.

        Raises BuilderError if the model cannot predict the rows of the test split.
        """
        from tuneit.training.saving.prediction import evaluate_on_test
        from tuneit.training.user_code.error_text import describe

        assert self._best is not None
        model, dataset = load()
        if not len(dataset.test):
            raise DataError(
                "the best model cannot be evaluated, because no rows were kept for a test split: "
                "search with a test share above 0, or with test rows of their own"
            )
        try:
            found = evaluate_on_test(model, dataset, use_validation=True)
        except Exception as error:  # of the user's model
            raise BuilderError(
                "the best model cannot be evaluated on the rows of the test split: "
                f"{describe(error)}; best_model() returns it to you"
            ) from error
        self.final = FinalEvaluation(
            trial=self._best.number,
            score=self._best.score,
            trials=self._ended,
            data=self._data,
            looks=1 + (self.final.looks if self.final is not None else 0),
            evaluation=found,
            metrics=_reported(model, dataset),
        )
        self.final.save(self._file)
        return found

    def count_look(self) -> None:
        """Count a comparison of other models on the test rows, as an evaluation counts."""
        assert self._best is not None
        known = self.final or FinalEvaluation(
            self._best.number, self._best.score, self._ended, self._data, 0, None
        )
        self.final = replace(known, looks=known.looks + 1)
        self.final.save(self._file)


def _reported(model: Any, dataset: Dataset) -> dict[str, float]:
    """The compiled model's own losses and metrics on the test split; empty where it has none.

    Metrics of scaled targets are in the targets' own unit.
    """
    from tuneit.training.saving.reported import reported_on_test

    if not getattr(model, "compiled", False):
        return {}
    try:
        found = reported_on_test(model, dataset, _BATCH)
        scaler = dataset.target_scaler
        if scaler is None:
            return found
        return {name: scaler.metric_in_unit(name, value) for name, value in found.items()}
    except Exception:  # of the user's model or metric: the evaluation stands without
        return {}


def tested_model_of(result: SearchResult) -> Tested:
    """The best model, and the data; with folds, the validation rows are those of its fold."""
    training = result.best.best_training(result.objective) or 0
    return result.best_model(), result.prepared.dataset.of_execution(training)


def objective_on_test(result: SearchResult) -> float | None:
    """The objective's metric on the test split, as the best model itself reports it.

    None where it has not been evaluated, or does not report this metric.
    """
    final = result.final_evaluation
    if final is None or result.evaluation is None:
        return None
    return final.metrics.get(result.objective.metric.removeprefix("val_"))


def findings_on_test_of(result: SearchResult) -> tuple[Finding, ...]:
    """Findings of the stored evaluation on the test split."""
    from tuneit.curves.series_names import canonical
    from tuneit.evaluation import findings_on_test

    if result.evaluation is None:
        return ()
    metric = result.objective.metric
    is_accuracy = metric.startswith("val_") and canonical(metric) == "accuracy"
    accuracy = result.best_score if is_accuracy else None
    return findings_on_test(result.evaluation, accuracy, result.data.scored_rows)
