"""The F-score of a chosen beta beside that of the trivial answer."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tuneit.evaluation.classification import ClassificationEvaluation
from tuneit.evaluation.intervals import Interval, percentile_interval
from tuneit.evaluation.measures import Measure
from tuneit.evaluation.tally import Tally, bootstrap_groups, confusion_groups, of_groups


def f_beta_measure(result: ClassificationEvaluation, beta: float) -> Measure:
    """The F-score that weighs recall `beta` > 0 times as much as precision.

    Of two classes it is the positive one's, and the trivial answer is always that class. Of more it
    is the mean over the classes that occur, and the trivial answer the most frequent class in
    training. Rows of too many different weights have no interval: `weighted_rows` is None then.
    """
    if result.two is not None:
        trivial = result.two.always_positive.f_beta(beta)
    else:
        occurs = result.confusion.sum(axis=0) + result.confusion.sum(axis=1) > 0
        answer = result.class_names.index(result.majority_class)
        classes = int(occurs.sum()) + (not occurs[answer])
        # The answer's precision is the share of its class, its recall 1; other classes have 0.
        share, square = result.baseline_accuracy, beta * beta
        trivial = (1 + square) * share / (square * share + 1) / classes
    units = "classes" if result.two is None else ""
    return Measure("f_beta", result.f_beta(beta), trivial, _interval(result, beta), beta, units)


def _interval(result: ClassificationEvaluation, beta: float) -> Interval | None:
    def score(rows: Tally) -> NDArray[np.float64]:
        scores = rows.f_beta(beta)
        return scores[..., 1] if result.two is not None else rows.macro(scores)

    groups, classes = result.weighted_rows, len(result.class_names)
    groups = confusion_groups(result.confusion) if groups is None else groups
    counted = float(score(of_groups(groups, classes)))
    if not math.isclose(counted, result.f_beta(beta), abs_tol=1e-9):  # the weights are not kept
        return None
    return percentile_interval(score(bootstrap_groups(groups, classes)))
