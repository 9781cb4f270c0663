"""How good a model of counts is, which the Poisson loss trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuneit.evaluation.intervals import Interval
from tuneit.evaluation.measures import Measure, record_of, value_text
from tuneit.evaluation.notebook import Displayed, Table
from tuneit.evaluation.ranking import mean_interval
from tuneit.evaluation.regression import (
    OutputScores,
    RegressionEvaluation,
    RegressionScores,
    Targets,
    error_table,
    evaluate_regression,
)


@dataclass(frozen=True, eq=False)
class CountEvaluation(Displayed):
    """The numbers of a model of counts: the errors of a regression, and the Poisson deviance.

    `deviance` is the mean Poisson deviance, scikit-learn's `mean_poisson_deviance` over all
    outputs: 0 where the predictions are the counts, and lower is better. It is None where some
    prediction is not positive, or some true value is negative: the deviance is not defined there.
    `baseline_deviance` is that of the training mean.
    """

    errors: RegressionEvaluation
    deviance: float | None
    baseline_deviance: float | None
    deviance_interval: Interval | None = None

    task = "counts"

    @property
    def n(self) -> int:
        """The number of rows."""
        return self.errors.n

    @property
    def scores(self) -> RegressionScores:
        """The errors over all outputs."""
        return self.errors.scores

    @property
    def baseline(self) -> RegressionScores:
        """The errors of the training mean."""
        return self.errors.baseline

    @property
    def outputs(self) -> tuple[OutputScores, ...]:
        """The errors of each output."""
        return self.errors.outputs

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The deviance, and the measures of a regression, with their intervals."""
        if self.deviance is None:
            return self.errors.measures
        own = Measure("deviance", self.deviance, self.baseline_deviance, self.deviance_interval)
        return own, *self.errors.measures

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `summary.json` gives it: a regression's, with deviance."""
        found = self.errors.to_dict()
        return {
            **found,
            "task": self.task,
            "deviance": self.deviance,
            "metrics": record_of(self.measures),
            "baseline": {**found["baseline"], "deviance": self.baseline_deviance},
        }

    def headline(self) -> str:
        """The main numbers beside the trivial predictor's, in one line."""
        return (
            f"Poisson deviance {value_text(self.deviance, 'undefined')} (always the mean: "
            f"{value_text(self.baseline_deviance, 'undefined')}), {self.errors.headline()}"
        )

    def _table(self) -> Table:
        return error_table(self.outputs)


def evaluate_counts(
    y_true: Any, y_pred: Any, y_train: Any = None, output_names: Sequence[str] = ()
) -> CountEvaluation:
    """Compare predicted with true counts; shapes and errors are those of `evaluate_regression`."""
    errors = evaluate_regression(y_true, y_pred, y_train, output_names)
    true, predicted = errors.y_true, errors.y_pred
    train = true if y_train is None else np.asarray(y_train, dtype=np.float64)
    mean = train.reshape(len(train), -1).mean(axis=0)
    own = _deviances(true, predicted)
    trivial = _deviances(true, np.broadcast_to(mean, true.shape))
    return CountEvaluation(
        errors,
        None if own is None else float(own.mean()),
        None if trivial is None else float(trivial.mean()),
        None if own is None else mean_interval(own),
    )


def _deviances(true: Targets, predicted: Targets) -> Targets | None:
    """The Poisson deviance of each row, (rows,); None where it is not defined."""
    if true.min() < 0 or predicted.min() <= 0:
        return None
    from scipy.special import xlogy

    by_row: Targets = (2 * (xlogy(true, true / predicted) - true + predicted)).mean(axis=1)
    return by_row
