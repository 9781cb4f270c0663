"""How good a regression is on rows that it has not seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors import DataError
from tuneit.errors.wording import counted, score_text
from tuneit.evaluation.class_rows import read_weight
from tuneit.evaluation.error_measures import QuantileErrors, by_quantile, error_measures
from tuneit.evaluation.measures import Measure, measure_table, record_of, value_text
from tuneit.evaluation.notebook import Displayed, Table
from tuneit.evaluation.row_inputs import RowInputs
from tuneit.evaluation.segments import Segments, weak_segments
from tuneit.evaluation.worst_rows import WorstRows, worst_of_numbers

Targets = NDArray[np.float64]

ROUNDING = 1e-12
"""An R² below this in size is 0: it is a difference from 1, of which so much is rounding."""


@dataclass(frozen=True)
class RegressionScores:
    """MAE and RMSE in the target's unit; `r2` at most 1, None for one row or a constant truth."""

    mae: float
    rmse: float
    r2: float | None

    def __str__(self) -> str:
        errors = f"MAE {score_text(self.mae)}, RMSE {score_text(self.rmse)}"
        return f"{errors}, R² {value_text(self.r2, 'undefined')}"


@dataclass(frozen=True)
class ResidualSummary:
    """Residuals (truth − prediction) in the target's unit; `p05` and `p95` are 5 % and 95 %."""

    mean: float
    std: float
    median: float
    p05: float
    p95: float
    largest: float


@dataclass(frozen=True)
class OutputScores:
    """One output of the model: its scores beside those of the mean of its training targets."""

    name: str
    scores: RegressionScores
    baseline: RegressionScores
    residuals: ResidualSummary
    by_quantile: tuple[QuantileErrors, ...] = ()


@dataclass(frozen=True, eq=False)
class RegressionEvaluation(Displayed):
    """A regression's numbers on `n` rows; scikit-learn's definitions throughout.

    `scores` and `baseline` (always answering the mean of the training targets) average over the
    outputs, as scikit-learn's `uniform_average` does. `y_true` and `y_pred` have shape
    (rows, outputs), in the target's unit. `measures` has more
    scores, with intervals.
    """

    n: int
    scores: RegressionScores
    baseline: RegressionScores
    outputs: tuple[OutputScores, ...]
    y_true: Targets
    y_pred: Targets
    measures: tuple[Measure, ...] = ()
    worst: WorstRows | None = None
    segments: Segments | None = None

    task = "regression"

    @property
    def residuals(self) -> Targets:
        """Truth − prediction, shape (rows, outputs)."""
        return self.y_true - self.y_pred

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `summary.json` gives it; without the rows."""
        return {
            "task": self.task,
            "n": self.n,
            **asdict(self.scores),
            "baseline": asdict(self.baseline),
            "outputs": [asdict(output) for output in self.outputs],
            "metrics": record_of(self.measures),
            "segments": self.segments and self.segments.to_dict(),
            "worst_rows": self.worst and self.worst.to_dict(),
            **{m.name: m.value for m in self.measures if m.name in ("mape", "median_ae")},
        }

    def headline(self) -> str:
        """The main numbers beside the trivial predictor's, in one line."""
        return f"{self.scores} on {counted(self.n, 'row')} (always the mean: {self.baseline})"

    def _more_tables(self) -> Iterable[Table]:
        return [measure_table(self.measures)] if self.measures else []

    def _table(self) -> Table:
        return error_table(self.outputs)


def error_table(outputs: Sequence[OutputScores]) -> Table:
    """The errors of each output beside those of the mean."""
    return ("output", "MAE", "RMSE", "R²", "MAE of the mean", "RMSE of the mean"), [
        [
            o.name,
            *map(value_text, (o.scores.mae, o.scores.rmse, o.scores.r2)),
            *map(value_text, (o.baseline.mae, o.baseline.rmse)),
        ]
        for o in outputs
    ]


def evaluate_regression(
    y_true: Any,
    y_pred: Any,
    y_train: Any = None,
    output_names: Sequence[str] = (),
    *,
    weight: Any = None,
    inputs: RowInputs | None = None,
) -> RegressionEvaluation:
    """Compare a regression's predictions with the truth.

    All three are of shape (rows,) or (rows, outputs), in the target's unit. Without `y_train`
    the mean predictor uses the mean of `y_true`. `weight` (rows,) says how much each row counts;
    rows of the weight 0 are left out. `inputs` are those of the rows: weak segments
    and the worst rows are shown by them.

    Raises DataError where shapes differ, rows are missing, or a prediction is not finite.
    """
    true, predicted = columns_of(y_true), columns_of(y_pred)
    train = true if y_train is None else columns_of(y_train)
    if true.shape != predicted.shape or not len(true):
        raise DataError(
            "an evaluation needs predictions of the truth's shape, and at least one row, "
            f"but got {predicted.shape} and {true.shape}"
        )
    refuse_infinite(predicted)
    weighted = None if weight is None else read_weight(weight, len(true))
    if weighted is not None:
        kept = np.flatnonzero(weighted)
        true, predicted, weighted = true[kept], predicted[kept], weighted[kept]
        inputs = inputs and inputs.take(kept)
    trivial = np.broadcast_to(train.mean(axis=0), true.shape)
    names = column_names(true.shape[1], output_names)
    return RegressionEvaluation(
        n=len(true),
        scores=error_scores(true, predicted, weighted),
        baseline=error_scores(true, trivial, weighted),
        outputs=scores_by_column(true, predicted, trivial, names, weighted),
        y_true=true,
        y_pred=predicted,
        measures=error_measures(true, predicted, trivial, weighted),
        worst=worst_of_numbers(true, predicted, inputs or RowInputs()),
        segments=weak_segments(
            inputs.columns if inputs else (),
            np.abs(true - predicted).mean(axis=1),
            are_errors=True,
        ),
    )


def column_names(count: int, given: Sequence[str] = ()) -> tuple[str, ...]:
    """Names of the columns of a target; those without one are numbered."""
    numbered = ("target",) if count == 1 else tuple(f"output {i}" for i in range(count))
    return (*map(str, given[:count]), *numbered[len(given) :])


def scores_by_column(
    true: Targets,
    predicted: Targets,
    trivial: Targets,
    names: Sequence[str],
    weight: Targets | None = None,
) -> tuple[OutputScores, ...]:
    """Scores of each column of arrays of shape (rows, columns)."""
    return tuple(
        OutputScores(
            name,
            error_scores(true[:, [i]], predicted[:, [i]], weight),
            error_scores(true[:, [i]], trivial[:, [i]], weight),
            summary_of(true[:, i] - predicted[:, i]),
            by_quantile(true[:, i], predicted[:, i], trivial[:, i]),
        )
        for i, name in enumerate(names)
    )


def refuse_infinite(predicted: Targets) -> None:
    """Raise DataError where some row, the first axis, is not finite."""
    bad = int((~np.isfinite(predicted.reshape(len(predicted), -1))).any(axis=1).sum())
    if bad:
        raise DataError(
            f"the model predicts NaN or infinity for {bad} of {len(predicted)} rows; it has "
            "diverged, so lower the learning rate or clip gradients"
        )


def columns_of(y: Any) -> Targets:
    """Numbers of shape (rows,) or (rows, …) as (rows, columns)."""
    array = np.asarray(y, dtype=np.float64)
    return array.reshape(len(array), -1)


def error_scores(
    true: Targets, predicted: Targets, weight: Targets | None = None
) -> RegressionScores:
    """Scores of predictions of shape (rows, columns), averaged over the columns."""
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    # R² divides by the spread of the truth.
    spread = len(true) > 1 and bool(np.all(np.ptp(true, axis=0) > 0))
    r2 = float(r2_score(true, predicted, sample_weight=weight)) if spread else None
    return RegressionScores(
        mae=float(mean_absolute_error(true, predicted, sample_weight=weight)),
        rmse=float(root_mean_squared_error(true, predicted, sample_weight=weight)),
        r2=0.0 if r2 is not None and abs(r2) < ROUNDING else r2,
    )


def summary_of(residuals: Targets) -> ResidualSummary:
    """Summarise residuals of any shape."""
    low, median, high = np.percentile(residuals, [5, 50, 95])
    return ResidualSummary(
        mean=float(residuals.mean()),
        std=float(residuals.std()),
        median=float(median),
        p05=float(low),
        p95=float(high),
        largest=float(residuals[np.argmax(np.abs(residuals))]),
    )
