"""Scores of predictions, and their standard errors."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from tuneit.data.dataset import Array

Scored = Iterator[tuple[str, float, float]]
"""Quantity, value and standard error."""

LEAST_PROBABILITY = 1e-7
"""Keras clips probabilities at this before it takes their logarithm."""


def cross_entropies(probabilities: Array, y: Array) -> Array:
    """The cross-entropy of each row, as Keras computes it; arguments as of `of_classes`."""
    likely = probabilities[np.arange(len(y)), y]
    return np.asarray(-np.log(np.clip(likely, LEAST_PROBABILITY, 1.0)))


def costs_of_classes(probabilities: Array, y: Array) -> dict[str, Array]:
    """By quantity the cost of each row, whose mean is the score's: is it wrong, and its loss."""
    return {
        "accuracy": (probabilities.argmax(axis=1) != y).astype(np.float64),
        "cross_entropy": cross_entropies(probabilities, y),
    }


def costs_of_numbers(predicted: Array, y: Array) -> dict[str, Array]:
    """By quantity the cost of each row, whose mean is the score; arguments as of `of_numbers`."""
    off = predicted - y
    return {"mse": np.square(off).mean(axis=1), "mae": np.abs(off).mean(axis=1)}


def of_classes(probabilities: Array, y: Array) -> Scored:
    """Scores of probabilities, shape (rows, classes), against class indices, shape (rows,)."""
    right = probabilities.argmax(axis=1) == y
    yield "accuracy", float(right.mean()), _binomial(int(right.sum()), len(y))
    recalls = [(int(right[y == c].sum()), int((y == c).sum())) for c in np.unique(y)]
    errors = [_binomial(*recall) ** 2 for recall in recalls]
    recall = math.fsum(found / there for found, there in recalls) / len(recalls)
    yield "balanced_accuracy", recall, math.sqrt(sum(errors)) / len(recalls)
    yield "cross_entropy", *_mean(cross_entropies(probabilities, y))
    if probabilities.shape[1] == 2 and len(recalls) == 2:
        yield "auc", *_auc(probabilities[:, 1], y == 1)


def of_numbers(predicted: Array, y: Array) -> Scored:
    """Scores of predicted numbers; both of shape (rows, outputs)."""
    costs = costs_of_numbers(predicted, y)
    mse, error = _mean(costs["mse"])
    yield "mse", mse, error
    yield "mae", *_mean(costs["mae"])
    if mse > 0:
        yield "rmse", math.sqrt(mse), error / (2 * math.sqrt(mse))
    variance = float(y.var(axis=0).mean())
    if variance > 0 and y.shape[1] == 1:
        yield "r2", 1 - mse / variance, error / variance


def _binomial(found: int, rows: int) -> float:
    """The standard error of a share of rows; never zero (Laplace's rule of succession)."""
    share = (found + 1) / (rows + 2)
    return math.sqrt(share * (1 - share) / rows)


def _mean(values: Array) -> tuple[float, float]:
    return float(values.mean()), float(values.std()) / math.sqrt(len(values))


def _auc(scores: Array, positive: Array) -> tuple[float, float]:
    """The area under the ROC curve, and its standard error (Hanley and McNeil 1982,
    Radiology 143:29)."""
    from sklearn.metrics import roc_auc_score

    ones, zeros = int(positive.sum()), int((~positive).sum())
    area = float(roc_auc_score(positive, scores))
    q1, q2 = area / (2 - area), 2 * area * area / (1 + area)
    spread = area * (1 - area) + (ones - 1) * (q1 - area**2) + (zeros - 1) * (q2 - area**2)
    least = 0.5 / (ones * zeros)
    return area, math.sqrt(max(spread / (ones * zeros), least**2))
