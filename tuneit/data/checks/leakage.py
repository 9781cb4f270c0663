"""Find a single feature that predicts the target almost perfectly."""

from __future__ import annotations

import numpy as np

from tuneit.data.checks.sample import feature_name, is_tabular, sample_rows, sampled
from tuneit.data.dataset import Array, Dataset
from tuneit.findings import Finding, Severity

AUC = 0.98
"""Honest features rarely give a class away alone: in scikit-learn's bundled sets the best single
feature tells its worst class from the others with an AUC of 0.975 (breast cancer, worst
perimeter; iris, petal width: 0.96). The 95 % lower bound of the lowest AUC of a class must pass
this. An AUC does not depend on the classes' shares, unlike accuracy: where 2 % are positive, to
answer always 'no' is right for 98 %."""

FEWEST = 5
"""Rows of a class, and of all others, below which it is not judged."""

R2 = 0.99
"""The same for real targets: cross-validated coefficient of determination of one feature."""

MOST_ROWS = 2000
BINS = 64
CANDIDATES = 5
"""To limit the time, only the features with the best binned fit are cross-validated."""


def check_leakage(dataset: Dataset) -> tuple[Finding, ...]:
    """Test each feature alone: how it ranks the rows of each class, or predicts a number.

    Pictures are not checked, since a pixel is never a leak; nor are data with one feature only.
    """
    output = dataset.output
    if output is None or not is_tabular(dataset):
        return ()
    classes = output.has_label_a_row
    if not classes and not output.has_number_a_row:
        return ()
    labels = dataset.labels(dataset.train)
    rows = _rows_of_classes(labels) if classes else sample_rows(len(labels), MOST_ROWS, seed=1)
    y = labels[rows]
    if len(rows) < 30 or (classes and len(np.unique(y)) < 2):
        return ()
    x = sampled(dataset.train.x, rows)
    if x.shape[1] < 2:
        return ()
    screen = _class_fit if classes else _binned_fit
    fits = np.array([screen(x[:, i], y) for i in range(x.shape[1])])
    suspicious = fits >= (AUC if classes else R2)
    if suspicious.sum() > x.shape[1] / 2:
        # If most features predict the target, the problem is easy and none of them is a leak.
        return ()
    candidates = np.argsort(-fits, kind="stable")[:CANDIDATES]
    validate = _validate_classes if classes else _validate_numbers
    found = (
        validate(dataset, int(index), x[:, index], y)
        for index in candidates[suspicious[candidates]]
    )
    return tuple(finding for finding in found if finding is not None)


def _rows_of_classes(labels: Array) -> Array:
    """At most MOST_ROWS rows, the same number of each class; rare classes keep all their rows."""
    classes, counts = np.unique(labels, return_counts=True)
    classes = classes[counts >= FEWEST]
    if not len(classes):
        return np.arange(0)
    most = max(FEWEST, MOST_ROWS // len(classes))
    drawn = [np.flatnonzero(labels == label) for label in classes]
    return np.sort(np.concatenate([rows[sample_rows(len(rows), most, seed=1)] for rows in drawn]))


def _class_fit(column: Array, y: Array) -> float:
    """The lowest AUC of a class against the others: of the feature itself, or of its bins.

    Ends with the first class below AUC: one such is enough to clear the feature.
    """
    bins, lowest = _bins(column), 1.0
    size = np.bincount(bins)
    for label in np.unique(y):
        own = y == label
        best = _either_way(own, column)
        if best < AUC:
            share = np.bincount(bins, weights=own) / np.maximum(size, 1)
            best = max(best, _auc(own, share[bins]))
        lowest = min(lowest, best)
        if lowest < AUC:
            break
    return lowest


def _auc(own: Array, scores: Array) -> float:
    """The share of pairs in which a row of the class has the higher score (Mann-Whitney)."""
    from scipy.stats import rankdata

    n = int(own.sum())
    others = len(own) - n
    above = float(rankdata(scores)[own].sum()) - n * (n + 1) / 2
    return above / (n * others)


def _either_way(own: Array, scores: Array) -> float:
    auc = _auc(own, scores)
    return max(auc, 1 - auc)


def _low(auc: float, n: int, others: int) -> float:
    """The 95 % lower bound of an AUC (Hanley & McNeil 1982, Radiology 143:29)."""
    one, two = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    spread = auc * (1 - auc) + (n - 1) * (one - auc * auc) + (others - 1) * (two - auc * auc)
    return float(auc - 1.96 * np.sqrt(max(0.0, spread) / (n * others)))


def _bins(column: Array) -> Array:
    """The bin of each row: one a value, or BINS quantile bins where there are more values."""
    distinct, group = np.unique(column, return_inverse=True)
    if len(distinct) > BINS:
        order = np.argsort(column, kind="stable")
        group = np.empty(len(column), dtype=np.int64)
        group[order] = np.arange(len(column)) * BINS // len(column)
    return group


def _binned_fit(column: Array, y: Array) -> float:
    """R² of the best constant in each bin, on the same rows."""
    group = _bins(column)
    size = np.bincount(group)
    mean = np.bincount(group, weights=y) / np.maximum(size, 1)
    variance = float(np.var(y))
    return 1 - float(np.mean((y - mean[group]) ** 2)) / variance if variance else 0.0


def _validate_classes(dataset: Dataset, index: int, column: Array, y: Array) -> Finding | None:
    """Rank each class's rows by the feature itself, or by a small tree that did not see them."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    classes = np.unique(y)
    tree = DecisionTreeClassifier(max_leaf_nodes=2 * len(classes), random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    shares = cross_val_predict(tree, column[:, None], y, cv=folds, method="predict_proba")
    lowest = 1.0
    for place, label in enumerate(classes):
        own = y == label
        auc = max(_either_way(own, column), _auc(own, shares[:, place]))
        if _low(auc, int(own.sum()), int((~own).sum())) < AUC:
            return None
        lowest = min(lowest, auc)
    return _finding(dataset, index, "AUC", lowest, len(y))


def _validate_numbers(dataset: Dataset, index: int, column: Array, y: Array) -> Finding | None:
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.tree import DecisionTreeRegressor

    tree = DecisionTreeRegressor(max_leaf_nodes=BINS, random_state=0)
    folds = KFold(5, shuffle=True, random_state=0)
    predicted = cross_val_predict(tree, column[:, None], y, cv=folds)
    score = 1 - float(np.mean((y - predicted) ** 2)) / float(np.var(y))
    return _finding(dataset, index, "R²", score, len(y)) if score >= R2 else None


def _finding(dataset: Dataset, index: int, measure: str, score: float, rows: int) -> Finding:
    name = feature_name(dataset, index)
    each = " for each class" if measure == "AUC" else ""
    return Finding(
        "single_feature_leakage",
        Severity.WARNING,
        0.7,
        f"'{name}' alone predicts the target with an {measure} of {score:.3f}{each}: "
        "make sure that it is known before the target is; otherwise drop it",
        {"feature": name, measure: round(score, 4), "rows": rows},
    )
