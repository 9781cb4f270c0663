"""How good a regression is on rows that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors import DataError

Targets = NDArray[np.float64]


@dataclass(frozen=True)
class RegressionScores:
    """MAE and RMSE in the target's unit; `r2` at most 1, None for one row or a constant truth."""

    mae: float
    rmse: float
    r2: float | None


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


@dataclass(frozen=True, eq=False)
class RegressionEvaluation:
    """A regression's numbers on `n` rows; scikit-learn's definitions throughout.

    `scores` and `baseline` (always answering the mean of the training targets) average over the
    outputs, as scikit-learn's `uniform_average` does. `y_true` and `y_pred` have shape
    (rows, outputs), in the target's unit.
    """

    n: int
    scores: RegressionScores
    baseline: RegressionScores
    outputs: tuple[OutputScores, ...]
    y_true: Targets
    y_pred: Targets

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
        }

    def headline(self) -> str:
        """The main numbers beside the trivial predictor's, in one line."""
        return (
            f"MAE {self.scores.mae:.4g}, RMSE {self.scores.rmse:.4g}, R² {_text(self.scores.r2)} "
            f"on {self.n} rows (always the mean: MAE {self.baseline.mae:.4g}, "
            f"RMSE {self.baseline.rmse:.4g}, R² {_text(self.baseline.r2)})"
        )

    def __str__(self) -> str:
        return self.headline()

    def _repr_html_(self) -> str:
        head = "".join(
            f"<th scope='col'>{name}</th>"
            for name in ("output", "MAE", "RMSE", "R²", "MAE of the mean", "RMSE of the mean")
        )
        rows = "".join(
            f"<tr><th scope='row'>{escape(o.name)}</th><td>{o.scores.mae:.4g}</td>"
            f"<td>{o.scores.rmse:.4g}</td><td>{_text(o.scores.r2)}</td>"
            f"<td>{o.baseline.mae:.4g}</td><td>{o.baseline.rmse:.4g}</td></tr>"
            for o in self.outputs
        )
        return (
            f"<p>{escape(str(self))}</p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )


def evaluate_regression(
    y_true: Any, y_pred: Any, y_train: Any = None, output_names: Sequence[str] = ()
) -> RegressionEvaluation:
    """Compare a regression's predictions with the truth.

    All three are of shape (rows,) or (rows, outputs), in the target's unit. Without `y_train`
    the mean predictor uses the mean of `y_true`.

    Raises DataError where shapes differ, rows are missing, or a prediction is not finite.
    """
    true, predicted = _columns(y_true), _columns(y_pred)
    train = true if y_train is None else _columns(y_train)
    if true.shape != predicted.shape or not len(true):
        raise DataError(
            "an evaluation needs predictions of the truth's shape, and at least one row, "
            f"but got {predicted.shape} and {true.shape}"
        )
    bad = int((~np.isfinite(predicted)).any(axis=1).sum())
    if bad:
        raise DataError(
            f"the model predicts NaN or infinity for {bad} of {len(predicted)} rows; it has "
            "diverged, so lower the learning rate or clip gradients"
        )
    trivial = np.broadcast_to(train.mean(axis=0), true.shape)
    n_outputs = true.shape[1]
    numbered = ("target",) if n_outputs == 1 else tuple(f"output {i}" for i in range(n_outputs))
    names = (*map(str, output_names), *numbered[len(output_names) :])
    return RegressionEvaluation(
        n=len(true),
        scores=_scores(true, predicted),
        baseline=_scores(true, trivial),
        outputs=tuple(
            OutputScores(
                names[i],
                _scores(true[:, [i]], predicted[:, [i]]),
                _scores(true[:, [i]], trivial[:, [i]]),
                _summary(true[:, i] - predicted[:, i]),
            )
            for i in range(n_outputs)
        ),
        y_true=true,
        y_pred=predicted,
    )


def _columns(y: Any) -> Targets:
    array = np.asarray(y, dtype=np.float64)
    return array.reshape(len(array), -1)


def _scores(true: Targets, predicted: Targets) -> RegressionScores:
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    # R² divides by the spread of the truth.
    spread = len(true) > 1 and bool(np.all(np.ptp(true, axis=0) > 0))
    return RegressionScores(
        mae=float(mean_absolute_error(true, predicted)),
        rmse=float(root_mean_squared_error(true, predicted)),
        r2=float(r2_score(true, predicted)) if spread else None,
    )


def _summary(residuals: Targets) -> ResidualSummary:
    low, median, high = np.percentile(residuals, [5, 50, 95])
    return ResidualSummary(
        mean=float(residuals.mean()),
        std=float(residuals.std()),
        median=float(median),
        p05=float(low),
        p95=float(high),
        largest=float(residuals[np.argmax(np.abs(residuals))]),
    )


def _text(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4f}"
