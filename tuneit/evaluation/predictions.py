"""What a classifier's raw outputs mean: labels, and probabilities where the outputs are such."""

from __future__ import annotations

from collections.abc import Sequence
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
    """`labels` (rows,) and, where known, `probabilities` (rows, classes) with rows summing to 1.

    `scores` (rows,) rank the rows by how much they look like class 1 of two; None for labels alone,
    and for more classes.
    """

    labels: Labels
    probabilities: Probabilities | None
    scores: Probabilities | None = None


def as_labels(y: Any, codes: Sequence[float] = ()) -> Labels:
    """Class indices of shape (rows,) from labels, a column of them, or one-hot rows.

    `codes` are the numbers, ascending, that stand for the classes in the labels; without them these
    are the indices. Raises DataError where a value is none of them, or not an index from 0.
    """
    array = np.asarray(y)
    if array.ndim == 2 and array.shape[1] > 1:
        return np.asarray(np.argmax(array, axis=1), dtype=np.int64)
    flat = array.reshape(-1)
    if len(codes):
        known = np.isin(flat, codes)
        if not known.all():
            raise DataError(
                f"class labels are {', '.join(f'{code:g}' for code in codes[:12])}, but some are "
                f"others, such as {flat[~known][0]}: leave these rows out"
            )
        return np.searchsorted(codes, flat).astype(np.int64)
    labels = flat.astype(np.int64)
    if len(flat) and (not np.array_equal(labels, flat) or labels.min() < 0):
        raise DataError(
            "class labels are whole numbers from 0, but some are not: encode the target as indices"
        )
    return labels


def classes_by_column(
    names: Sequence[str], codes: Sequence[float], columns: int
) -> tuple[Sequence[str], Sequence[float]]:
    """Names of the classes that the columns of outputs are for, and the labels of these.

    Of several units, unit i is for the label i, also where some labels do not occur.
    """
    if not len(codes) or not set(codes) <= set(range(columns)):
        return names, codes
    named = dict(zip(codes, names, strict=False))
    return tuple(named.get(i, str(i)) for i in range(columns)), range(columns)


def read_predictions(
    outputs: Any, n_classes: int, threshold: float | None = None, *, from_logits: bool = False
) -> ClassPredictions:
    """Turn what a classifier returned into labels and probabilities.

    `outputs` is one of: class indices (rows,), integers; one sigmoid unit (rows,) or (rows, 1);
    softmax rows (rows, classes). Values are logits where the loss is said to take them
    (`from_logits`), and where some lie outside [0, 1]; with a `threshold` one unit's outputs are
    neither, and those above it are class 1. Rows inside [0, 1] that do not sum to 1 (independent
    sigmoid units, one a class) yield labels, but no probabilities.

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
    refuse_nan(scores)
    if scores.ndim == 2:
        return _from_rows(scores, from_logits)
    if n_classes > 2:
        return ClassPredictions(as_labels(scores), None)
    if threshold is not None:
        return ClassPredictions((scores > threshold).astype(np.int64), None, scores)
    return _from_one_unit(scores, from_logits)


def refuse_nan(scores: NDArray[Any]) -> None:
    """Raise DataError where some row, the first axis, holds NaN."""
    found = np.isnan(scores)
    if found.any():
        bad = int(found.reshape(len(scores), -1).any(axis=1).sum())
        raise DataError(
            f"the model predicts NaN for {bad} of {len(scores)} rows; it has diverged, "
            "so lower the learning rate or clip gradients"
        )


def are_logits(scores: NDArray[Any], from_logits: bool) -> bool:
    """Whether scores are logits: the loss takes them for such, or some lie outside [0, 1]."""
    return from_logits or not bool(np.all((scores >= 0) & (scores <= 1)))


def _from_one_unit(scores: Probabilities, from_logits: bool) -> ClassPredictions:
    positive = sigmoid(scores) if are_logits(scores, from_logits) else scores
    # Keras's binary_accuracy counts only what exceeds 0.5 as the positive class.
    labels = (positive > 0.5).astype(np.int64)
    return ClassPredictions(labels, np.column_stack([1 - positive, positive]), positive)


def _from_rows(scores: Probabilities, from_logits: bool) -> ClassPredictions:
    labels = np.argmax(scores, axis=1).astype(np.int64)
    shares: Probabilities | None = None
    if are_logits(scores, from_logits):
        shares = _softmax(scores)
    elif np.all(np.abs((sums := scores.sum(axis=1, keepdims=True)) - 1) < _SUM_TOLERANCE):
        shares = scores / sums
    two = shares is not None and shares.shape[1] == 2
    return ClassPredictions(labels, shares, shares[:, 1] if shares is not None and two else None)


def sigmoid(logits: Probabilities) -> Probabilities:
    """The probabilities of logits."""
    # exp of a non-positive number cannot overflow.
    small = np.exp(-np.abs(logits))
    return np.where(logits >= 0, 1 / (1 + small), small / (1 + small))


def _softmax(logits: Probabilities) -> Probabilities:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Probabilities = powers / powers.sum(axis=1, keepdims=True)
    return shares
