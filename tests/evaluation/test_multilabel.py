from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from tuneit.errors import DataError
from tuneit.evaluation.multilabel import evaluate_multilabel


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 6), st.booleans())
def test_the_numbers_are_scikit_learns(seed: int, rows: int, labels: int, logits: bool) -> None:
    rng = np.random.default_rng(seed)
    true = (rng.random((rows, labels)) < rng.random(labels)).astype(int)
    scores = rng.normal(size=(rows, labels))
    outputs = scores if logits else 1 / (1 + np.exp(-scores))
    result = evaluate_multilabel(true, outputs, from_logits=logits)

    found = (scores > 0).astype(int)
    assert result.scores.subset_accuracy == pytest.approx((true == found).all(axis=1).mean())
    assert result.scores.hamming_loss == pytest.approx(metrics.hamming_loss(true, found))
    if labels == 1:
        # scikit-learn takes a single column for a binary problem, whose "macro" is of two classes.
        true, found = np.column_stack([true, true]), np.column_stack([found, found])
    else:
        counts = metrics.multilabel_confusion_matrix(true, found)
        for label, (without, with_) in zip(result.labels, counts, strict=True):
            assert [label.true_negatives, label.false_positives] == without.tolist()
            assert [label.false_negatives, label.true_positives] == with_.tolist()
    for average, name in ((result.micro, "micro"), (result.macro, "macro")):
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            true, found, average=name, zero_division=0
        )
        assert (average.precision, average.recall, average.f1) == pytest.approx(
            (precision, recall, f1)
        )
    columns = metrics.precision_recall_fscore_support(true, found, average=None, zero_division=0)
    for label, precision, recall, f1, support in zip(result.labels, *columns, strict=False):
        assert (label.precision, label.recall, label.f1) == pytest.approx((precision, recall, f1))
        assert label.support == support


def test_trivial_answers_are_fitted_to_the_training_targets() -> None:
    train = np.array([[1, 0, 1], [1, 0, 1], [0, 0, 1], [1, 1, 0]])
    true = np.array([[1, 0, 1], [1, 0, 0], [0, 1, 1]])
    result = evaluate_multilabel(true, np.zeros((3, 3)), ["a", "b", "c"], train)
    assert result.baseline.subset_accuracy == pytest.approx(1 / 3)  # always {a, c}
    assert result.baseline.hamming_loss == pytest.approx(3 / 9)
    assert result.baseline.micro_f1 == pytest.approx(
        metrics.f1_score(true, np.ones_like(true), average="micro")
    )
    every = metrics.f1_score(true, np.ones_like(true), average=None)
    assert [label.baseline_f1 for label in result.labels] == pytest.approx(every.tolist())
    assert "micro F1 0.0000 (always every label: 0.7143)" in result.headline()


def test_each_label_has_scikit_learns_ranking_scores() -> None:
    rng = np.random.default_rng(0)
    true = (rng.random((40, 3)) < 0.4).astype(int)
    scores = np.round(rng.random((40, 3)) + 0.3 * true, 1) / 2  # with ties
    result = evaluate_multilabel(true, scores)
    aucs = metrics.roc_auc_score(true, scores, average=None)
    precisions = metrics.average_precision_score(true, scores, average=None)
    assert [label.roc_auc for label in result.labels] == pytest.approx(aucs.tolist())
    assert [label.average_precision for label in result.labels] == pytest.approx(
        precisions.tolist()
    )
    assert result.macro_roc_auc == pytest.approx(metrics.roc_auc_score(true, scores))
    assert result.macro_average_precision == pytest.approx(
        metrics.average_precision_score(true, scores)
    )
    true[:, 1] = 1  # a label that all rows have cannot be ranked
    result = evaluate_multilabel(true, scores)
    assert (result.labels[1].roc_auc, result.macro_roc_auc) == (None, None)
    assert result.labels[0].roc_auc == pytest.approx(aucs[0])
    assert "<td>-</td>" in result._repr_html_()


def test_a_label_is_given_above_one_half_or_above_a_logit_of_zero() -> None:
    def found(outputs: list[float], **how: bool) -> list[bool]:
        result = evaluate_multilabel(np.ones((1, len(outputs))), np.array([outputs]), **how)
        return [label.true_positives == 1 for label in result.labels]

    assert found([0.5, 0.51, 0.2]) == [False, True, False]
    assert found([0.5, 0.51, -0.2]) == [True, True, False]  # outside [0, 1]: logits
    assert found([0.5, 0.51, 0.2], from_logits=True) == [True, True, True]


def test_what_cannot_be_evaluated_is_refused_in_words() -> None:
    with pytest.raises(DataError, match=r"outputs of shape \(2, 3\) and a truth of \(2, 2\)"):
        evaluate_multilabel(np.ones((2, 2)), np.ones((2, 3)))
    with pytest.raises(DataError, match="NaN for 1 of 2 rows"):
        evaluate_multilabel(np.ones((2, 2)), np.array([[0.1, np.nan], [0.2, 0.3]]))


def test_it_goes_to_json_and_to_a_notebook() -> None:
    result = evaluate_multilabel(np.eye(2), np.eye(2), ["<b>", "c"])
    record = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert (record["task"], record["micro_f1"], record["labels"][1]["name"]) == (
        "multilabel",
        1.0,
        "c",
    )
    assert "&lt;b&gt;" in result._repr_html_()


def test_labels_have_intervals_specificity_and_an_f_score_of_ones_choice() -> None:
    rng = np.random.default_rng(0)
    true = rng.random((150, 3)) < (0.3, 0.5, 0.02)
    found = np.where(rng.random((150, 3)) < 0.8, true, ~true)
    result = evaluate_multilabel(true, found.astype(float))
    counts = metrics.multilabel_confusion_matrix(true, found)
    for index, (label, ((tn, fp), _)) in enumerate(zip(result.labels, counts, strict=True)):
        assert label.specificity == pytest.approx(tn / (tn + fp))
        own = metrics.fbeta_score(true[:, index], found[:, index], beta=2, zero_division=0)
        assert label.f_beta(2.0) == pytest.approx(own)
        for name in ("precision", "recall", "f1"):
            low, high = getattr(label, f"{name}_interval")
            assert 0 <= low <= getattr(label, name) <= high <= 1
            assert low < high
    never = evaluate_multilabel(np.zeros((4, 1)), np.zeros((4, 1))).labels[0]
    assert (never.recall_interval, never.f_beta(2.0)) == (None, 0.0)
