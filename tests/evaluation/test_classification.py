from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn import metrics

from tuneit.errors import DataError
from tuneit.evaluation.classification import evaluate_classification
from tuneit.evaluation.intervals import wilson_interval


def some_predictions(classes: int, rows: int = 300, seed: int = 0):
    rng = np.random.default_rng(seed)
    true = rng.choice(classes, rows, p=np.arange(1, classes + 1) / np.arange(1, classes + 1).sum())
    logits = rng.normal(size=(rows, classes)) + 1.5 * np.eye(classes)[true]
    powers = np.exp(logits)
    return true, logits, powers / powers.sum(axis=1, keepdims=True)


def test_the_numbers_are_scikit_learns() -> None:
    true, _, shares = some_predictions(4)
    labels = shares.argmax(axis=1)
    result = evaluate_classification(true, shares, list("abcd"))

    assert result.n == 300
    assert result.accuracy == pytest.approx(metrics.accuracy_score(true, labels))
    np.testing.assert_array_equal(result.confusion, metrics.confusion_matrix(true, labels))
    np.testing.assert_allclose(
        result.confusion_normalized, metrics.confusion_matrix(true, labels, normalize="true")
    )
    assert result.log_loss == pytest.approx(metrics.log_loss(true, shares))
    report = metrics.classification_report(
        true, labels, target_names=list("abcd"), output_dict=True
    )
    for score in result.classes:
        assert score.precision == pytest.approx(report[score.name]["precision"])
        assert score.recall == pytest.approx(report[score.name]["recall"])
        assert score.f1 == pytest.approx(report[score.name]["f1-score"])
        assert score.support == report[score.name]["support"]
    for average, name in ((result.macro, "macro avg"), (result.weighted, "weighted avg")):
        assert average.precision == pytest.approx(report[name]["precision"])
        assert average.recall == pytest.approx(report[name]["recall"])
        assert average.f1 == pytest.approx(report[name]["f1-score"])


def test_a_binary_model_has_ranking_scores_with_one_unit_as_with_two() -> None:
    true, _, shares = some_predictions(2)
    one = evaluate_classification(true, shares[:, [1]], ["no", "yes"])
    two = evaluate_classification(true, shares, ["no", "yes"])
    for result in (one, two):
        assert result.roc_auc == pytest.approx(metrics.roc_auc_score(true, shares[:, 1]))
        assert result.average_precision == pytest.approx(
            metrics.average_precision_score(true, shares[:, 1])
        )
        assert result.log_loss == pytest.approx(metrics.log_loss(true, shares))
    np.testing.assert_array_equal(one.confusion, two.confusion)


@pytest.mark.parametrize("classes", [2, 5])
def test_logits_mean_what_their_probabilities_mean(classes: int) -> None:
    true, logits, shares = some_predictions(classes)
    expected = evaluate_classification(true, shares)
    result = evaluate_classification(true, logits)
    assert result.log_loss == pytest.approx(expected.log_loss)
    np.testing.assert_array_equal(result.confusion, expected.confusion)


def test_a_single_logit_is_cut_at_zero() -> None:
    result = evaluate_classification([0, 1, 1, 0], np.array([[-3.0], [2.0], [0.4], [0.2]]))
    assert result.confusion.tolist() == [[1, 1], [0, 2]]
    shown = result.to_dict()["confusion_matrix"]
    assert shown["labels"] == list(result.class_names)
    assert shown["counts"] == [[1, 1], [0, 2]]
    huge = evaluate_classification([0, 1], np.array([-1e4, 1e4]))
    assert huge.accuracy == 1.0
    assert huge.log_loss == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("column", [False, True])
def test_one_units_outputs_on_the_labels_own_scale_are_cut_at_the_threshold(column: bool) -> None:
    true = np.array([-1.0, -1.0, 1.0, 1.0])
    outputs = np.array([-3.0, 0.2, 0.4, -0.1])
    if column:
        true, outputs = true[:, None], outputs[:, None]
    result = evaluate_classification(true, outputs, ["-1", "1"], codes=(-1, 1), threshold=0.0)
    assert result.confusion.tolist() == [[1, 1], [1, 1]]
    assert result.log_loss is None
    assert result.roc_auc == pytest.approx(metrics.roc_auc_score([0, 0, 1, 1], outputs.ravel()))
    assert (result.positive_class, result.to_dict()["positive_class"]) == ("1", "1")


def test_of_several_units_each_is_for_the_label_of_its_number() -> None:
    true, shares = np.array([3, 4, 4, 3]), np.eye(6)[[3, 4, 3, 0]]
    result = evaluate_classification(true, shares, ["three", "four"], y_train=true, codes=(3, 4))
    assert result.class_names == ("0", "1", "2", "three", "four", "5")
    assert result.accuracy == 0.5
    assert result.majority_class == "three"
    assert result.confusion[3].tolist() == [1, 0, 0, 1, 0, 0]
    assert result.positive_class is None


def test_labels_and_one_hot_truth_are_understood() -> None:
    result = evaluate_classification(np.eye(3)[[0, 1, 2, 2]], np.array([0, 1, 2, 0]), "abc")
    assert result.accuracy == 0.75
    assert result.log_loss is None
    assert result.roc_auc is None


def test_independent_sigmoids_give_labels_but_no_log_loss() -> None:
    result = evaluate_classification([0, 1, 2], np.array([[0.9, 0.8, 0], [0.1, 1, 1], [0, 0, 0.1]]))
    assert result.accuracy == 1.0
    assert result.log_loss is None


def test_the_baseline_answers_the_class_most_frequent_in_training() -> None:
    result = evaluate_classification([0, 0, 1], np.array([0, 1, 1]), "ab", y_train=[1, 1, 0])
    assert result.majority_class == "b"
    assert result.baseline_accuracy == pytest.approx(1 / 3)


def test_a_class_without_rows_keeps_its_place_and_leaves_the_macro_average_alone() -> None:
    true, labels = [0, 0, 2, 2], [0, 2, 2, 2]
    result = evaluate_classification(true, np.array(labels), ["a", "b", "c"])
    assert result.classes[1].support == 0
    assert np.isnan(result.confusion_normalized[1]).all()
    assert result.macro.f1 == pytest.approx(metrics.f1_score(true, labels, average="macro"))
    assert result.to_dict()["confusion_matrix"]["normalized"][1] == [None, None, None]


def test_unnamed_classes_are_called_by_their_index() -> None:
    result = evaluate_classification([0, 2], np.array([0, 2]), ["zero"])
    assert result.class_names == ("zero", "1", "2")


@pytest.mark.parametrize(("successes", "n"), [(0, 5), (5, 5), (351, 360), (1, 2)])
def test_the_interval_is_wilsons(successes: int, n: int) -> None:
    expected = binomtest(successes, n).proportion_ci(method="wilson")
    assert wilson_interval(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_confused_pairs_come_most_frequent_first() -> None:
    result = evaluate_classification(
        [0, 0, 0, 1, 1, 2], np.array([1, 1, 0, 0, 1, 2]), ["a", "b", "c"]
    )
    assert [(p.true, p.predicted, p.count) for p in result.confused_pairs()] == [
        ("a", "b", 2),
        ("b", "a", 1),
    ]
    assert result.confused_pairs()[0].share == pytest.approx(2 / 3)


def test_what_cannot_be_evaluated_is_refused_in_words() -> None:
    with pytest.raises(DataError, match="NaN for 1 of 2 rows"):
        evaluate_classification([0, 1], np.array([[0.1, 0.9], [np.nan, 1.0]]))
    with pytest.raises(DataError, match="as many predictions"):
        evaluate_classification([0, 1], np.array([0]))
    with pytest.raises(DataError, match="at least one"):
        evaluate_classification([], np.array([]))
    with pytest.raises(DataError, match="shape"):
        evaluate_classification([0], np.zeros((1, 2, 2)))
    with pytest.raises(DataError, match="labels are -1, 1, but some are others, such as 0"):
        evaluate_classification([0], np.array([0.1]), codes=(-1, 1))
    with pytest.raises(DataError, match="whole numbers"):
        evaluate_classification([0.5], np.array([0]))


def test_it_goes_to_json_and_to_a_notebook() -> None:
    true, _, shares = some_predictions(2)
    result = evaluate_classification(true, shares, ["<script>", "b"])
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["n"] == 300
    assert "<script>" not in result._repr_html_()
    assert "&lt;script&gt;" in result._repr_html_()
