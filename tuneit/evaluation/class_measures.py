"""All measures of a classifier beside those of answers that ignore the input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.evaluation.class_rows import ClassRows
from tuneit.evaluation.intervals import Interval, percentile_interval, wilson_interval
from tuneit.evaluation.measures import Measure
from tuneit.evaluation.ranking import (
    mean_interval,
    ranking_intervals,
    ranking_samples,
    ranking_scores,
)
from tuneit.evaluation.tally import Tally, tally

Shares = NDArray[np.float64]

MOST_RANKED = 20_000_000
"""Rows times classes up to which the rows are ranked by each class."""

MOST_RESAMPLED = 500_000
"""Rows times classes up to which rankings by each class get intervals; they take two seconds."""


def class_measures(rows: ClassRows, shares: Shares, samples: Tally) -> tuple[Measure, ...]:
    """Measure a classifier; `shares` are the classes' shares of the training rows.

    The trivial answer is the one that ignores the input and fits the measure: the most frequent
    class in training, for precision, recall and F1 of two classes the positive class, for
    probabilities the shares.
    """
    return tuple(
        measure
        for measure in (
            *_of_labels(rows, int(shares.argmax()), samples),
            *_of_ranking(rows, shares),
            *_of_probabilities(rows, shares),
        )
        if measure is not None
    )


def _of_labels(rows: ClassRows, majority: int, samples: Tally) -> Iterator[Measure]:
    count = len(rows.names)
    found = tally(rows.true, rows.predicted, count, rows.weight)

    def always(answer: int) -> Tally:
        constant = np.full(len(rows), answer)
        return tally(rows.true, constant, count, rows.weight)

    trivial = always(majority)
    accuracy, cases = float(found.accuracy()), _effective_rows(rows)
    yield Measure(
        "accuracy",
        accuracy,
        float(trivial.accuracy()),
        wilson_interval(accuracy * cases, cases),
    )
    yield _measured("balanced_accuracy", found, trivial, samples)
    if count == 2:
        positive = always(1)
        for name in ("precision", "recall", "specificity", "f1"):
            beside = trivial if name == "specificity" else positive
            yield _measured(name, found, beside, samples)
    else:
        yield _measured("macro_f1", found, trivial, samples)
        yield _measured("weighted_f1", found, trivial, samples)
    yield _measured("mcc", found, trivial, samples)


def _effective_rows(rows: ClassRows) -> float:
    """As many rows of equal weight tell as much (L. Kish, Survey Sampling, 1965, section 11.2)."""
    if rows.weight is None:
        return len(rows)
    return float(rows.weight.sum() ** 2 / np.square(rows.weight).sum())


_SCORES: dict[str, Any] = {
    "balanced_accuracy": Tally.balanced_accuracy,
    "precision": lambda t: t.precision()[..., 1],
    "recall": lambda t: t.recall()[..., 1],
    "specificity": lambda t: t.recall()[..., 0],
    "f1": lambda t: t.f_beta()[..., 1],
    "macro_f1": lambda t: t.macro(t.f_beta()),
    "weighted_f1": lambda t: t.weighted(t.f_beta()),
    "mcc": Tally.mcc,
}


_CASES: dict[str, Any] = {
    "precision": lambda t: float(t.predicted[1]),
    "recall": lambda t: float(t.support[1]),
    "specificity": lambda t: float(t.support[0]),
}
"""The rows of which a score is a share."""


def _measured(name: str, found: Tally, trivial: Tally, samples: Tally) -> Measure:
    score = _SCORES[name]
    value = float(score(found))
    interval = percentile_interval(score(samples))
    if interval is not None and interval[0] == interval[1]:
        # All samples are alike: of a share Wilson's interval still says how sure it is.
        cases = _CASES[name](found) if name in _CASES else 0
        interval = wilson_interval(value * cases, cases) if cases else None
    return Measure(name, value, float(score(trivial)), interval)


def _of_ranking(rows: ClassRows, shares: Shares) -> Iterator[Measure]:
    if len(rows.names) == 2 and rows.scores is not None:
        is_positive = rows.true == 1
        found = ranking_scores(is_positive, rows.scores, rows.weight)
        if found:
            ends = ranking_intervals(is_positive, rows.scores, rows.weight)
            share = float(np.average(is_positive, weights=rows.weight))
            trivial = {"roc_auc": 0.5, "average_precision": share}
            for name, value in found.items():
                yield Measure(name, value, trivial[name], ends.get(name))
        return
    by_class = rankings_by_class(rows)
    if len(rows.names) > 2 and all(by_class):
        ends = _mean_intervals(rows)
        for name, trivial_value in (("roc_auc", 0.5), ("average_precision", 1 / len(by_class))):
            mean = float(np.mean([one[name] for one in by_class]))
            yield Measure(name, mean, trivial_value, ends.get(name))


def _mean_intervals(rows: ClassRows) -> dict[str, Interval | None]:
    """Intervals of the means over the classes of `roc_auc` and `average_precision`."""
    shares = rows.probabilities
    if shares is None or len(rows) * shares.shape[1] > MOST_RESAMPLED:
        return {}
    samples = [
        ranking_samples(rows.true == index, shares[:, index], rows.weight)
        for index in range(shares.shape[1])
    ]
    return {
        name: percentile_interval(np.mean([one[name] for one in samples], axis=0))
        for name in samples[0]
    }


def rankings_by_class(rows: ClassRows) -> tuple[dict[str, float], ...]:
    """`roc_auc` and `average_precision` of each class against all others.

    Empty where the outputs, or the rows, do not determine them.
    """
    count, shares = len(rows.names), rows.probabilities
    if shares is None or shares.shape[1] != count or len(rows) * count > MOST_RANKED:
        return ({},) * count
    return tuple(
        ranking_scores(rows.true == index, shares[:, index], rows.weight) for index in range(count)
    )


def _of_probabilities(rows: ClassRows, shares: Shares) -> Iterator[Measure]:
    if rows.probabilities is None or rows.true.max() >= rows.probabilities.shape[1]:
        return
    from sklearn.metrics import brier_score_loss, log_loss

    labels = np.arange(rows.probabilities.shape[1])
    constant = np.broadcast_to(shares[: len(labels)], rows.probabilities.shape)
    losses = {
        "log_loss": log_loss,
        # Of two classes scikit-learn halves the sum over the classes.
        "brier": brier_score_loss,
    }
    for name, loss in losses.items():
        value, trivial = (
            float(loss(rows.true, answer, labels=labels, sample_weight=rows.weight))
            for answer in (rows.probabilities, constant / constant.sum(axis=1, keepdims=True))
        )
        yield Measure(name, value, trivial, _loss_interval(name, rows))


def _loss_interval(name: str, rows: ClassRows) -> Interval | None:
    assert rows.probabilities is not None
    own = rows.probabilities[np.arange(len(rows)), rows.true]
    if name == "log_loss":
        # As scikit-learn does, so that a probability of 0 has a finite loss.
        losses = -np.log(np.clip(own, np.finfo(own.dtype).eps, 1.0))
    else:
        squares = np.square(rows.probabilities).sum(axis=1) - 2 * own + 1
        losses = squares / 2 if rows.probabilities.shape[1] == 2 else squares
    return mean_interval(losses, rows.weight)
