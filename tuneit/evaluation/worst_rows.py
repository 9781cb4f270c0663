"""The rows that a model gets most wrong, for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors.wording import figures
from tuneit.evaluation.class_rows import ClassRows
from tuneit.evaluation.images import Images
from tuneit.evaluation.row_inputs import RowInputs

MOST = 10
"""Rows that are kept."""


@dataclass(frozen=True)
class WorstRow:
    """Row `row` of the test split, from 0: what is true, and what the model answered.

    `score` is the probability of the true class, or the absolute error; None where it is unknown.
    `values` are those of the columns.
    """

    row: int
    true: str
    predicted: str
    score: float | None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class WorstRows:
    """The worst rows first; `columns` names their values, `pictures` has them in the same order."""

    rows: tuple[WorstRow, ...]
    columns: tuple[str, ...] = ()
    pictures: Images | None = None

    def to_dict(self) -> list[dict[str, Any]]:
        """Return the JSON-ready form, as `summary.json` gives it."""
        return [
            {
                "row": one.row,
                "true": one.true,
                "predicted": one.predicted,
                "score": one.score,
                "values": dict(zip(self.columns, one.values, strict=True)),
            }
            for one in self.rows
        ]


def worst_of_classes(rows: ClassRows, inputs: RowInputs) -> WorstRows:
    """The wrong rows whose true class got the least probability; of labels alone the first ones."""
    wrong = np.flatnonzero(rows.predicted != rows.true)
    shares = rows.probabilities
    own = None
    if shares is not None and rows.true.max() < shares.shape[1]:
        own = shares[np.arange(len(rows)), rows.true]
        wrong = wrong[np.argsort(own[wrong], kind="stable")]
    chosen = wrong[:MOST]
    return _worst(
        rows.places[chosen],
        [rows.names[i] for i in rows.true[chosen]],
        [rows.names[i] for i in rows.predicted[chosen]],
        [None] * len(chosen) if own is None else list(map(float, own[chosen])),
        inputs,
    )


def worst_of_numbers(
    true: NDArray[np.float64], predicted: NDArray[np.float64], inputs: RowInputs
) -> WorstRows:
    """The rows with the largest absolute errors; all of shape (rows, outputs).

    Errors of several outputs are added, each in units of the spread of its truth.
    """
    errors = np.abs(true - predicted)
    spread = true.std(axis=0)
    total = (errors / np.where(spread > 0, spread, 1.0)).sum(axis=1)
    chosen = np.argsort(-total, kind="stable")[:MOST]
    chosen = chosen[total[chosen] > 0]

    def texts(values: NDArray[np.float64]) -> list[str]:
        return ["; ".join(figures(v) for v in row[:3]) for row in values[chosen]]

    scores: list[float | None] = [float(error) for error in errors[chosen].mean(axis=1)]
    return _worst(chosen, texts(true), texts(predicted), scores, inputs)


def _worst(
    places: NDArray[np.int64],
    true: Sequence[str],
    predicted: Sequence[str],
    scores: Sequence[float | None],
    inputs: RowInputs,
) -> WorstRows:
    columns = inputs.shown
    return WorstRows(
        tuple(
            WorstRow(int(place), was, said, score, tuple(c.text(int(place)) for c in columns))
            for place, was, said, score in zip(places, true, predicted, scores, strict=True)
        ),
        tuple(column.name for column in columns),
        inputs.pictures([int(place) for place in places]),
    )
