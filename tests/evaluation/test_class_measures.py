from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from tuneit.errors import DataError
from tuneit.evaluation import ClassificationEvaluation, evaluate_classification
from tuneit.evaluation.class_rows import read_class_rows

CLOSE: dict[str, Any] = {"rel": 1e-9, "abs": 1e-9}


@st.composite
def some_rows(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Labels, probabilities and weights; classes may lack rows, or be never predicted."""
    classes, rows = draw(st.integers(2, 5)), draw(st.integers(1, 25))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    present = draw(st.integers(1, classes))
    true = rng.integers(present, size=rows)
    shares = rng.dirichlet(np.ones(classes), size=rows)
    weight = rng.choice([0.5, 1.0, 3.0], size=rows) if draw(st.booleans()) else None
    return true, shares, weight


@settings(max_examples=60, deadline=None)
@given(some_rows())
def test_all_numbers_are_scikit_learns(
    rows: tuple[np.ndarray, np.ndarray, np.ndarray | None],
) -> None:
    true, shares, weight = rows
    classes = shares.shape[1]
    predicted, labels = shares.argmax(axis=1), np.arange(classes)
    result = evaluate_classification(true, shares, weight=weight)

    def by_class(beta: float, average: str | None) -> Any:
        occurring = labels if average is None else None
        return metrics.precision_recall_fscore_support(
            true,
            predicted,
            beta=beta,
            labels=occurring,
            average=average,
            zero_division=0,
            sample_weight=weight,
        )[:3]

    for name, expected in zip(("precision", "recall", "f1"), by_class(1.0, None), strict=True):
        np.testing.assert_allclose([getattr(c, name) for c in result.classes], expected)
    for average in ("macro", "weighted"):
        own = getattr(result, average)
        np.testing.assert_allclose((own.precision, own.recall, own.f1), by_class(1.0, average))
    if classes > 2:
        assert result.f_beta(2.0) == pytest.approx(by_class(2.0, "macro")[2], **CLOSE)
    else:
        assert result.f_beta(2.0) == pytest.approx(by_class(2.0, None)[2][1], **CLOSE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes without a row
        known = {
            "accuracy": metrics.accuracy_score(true, predicted, sample_weight=weight),
            "balanced_accuracy": metrics.balanced_accuracy_score(
                true, predicted, sample_weight=weight
            ),
            "mcc": metrics.matthews_corrcoef(true, predicted, sample_weight=weight),
            "log_loss": metrics.log_loss(true, shares, labels=labels, sample_weight=weight),
            "brier": metrics.brier_score_loss(true, shares, labels=labels, sample_weight=weight),
        }
    for name, value in known.items():
        measure = result.measure(name)
        assert measure is not None
        assert measure.value == pytest.approx(value, **CLOSE), name
    counts = metrics.multilabel_confusion_matrix(
        true, predicted, labels=labels, sample_weight=weight
    )
    for score, ((tn, fp), (fn, tp)) in zip(result.classes, counts, strict=True):
        assert score.specificity == pytest.approx(tn / (tn + fp) if tn + fp else 0, **CLOSE)
        if classes == 2 and score is result.classes[1]:
            two = result.two
            assert two is not None
            cells = (two.true_positives, two.false_positives, two.false_negatives)
            assert cells == pytest.approx((tp, fp, fn), **CLOSE)
            assert two.true_negatives == pytest.approx(tn, **CLOSE)


def test_rankings_of_more_classes_are_means_over_the_classes() -> None:
    rng = np.random.default_rng(1)
    true, shares = rng.integers(3, size=80), rng.dirichlet(np.ones(3), size=80)
    result = evaluate_classification(true, shares)
    own, precision = result.measure("roc_auc"), result.measure("average_precision")
    assert own is not None
    assert precision is not None
    assert own.value == pytest.approx(metrics.roc_auc_score(true, shares, multi_class="ovr"))
    assert precision.value == pytest.approx(
        metrics.average_precision_score(np.eye(3)[true], shares)
    )
    assert result.roc_auc is None
    without = evaluate_classification(np.minimum(true, 1), shares)
    assert without.measure("roc_auc") is None
    assert [c.roc_auc is None for c in without.classes] == [False, False, True]


def an_unbalanced_evaluation(rows: int = 400) -> ClassificationEvaluation:
    rng = np.random.default_rng(3)
    true = (rng.random(rows) < 0.05).astype(int)
    shares = np.clip(0.05 + 0.3 * true + rng.normal(0, 0.15, rows), 0.001, 0.999)
    return evaluate_classification(true, shares, ["healthy", "ill"])


def test_each_measure_stands_beside_that_of_the_trivial_answer() -> None:
    result = an_unbalanced_evaluation()
    share = result.classes[1].support / result.n
    trivial = {measure.name: measure.trivial for measure in result.measures}
    entropy = -(share * np.log(share) + (1 - share) * np.log(1 - share))
    expected = {
        "accuracy": 1 - share,
        "balanced_accuracy": 0.5,
        "precision": share,
        "recall": 1.0,
        "specificity": 1.0,
        "f1": 2 * share / (1 + share),
        "mcc": 0.0,
        "roc_auc": 0.5,
        "average_precision": share,
        "log_loss": entropy,
        "brier": share * (1 - share),
    }
    assert trivial == pytest.approx(expected)
    shown = result.to_dict()["metrics"]["balanced_accuracy"]
    assert shown["value"] == result.measure("balanced_accuracy").value  # type: ignore[union-attr]
    assert shown["interval_95"][0] <= shown["value"] <= shown["interval_95"][1]


def test_intervals_hold_the_true_score_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    true, shares = _rows_of_a_model(np.random.default_rng(0), 200_000)
    truth = {
        "f1": metrics.f1_score(true, shares > 0.5),
        "recall": metrics.recall_score(true, shares > 0.5),
        "roc_auc": metrics.roc_auc_score(true, shares),
        "log_loss": metrics.log_loss(true, shares),
    }
    held = dict.fromkeys(truth, 0)
    for _ in range(60):
        result = evaluate_classification(*_rows_of_a_model(rng, 200))
        for name in held:
            measure = result.measure(name)
            assert measure is not None
            assert measure.interval is not None
            held[name] += measure.interval[0] <= truth[name] <= measure.interval[1]
    assert all(count >= 51 for count in held.values()), held


def _rows_of_a_model(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    shares = rng.beta(0.6, 0.9, size=rows)
    return (rng.random(rows) < shares).astype(int), shares


def test_a_perfect_class_has_an_interval_too() -> None:
    result = evaluate_classification([0] * 5 + [1] * 20, [0] * 5 + [1] * 20)
    low, high = result.classes[0].recall_interval or (0, 0)
    assert (low, high) == pytest.approx((0.5655, 1.0), abs=1e-3)
    assert evaluate_classification([1, 1], [1, 1]).classes[0].recall_interval is None


def test_rows_of_weight_zero_are_left_out() -> None:
    weighed = evaluate_classification([0, 1, 1], [0.2, 0.9, 0.1], weight=[1, 2, 0])
    alone = evaluate_classification([0, 1], [0.2, 0.9], weight=[1, 2])
    assert weighed.to_dict() == alone.to_dict()
    assert read_class_rows([0, 1, 1], np.zeros(3), weight=[0, 1, 1]).places.tolist() == [1, 2]
    with pytest.raises(DataError, match="one finite number of at least 0 for each of 3 rows"):
        evaluate_classification([0, 1, 1], [0.2, 0.9, 0.1], weight=[1, -1, 0])
    with pytest.raises(DataError, match="all rows have the sample weight 0"):
        evaluate_classification([0, 1], [0.2, 0.9], weight=[0, 0])


def test_a_notebook_shows_all_measures_and_the_warning() -> None:
    shown = an_unbalanced_evaluation()._repr_html_()
    assert shown.count("<table>") == 2
    assert "balanced accuracy" in shown
    assert "<p>accuracy misleads: always answering &#x27;healthy&#x27;" in shown
