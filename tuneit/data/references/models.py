"""The reference models: each learns from training rows and predicts validation rows."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuneit.data.dataset import Array

NEIGHBOURS = 15
"""Neighbours that vote: a share of 15 has a standard error of 13 percentage points, and among a few
hundred rows they are near enough."""

TREES = 400
"""Trees of the boosting at most, over all classes: each step grows one a class. 1,078 handwritten
digits with 64 pixels then take about a second on one core."""

STEPS = 10, 100
"""Steps of the boosting, at least and at most; 100 are scikit-learn's default."""

LEAVES, RATE = 15, 0.2
"""Leaves of a tree and the boosting's learning rate: half and twice scikit-learn's defaults, so
that fewer steps suffice."""

SOLVER_STEPS = 200
"""Steps of the logistic regression's solver at most; scikit-learn's default is 100."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Columns `x` of training rows, their targets and weights; columns `asked` to predict.

    `y` are class indices, shape (rows,), with `classes` of them; or numbers, shape (rows, outputs),
    where `classes` is 0. Without `weights` all rows count alike.
    """

    x: Array
    y: Array
    weights: Array | None
    asked: Array
    classes: int

    def weights_of(self, rows: Array) -> Array:
        """The weights of training rows, of the shape of their indices."""
        return np.ones(rows.shape) if self.weights is None else self.weights[rows]

    def mean(self, rows: Array) -> Array:
        """Class shares or mean targets of training rows, given by indices of shape (asked, k)."""
        weights = self.weights_of(rows)
        shape = len(rows), self.classes or self.y.shape[1]
        found = np.zeros(shape)
        if self.classes:
            np.add.at(found, (np.arange(len(rows))[:, None], self.y[rows]), weights)
        else:
            found += (self.y[rows] * weights[:, :, None]).sum(axis=1)
        totals: Array = weights.sum(axis=1, keepdims=True)
        return np.asarray(found / np.maximum(totals, np.finfo(np.float64).tiny))


def trivial(rows: Rows) -> Array:
    """The class shares, or the mean target, of the training rows."""
    shares = rows.mean(np.arange(len(rows.y))[None])
    return np.repeat(shares, len(rows.asked), axis=0)


def linear(rows: Rows) -> Array:
    """Logistic regression, or ridge regression, with scikit-learn's default penalty."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression, Ridge

    if not rows.classes:
        fitted = Ridge().fit(rows.x, rows.y, rows.weights)
        predicted: Array = fitted.predict(rows.asked)
        return predicted.reshape(len(rows.asked), -1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(max_iter=SOLVER_STEPS)
        return _of_all_classes(model.fit(rows.x, rows.y, rows.weights), rows)


def boosting(rows: Rows) -> Array:
    """Gradient boosting over histograms, of trees that look at all columns."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if rows.classes else HistGradientBoostingRegressor
    least, most = STEPS
    steps = min(most, max(least, TREES // (rows.classes if rows.classes > 2 else 1)))
    model = kind(
        max_iter=steps,
        learning_rate=RATE,
        max_leaf_nodes=LEAVES,
        early_stopping=False,
        random_state=0,
    ).fit(rows.x, rows.y if rows.classes else rows.y[:, 0], rows.weights)
    if rows.classes:
        return _of_all_classes(model, rows)
    predicted: Array = model.predict(rows.asked)
    return predicted[:, None]


def neighbours(rows: Rows) -> tuple[Array, Array]:
    """What the nearest training row says, and the weighted mean of the nearest fifteen.

    The class shares of all rows are added with the weight of one neighbour: no probability is 0.
    """
    from sklearn.neighbors import NearestNeighbors

    count = min(NEIGHBOURS, len(rows.x))
    found = NearestNeighbors(n_neighbors=count).fit(rows.x).kneighbors(rows.asked)[1]
    several = rows.mean(found)
    if rows.classes:
        several = (count * several + trivial(rows)) / (count + 1)
    return rows.mean(found[:, :1]), several


def _of_all_classes(model: Any, rows: Rows) -> Array:
    """Probabilities of all classes; 0 for a class without training rows."""
    found = np.zeros((len(rows.asked), rows.classes))
    found[:, model.classes_] = model.predict_proba(rows.asked)
    return found
