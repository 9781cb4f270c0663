"""Predictions of another shape than the truth: what can still be said of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tuneit.errors import DataError
from tuneit.errors.wording import counted, score_text
from tuneit.evaluation.notebook import Displayed, Table
from tuneit.evaluation.regression import refuse_infinite

MOST_COLUMNS = 64
"""Columns of predictions that are measured each; more are features rather than answers."""


@dataclass(frozen=True)
class ColumnScores:
    """Predicted column `column`, from 0: its MAE from the truth, and what share lies at or below.

    A model of the quantile q has the share q.
    """

    column: int
    mae: float
    share_below: float


@dataclass(frozen=True)
class UnmatchedEvaluation(Displayed):
    """Predictions for `n` rows that cannot be compared with the truth number by number.

    `said` is a sentence that tells why. Where the truth is one number a row, as for a model of
    quantiles, `columns` measure each predicted column; `baseline_mae` is the MAE of always
    answering the training median, the best constant for it.
    """

    n: int
    said: str
    columns: tuple[ColumnScores, ...] = ()
    baseline_mae: float | None = None

    task = "unmatched"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `summary.json` gives it."""
        return {
            "task": self.task,
            "n": self.n,
            "said": self.said,
            "columns": [asdict(column) for column in self.columns],
            "baseline": {"mae": self.baseline_mae},
        }

    def headline(self) -> str:
        """What is known, in one line."""
        if not self.columns:
            return self.said
        shares = ", ".join(score_text(column.share_below) for column in self.columns[:6])
        more = ", …" if len(self.columns) > 6 else ""
        return f"{self.said}; share of true values at or below each: {shares}{more}"

    def _table(self) -> Table:
        rows = [[c.column, score_text(c.mae), score_text(c.share_below)] for c in self.columns]
        return ("predicted column", "MAE", "share of truth at or below"), rows


def evaluate_unmatched(y_true: Any, y_pred: Any, y_train: Any = None) -> UnmatchedEvaluation:
    """Say what predictions (rows, …) tell of a truth (rows, …) of another size.

    Raises DataError where rows are missing, or a prediction is not finite.
    """
    true, predicted = np.asarray(y_true), np.asarray(y_pred, dtype=np.float64)
    if len(true) != len(predicted) or not len(true):
        raise DataError(
            "an evaluation needs as many predictions as true values, and at least one, "
            f"but got {len(predicted)} and {len(true)}"
        )
    refuse_infinite(predicted)
    wide, needed = (array.size // len(array) for array in (predicted, true))
    said = (
        f"the model predicts {counted(wide, 'number')} for each of {len(true)} rows, but the "
        f"target has {needed}: only the loss knows what each of them means, and no error can be "
        "told"
    )
    if needed != 1 or true.dtype.kind not in "iufb" or not 1 < wide <= MOST_COLUMNS:
        return UnmatchedEvaluation(len(true), said)
    answer = true.reshape(-1, 1).astype(np.float64)
    columns = predicted.reshape(len(true), -1)
    train = answer if y_train is None else np.asarray(y_train, dtype=np.float64)
    return UnmatchedEvaluation(
        len(true),
        said,
        tuple(
            ColumnScores(i, float(mae), float(share))
            for i, (mae, share) in enumerate(
                zip(
                    np.abs(answer - columns).mean(axis=0),
                    (answer <= columns).mean(axis=0),
                    strict=True,
                )
            )
        ),
        float(np.abs(answer - np.median(train)).mean()),
    )
