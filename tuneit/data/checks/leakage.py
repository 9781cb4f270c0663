"""A single feature that gives the target away."""

from __future__ import annotations

import numpy as np

from tuneit.data.checks.sample import feature_name, is_tabular, sample_rows, sampled, wilson
from tuneit.data.dataset import Array, Dataset
from tuneit.findings import Finding, Severity

ACCURACY = 0.98
"""Honest features rarely decide the class alone: in scikit-learn's bundled sets the best single
feature reaches 0.96 (iris, petal width). The 95 % lower bound of the cross-validated accuracy
must pass this."""

R2 = 0.99
"""The same for real targets: cross-validated coefficient of determination of one feature."""

MOST_ROWS = 2000
BINS = 64
CANDIDATES = 5
"""Features whose binned fit is best, which alone are cross-validated: this bounds the time."""


def check_leakage(dataset: Dataset) -> tuple[Finding, ...]:
    """Cross-validate a small tree on each suspicious feature alone.

    A pixel never is a leak, and where there is one feature alone it has to decide: pictures and
    single columns are not checked.
    """
    rows = sample_rows(len(dataset.train), MOST_ROWS, seed=1)
    x = sampled(dataset.train.x, rows)
    y = dataset.train.labels()[rows]
    classes = dataset.task == "classification"
    if not is_tabular(dataset) or x.shape[1] < 2 or len(rows) < 30 or y.ndim > 1:
        return ()
    fits = np.array([_binned_fit(x[:, i], y, classes) for i in range(x.shape[1])])
    suspicious = fits >= (ACCURACY if classes else R2)
    if suspicious.sum() > x.shape[1] / 2:
        # Where most features decide alone, the problem is easy; a leak is an exception.
        return ()
    candidates = np.argsort(-fits, kind="stable")[:CANDIDATES]
    findings = []
    for index in candidates[suspicious[candidates]]:
        finding = _cross_validate(dataset, int(index), x[:, index], y, classes)
        if finding is not None:
            findings.append(finding)
    return tuple(findings)


def _binned_fit(column: Array, y: Array, classes: bool) -> float:
    """Accuracy or R² of the best constant in each of BINS quantile bins, on the same rows."""
    order = np.argsort(column, kind="stable")
    distinct, group = np.unique(column, return_inverse=True)
    if len(distinct) > BINS:
        group = np.empty(len(column), dtype=np.int64)
        group[order] = np.arange(len(column)) * BINS // len(column)
    if classes:
        width = int(y.max()) + 1
        counts = np.bincount(group * width + y, minlength=(int(group.max()) + 1) * width)
        # A bin on the border of two classes mixes them: two classes a bin are still a clean cut.
        best_two = np.sort(counts.reshape(-1, width), axis=1)[:, -2:]
        tolerated = np.sort(best_two[:, 0])[::-1][: max(0, width - 1)].sum()
        return float((best_two[:, -1].sum() + tolerated) / len(y))
    size = np.bincount(group)
    mean = np.bincount(group, weights=y) / np.maximum(size, 1)
    variance = float(np.var(y))
    return 1 - float(np.mean((y - mean[group]) ** 2)) / variance if variance else 0.0


def _cross_validate(
    dataset: Dataset, index: int, column: Array, y: Array, classes: bool
) -> Finding | None:
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    leaves = 2 * int(y.max() + 1) if classes else BINS
    tree = (DecisionTreeClassifier if classes else DecisionTreeRegressor)(
        max_leaf_nodes=leaves, random_state=0
    )
    folds = KFold(5, shuffle=True, random_state=0)
    predicted = cross_val_predict(tree, column[:, None], y, cv=folds)
    name = feature_name(dataset, index)
    if classes:
        right = int(np.sum(predicted == y))
        majority = float(np.bincount(y).max() / len(y))
        low = wilson(right, len(y))[0]
        # Where one class dominates, the feature must beat it clearly, not just equal it.
        if low < max(ACCURACY, majority + (1 - majority) * 0.8):
            return None
        score, measure = right / len(y), "accuracy"
    else:
        score = 1 - float(np.mean((y - predicted) ** 2)) / float(np.var(y))
        measure = "R²"
        if score < R2:
            return None
    return Finding(
        "single_feature_leakage",
        Severity.WARNING,
        0.7,
        f"'{name}' alone predicts the target with a cross-validated {measure} of {score:.3f}: "
        "make sure that it is known before the target is; otherwise drop it",
        {"feature": name, measure: round(score, 4), "rows": len(y)},
    )
