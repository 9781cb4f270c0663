"""A classifier's predictions beside the truth, both as class indices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors import DataError
from tuneit.evaluation.predictions import (
    Labels,
    Probabilities,
    as_labels,
    classes_by_column,
    read_predictions,
)


@dataclass(frozen=True, eq=False)
class ClassRows:
    """True and predicted class of each row, and what else the outputs say.

    `true` and `predicted` (rows,) are indices of `names`; `probabilities` (rows, classes) sum to 1,
    `scores` (rows,) rank rows by how much they look like class 1 of two; both are None where the
    outputs do not say so. `weight` (rows,) is how much each row counts. `places` are the rows'
    places among the rows that were given, which differ where some have the weight 0.
    """

    names: tuple[str, ...]
    true: Labels
    predicted: Labels
    probabilities: Probabilities | None
    scores: Probabilities | None
    weight: NDArray[np.float64] | None
    places: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.true)


def read_class_rows(
    y_true: Any,
    outputs: Any,
    class_names: Sequence[str] = (),
    train: Labels | None = None,
    *,
    codes: Sequence[float] = (),
    threshold: float | None = None,
    from_logits: bool = False,
    weight: Any = None,
) -> ClassRows:
    """Read labels and outputs, whose forms are those of `evaluate_classification`.

    `train` are class indices of the training rows, so that classes without a test row are known.
    Rows with the weight 0 are left out. Raises DataError where rows are missing, or where outputs
    are NaN or misshapen.
    """
    given = np.asarray(outputs)
    if given.ndim == 2 and given.shape[1] > 1:
        class_names, codes = classes_by_column(class_names, codes, given.shape[1])
    true = as_labels(y_true, codes)
    if len(true) != len(given) or not len(true):
        raise DataError(
            "an evaluation needs as many predictions as true labels, and at least one, "
            f"but got {len(given)} and {len(true)}"
        )
    weighed = None if weight is None else read_weight(weight, len(true))
    places = np.arange(len(true)) if weighed is None else np.flatnonzero(weighed)
    known = [len(class_names), int(true.max()) + 1]
    if train is not None:
        known.append(int(train.max(initial=0)) + 1)
    read = read_predictions(given[places], max(known), threshold, from_logits=from_logits)
    known.append(int(read.labels.max()) + 1)
    if read.probabilities is not None:
        known.append(read.probabilities.shape[1])
    count = max(known)
    return ClassRows(
        names=(*map(str, class_names), *map(str, range(len(class_names), count))),
        true=true[places],
        predicted=read.labels,
        probabilities=read.probabilities,
        scores=read.scores if count == 2 else None,
        weight=None if weighed is None else weighed[places],
        places=places,
    )


def read_weight(weight: Any, rows: int) -> NDArray[np.float64]:
    """Weights of shape (rows,). Raises DataError for another shape, negative ones, or zeros."""
    array = np.asarray(weight, dtype=np.float64)
    if array.size != rows or not np.isfinite(array).all() or array.min(initial=0) < 0:
        raise DataError(
            f"sample weights are one finite number of at least 0 for each of {rows} rows, but "
            f"were given in shape {array.shape}, the least being {array.min(initial=np.inf):g}"
        )
    if not array.any():
        raise DataError("all rows have the sample weight 0: give some a larger one")
    return array.reshape(-1)
