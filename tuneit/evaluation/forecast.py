"""How good a forecast of several steps is: by column of the target, and by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tuneit.errors import DataError
from tuneit.errors.wording import counted, score_text
from tuneit.evaluation.intervals import Interval
from tuneit.evaluation.measures import Measure, measured, record_of
from tuneit.evaluation.notebook import Displayed, Table
from tuneit.evaluation.regression import (
    OutputScores,
    RegressionScores,
    Targets,
    column_names,
    error_scores,
    error_table,
    refuse_infinite,
    scores_by_column,
)
from tuneit.evaluation.row_bootstrap import score_intervals

_KEPT = 3
"""Rows whose true and predicted course is kept, for a report."""


@dataclass(frozen=True)
class StepScores:
    """Step `step`, from 1: MAE and RMSE over rows and columns, beside those of the mean."""

    step: int
    mae: float
    rmse: float
    baseline_mae: float
    baseline_rmse: float


@dataclass(frozen=True, eq=False)
class ForecastEvaluation(Displayed):
    """The numbers of predictions of shape (rows, steps, columns) on `n` rows.

    `scores` average over the columns, each taken over all rows and steps. The baseline answers the
    mean of the training targets of each step and column. `y_true` and `y_pred` are the first rows.
    """

    n: int
    scores: RegressionScores
    baseline: RegressionScores
    outputs: tuple[OutputScores, ...]
    steps: tuple[StepScores, ...]
    y_true: Targets
    y_pred: Targets
    measures: tuple[Measure, ...] = ()

    task = "forecast"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `summary.json` gives it; without the rows."""
        return {
            "task": self.task,
            "n": self.n,
            **asdict(self.scores),
            "baseline": asdict(self.baseline),
            "outputs": [asdict(output) for output in self.outputs],
            "steps": [asdict(step) for step in self.steps],
            "metrics": record_of(self.measures),
        }

    def headline(self) -> str:
        """The main numbers beside the trivial predictor's, in one line."""
        first, last = self.steps[0], self.steps[-1]
        return (
            f"{self.scores} over {len(self.steps)} steps of {counted(self.n, 'row')} (always the "
            f"mean: {self.baseline}), MAE {score_text(first.mae)} at the first step and "
            f"{score_text(last.mae)} at the last"
        )

    def _table(self) -> Table:
        return error_table(self.outputs)


def evaluate_forecast(
    y_true: Any, y_pred: Any, y_train: Any = None, output_names: Sequence[str] = ()
) -> ForecastEvaluation:
    """Compare predictions of several steps with the truth.

    All are of shape (rows, steps, columns), in the target's unit; predictions may have other axes
    with as many values. Without `y_train` the mean is that of `y_true`.

    Raises DataError where shapes do not fit, rows are missing, or a prediction is not finite.
    """
    true = np.asarray(y_true, dtype=np.float64)
    predicted = np.asarray(y_pred, dtype=np.float64)
    if true.ndim != 3 or true.size != predicted.size or not true.size:
        raise DataError(
            "an evaluation of a forecast needs a truth of shape (rows, steps, columns) and as many "
            f"predictions, but got {true.shape} and {predicted.shape}"
        )
    predicted = predicted.reshape(true.shape)
    refuse_infinite(predicted)
    train = true if y_train is None else np.asarray(y_train, dtype=np.float64)
    trivial = np.broadcast_to(train.reshape(-1, *true.shape[1:]).mean(axis=0), true.shape)
    columns = true.shape[2]
    known, found, constant = (a.reshape(-1, columns) for a in (true, predicted, trivial))
    own, baseline = error_scores(known, found), error_scores(known, constant)
    return ForecastEvaluation(
        n=len(true),
        scores=own,
        baseline=baseline,
        outputs=scores_by_column(known, found, constant, column_names(columns, output_names)),
        steps=tuple(
            StepScores(
                step + 1,
                *_errors(true[:, step] - predicted[:, step]),
                *_errors(true[:, step] - trivial[:, step]),
            )
            for step in range(true.shape[1])
        ),
        y_true=true[:_KEPT].copy(),
        y_pred=predicted[:_KEPT].copy(),
        measures=measured(asdict(own), asdict(baseline), _intervals(true, predicted)),
    )


def _intervals(true: Targets, predicted: Targets) -> dict[str, Interval]:
    """Intervals of what averages over the columns; rows are drawn with all of their steps."""
    centred = true - true.mean(axis=(0, 1))
    parts = (np.abs(true - predicted), np.square(true - predicted), centred, np.square(centred))
    ones = np.ones((len(true), 1))
    sums = np.concatenate([*(part.mean(axis=1) for part in parts), ones], axis=1)

    def scores(drawn: Targets) -> dict[str, Targets]:
        errors, squares, mean, spread = np.split(drawn[:, :-1] / drawn[:, -1:], 4, axis=1)
        variance = spread - np.square(mean)
        explained = np.where(variance > 0, 1 - squares / variance, np.nan)
        return {
            "mae": errors.mean(axis=1),
            "rmse": np.sqrt(squares).mean(axis=1),
            "r2": explained.mean(axis=1),
        }

    return score_intervals(sums, scores)


def _errors(residuals: Targets) -> tuple[float, float]:
    return float(np.abs(residuals).mean()), float(np.sqrt(np.square(residuals).mean()))
