"""How well a model reproduces whole rows: the images or signals of an autoencoder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tuneit.errors import DataError
from tuneit.errors.wording import counted, score_text
from tuneit.evaluation.images import ROWS, Images, is_image, pictured, pictured_inputs
from tuneit.evaluation.intervals import Interval
from tuneit.evaluation.measures import Measure, measured, record_of
from tuneit.evaluation.notebook import Displayed, Table
from tuneit.evaluation.regression import Targets, refuse_infinite
from tuneit.evaluation.row_bootstrap import score_intervals


@dataclass(frozen=True)
class ReconstructionError:
    """MAE and RMSE over all values of all rows, in the target's unit."""

    mae: float
    rmse: float


@dataclass(frozen=True)
class RowErrors:
    """How the RMSE of single rows spreads: its median, what 5 % of rows exceed, the largest."""

    median: float
    p95: float
    largest: float


@dataclass(frozen=True, eq=False)
class ReconstructionEvaluation(Displayed):
    """The numbers of predicted rows of shape `row_shape`, on `n` rows.

    `baseline` answers the mean training row. `images` are the first rows, where rows are images:
    input (unless it is the truth), truth, prediction.
    """

    n: int
    row_shape: tuple[int, ...]
    scores: ReconstructionError
    baseline: ReconstructionError
    rows: RowErrors
    images: tuple[Images, ...] = ()
    measures: tuple[Measure, ...] = ()

    task = "reconstruction"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `summary.json` gives it; without the images."""
        return {
            "task": self.task,
            "n": self.n,
            "row_shape": list(self.row_shape),
            **asdict(self.scores),
            "baseline": asdict(self.baseline),
            "rmse_of_rows": asdict(self.rows),
            "metrics": record_of(self.measures),
        }

    def headline(self) -> str:
        """The main numbers beside the trivial predictor's, in one line."""
        return (
            f"reconstruction error MAE {score_text(self.scores.mae)}, "
            f"RMSE {score_text(self.scores.rmse)} on {counted(self.n, 'row')} (always the mean "
            f"row: MAE {score_text(self.baseline.mae)}, RMSE {score_text(self.baseline.rmse)})"
        )

    def _table(self) -> Table:
        rows = [
            ["all values", score_text(self.scores.mae), score_text(self.scores.rmse)],
            ["the mean row", score_text(self.baseline.mae), score_text(self.baseline.rmse)],
        ]
        return ("", "MAE", "RMSE"), rows


def evaluate_reconstruction(
    y_true: Any, y_pred: Any, y_train: Any = None, *, inputs: Any = None
) -> ReconstructionEvaluation:
    """Compare predicted rows with true ones.

    All are of shape (rows, …), in the target's unit; predictions may have other axes with as many
    values. Without `y_train` the mean row is that of `y_true`. `inputs` are the features of the
    same rows, drawn where they are images and are not the truth.

    Raises DataError where shapes do not fit, rows are missing, or a prediction is not finite.
    """
    true = np.asarray(y_true, dtype=np.float64)
    predicted = np.asarray(y_pred, dtype=np.float64)
    if true.size != predicted.size or not true.size or len(true) != len(predicted):
        raise DataError(
            "an evaluation needs predictions of the truth's shape, and at least one row, "
            f"but got {predicted.shape} and {true.shape}"
        )
    predicted = predicted.reshape(true.shape)
    refuse_infinite(predicted)
    train = true if y_train is None else np.asarray(y_train)
    mean = train.reshape(-1, *true.shape[1:]).mean(axis=0, dtype=np.float64)
    own, baseline = _error(true, predicted), _error(true, mean)
    by_row = np.sqrt(np.square(true - predicted).reshape(len(true), -1).mean(axis=1))
    median, high = np.percentile(by_row, [50, 95])
    return ReconstructionEvaluation(
        n=len(true),
        row_shape=true.shape[1:],
        scores=own,
        baseline=baseline,
        rows=RowErrors(float(median), float(high), float(by_row.max())),
        images=_images(true, predicted, inputs),
        measures=measured(asdict(own), asdict(baseline), _intervals(true - predicted)),
    )


def _intervals(residuals: Targets) -> dict[str, Interval]:
    flat = residuals.reshape(len(residuals), -1)
    ones = np.ones(len(flat))
    sums = np.column_stack([np.abs(flat).mean(axis=1), np.square(flat).mean(axis=1), ones])
    return score_intervals(
        sums,
        lambda s: {"mae": s[:, 0] / s[:, 2], "rmse": np.sqrt(s[:, 1] / s[:, 2])},
    )


def _error(true: Targets, predicted: Targets) -> ReconstructionError:
    residuals = true - predicted
    return ReconstructionError(
        float(np.abs(residuals).mean()), float(np.sqrt(np.square(residuals).mean()))
    )


def _images(true: Targets, predicted: Targets, inputs: Any) -> tuple[Images, ...]:
    if not is_image(true.shape[1:]):
        return ()
    shown = true[:ROWS]
    low, high = float(shown.min()), float(shown.max())
    same = np.shape(inputs) == true.shape and np.allclose(inputs[:ROWS], shown)
    return (
        *(() if same else pictured_inputs(inputs)),
        pictured("truth", true, low, high),
        pictured("prediction", predicted, low, high),
    )
