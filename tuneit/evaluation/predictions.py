"""What a classifier's raw outputs mean: labels, and probabilities where the outputs are such."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors import DataError

Labels = NDArray[np.int64]
Probabilities = NDArray[np.float64]

# float16 and bfloat16 softmax rows sum to 1 within a few parts in a thousand.
_SUM_TOLERANCE = 0.01


@dataclass(frozen=True, eq=False)
class ClassPredictions:
    """`labels` (rows,) and, where known, `probabilities` (rows, classes) with rows summing to 1."""

    labels: Labels
    probabilities: Probabilities | None


def as_labels(y: Any) -> Labels:
    """Class indices of shape (rows,) from indices, a column of them, or one-hot rows.

    Raises DataError where a value is not a class index from 0.
    """
    array = np.asarray(y)
    if array.ndim == 2 and array.shape[1] > 1:
        return np.asarray(np.argmax(array, axis=1), dtype=np.int64)
    flat = array.reshape(-1)
    labels = flat.astype(np.int64)
    if len(flat) and (not np.array_equal(labels, flat) or labels.min() < 0):
        raise DataError(
            "class labels are whole numbers from 0, but some are not: encode the target as indices"
        )
    return labels


def read_predictions(outputs: Any, n_classes: int) -> ClassPredictions:
    """Turn what a classifier returned into labels and probabilities.

    `outputs` is one of: class indices (rows,), integers; one sigmoid unit (rows,) or (rows, 1);
    softmax rows (rows, classes). Values outside [0, 1] are taken for logits, as of a loss with
    `from_logits=True`. Rows inside [0, 1] that do not sum to 1 (independent sigmoid units, one
    a class) yield labels, but no probabilities.

    Raises DataError for NaN, and for any other shape.
    """
    array = np.asarray(outputs)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (1, 2):
        raise DataError(
            "a classifier gives one value or one row of class scores for each row, "
            f"but its output has shape {array.shape}"
        )
    if array.ndim == 1 and array.dtype.kind in "iub":
        return ClassPredictions(as_labels(array), None)
    scores = array.astype(np.float64)
    if np.isnan(scores).any():
        bad = int(np.isnan(scores.reshape(len(scores), -1)).any(axis=1).sum())
        raise DataError(
            f"the model predicts NaN for {bad} of {len(scores)} rows; it has diverged, "
            "so lower the learning rate or clip gradients"
        )
    if scores.ndim == 2:
        return _from_rows(scores)
    if n_classes > 2:
        return ClassPredictions(as_labels(scores), None)
    return _from_one_unit(scores)


def _from_one_unit(scores: Probabilities) -> ClassPredictions:
    positive = scores if _in_unit_interval(scores) else _sigmoid(scores)
    # Keras's binary_accuracy counts only what exceeds 0.5 as the positive class.
    labels = (positive > 0.5).astype(np.int64)
    return ClassPredictions(labels, np.column_stack([1 - positive, positive]))


def _from_rows(scores: Probabilities) -> ClassPredictions:
    labels = np.argmax(scores, axis=1).astype(np.int64)
    if not _in_unit_interval(scores):
        return ClassPredictions(labels, _softmax(scores))
    sums = scores.sum(axis=1, keepdims=True)
    if np.all(np.abs(sums - 1) < _SUM_TOLERANCE):
        return ClassPredictions(labels, scores / sums)
    return ClassPredictions(labels, None)


def _in_unit_interval(scores: Probabilities) -> bool:
    return bool(np.all((scores >= 0) & (scores <= 1)))


def _sigmoid(logits: Probabilities) -> Probabilities:
    # exp of a non-positive number cannot overflow.
    small = np.exp(-np.abs(logits))
    return np.where(logits >= 0, 1 / (1 + small), small / (1 + small))


def _softmax(logits: Probabilities) -> Probabilities:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Probabilities = powers / powers.sum(axis=1, keepdims=True)
    return shares
