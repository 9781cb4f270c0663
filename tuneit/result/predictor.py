"""A trained model with its pipeline: takes raw rows, gives predictions or an evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneit.data.dataset import Array, Dataset, Split
from tuneit.data.nested import NO_TARGETS
from tuneit.data.output import Output
from tuneit.data.outputs import task_of
from tuneit.data.pipeline import Pipeline, RawRows, load_pipeline, pipeline_file
from tuneit.data.pipeline.rows import as_rows
from tuneit.errors import BuilderError, TuneitError
from tuneit.evaluation import Evaluation
from tuneit.result.predictions import Predictions, named_predictions
from tuneit.training.saving.prediction import evaluate_on_test, load_model, predict
from tuneit.training.user_code.error_text import describe


@dataclass(frozen=True, eq=False)
class Predictor:
    """A trained `keras.Model` and the pipeline that it was trained with.

    Rows are given as a path (.csv, .npz, a folder of pictures), a DataFrame, a list of dicts, or
    arrays in the form that the model was trained on.
    """

    model: Any
    pipeline: Pipeline

    @classmethod
    def of_file(cls, model: Path) -> Predictor:
        """Load a saved model (.keras) and the pipeline beside it (`best.pipeline.json`).

        Raises BuilderError where the model cannot be loaded, DataError where there is no pipeline.
        """
        return cls(load_model(model), load_pipeline(pipeline_file(model)))

    def predict(self, rows: Any) -> Predictions:
        """Predict raw rows. Raises DataError, with the row, for rows that the model cannot take."""
        from tuneit.training.saving.comparison import by_output

        raw = as_rows(self.pipeline, rows)
        x, notes = self.pipeline.features(raw.x, raw.where)
        predicted = self._computed(lambda: predict(self.model, x), raw)
        outputs = tuple(
            named_predictions(output, head, self._in_unit(output, array))
            for output, _, head, array in by_output(self.model, self.pipeline.outputs, predicted)
        )
        return Predictions(outputs, raw.names, notes)

    def _in_unit(self, output: Output, array: Array) -> Array:
        scaler = self.pipeline.target_scaler
        return array if scaler is None else scaler.in_unit(output, array)

    def evaluate(self, rows: Any, trained_on: Split | None = None) -> Evaluation:
        """Evaluate on rows with their targets: a path, or a pair (x, y); on x alone without.

        `trained_on` are the training rows, whose targets decide the trivial answers; without them
        these are fitted to the rows themselves. Raises DataError, with the row, for rows that the
        model cannot take and for classes that it does not know.
        """
        outputs = self.pipeline.outputs
        raw = as_rows(self.pipeline, rows, with_targets=bool(outputs))
        x, _ = self.pipeline.features(raw.x, raw.where)
        tested = Split(x, self.pipeline.targets(raw.y, raw.where) if outputs else NO_TARGETS)
        data = Dataset(
            name=raw.where,
            task=task_of(outputs),
            train=trained_on or tested,
            validation=tested,
            test=tested,
            outputs=outputs,
            target_scaler=self.pipeline.target_scaler,
        )
        found: Evaluation = self._computed(lambda: evaluate_on_test(self.model, data), raw)
        return found

    def _computed(self, compute: Any, raw: RawRows) -> Any:
        try:
            return compute()
        except TuneitError:
            raise
        except Exception as error:  # of the model
            raise BuilderError(
                f"the model cannot predict the rows of {raw.where}: {describe(error)}"
            ) from error
