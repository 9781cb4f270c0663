"""The F-score of a chosen beta beside that of the trivial answer."""

from __future__ import annotations

from dataclasses import replace

from tuneit.evaluation.classification import ClassificationEvaluation
from tuneit.evaluation.measures import Measure
from tuneit.evaluation.two_classes import TwoClasses


def f_beta_measure(result: ClassificationEvaluation, beta: float) -> Measure:
    """The F-score that weighs recall `beta` > 0 times as much as precision.

    Of two classes it is the positive one's, and the trivial answer is always that class. Of more it
    is the mean over the classes that occur, and the trivial answer the most frequent class in
    training.
    """
    if result.two is not None:
        trivial = _always_positive(result.two).f_beta(beta)
    else:
        occurs = result.confusion.sum(axis=0) + result.confusion.sum(axis=1) > 0
        answer = result.class_names.index(result.majority_class)
        classes = int(occurs.sum()) + (not occurs[answer])
        # The answer's precision is the share of its class, its recall 1; other classes have 0.
        share, square = result.baseline_accuracy, beta * beta
        trivial = (1 + square) * share / (square * share + 1) / classes
    return Measure("f_beta", result.f_beta(beta), trivial, beta=beta)


def _always_positive(two: TwoClasses) -> TwoClasses:
    return replace(
        two,
        true_positives=two.true_positives + two.false_negatives,
        false_positives=two.false_positives + two.true_negatives,
        false_negatives=0.0,
        true_negatives=0.0,
    )
