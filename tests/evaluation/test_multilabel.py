from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from tuneit.errors import DataError
from tuneit.evaluation.classification import evaluate_classification
from tuneit.evaluation.cost_threshold import cost_threshold
from tuneit.evaluation.multilabel import evaluate_multilabel
from tuneit.evaluation.weighing import weighed_record
from tuneit.study import ErrorCosts, ReportSpec


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
    assert "<td>–</td>" in result._repr_html_()


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
    says = {measure.name: measure.says for measure in result.measures}
    assert says["macro_f1"] == "mean F1 of the labels"


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


def test_labels_have_curves_thresholds_calibration_and_costs_as_two_classes_have() -> None:
    rng = np.random.default_rng(1)
    true = (rng.random((300, 2)) < 0.3).astype(int)
    logits = 2 * true - 1 + rng.normal(size=true.shape)
    result = evaluate_multilabel(
        true, logits, ["a", "b"], from_logits=True, validation=(true[:120], logits[:120])
    )
    shares = 1 / (1 + np.exp(-logits))
    for index, label in enumerate(result.labels):
        alone = evaluate_classification(
            true[:, index],
            shares[:, [index]],
            ["no", label.name],
            validation=(true[:120, index], shares[:120, [index]]),
        )
        assert label.calibration is not None
        assert alone.calibration is not None
        assert label.calibration.ece == pytest.approx(alone.calibration.ece)
        auc = alone.measure("roc_auc")
        assert auc is not None
        assert label.roc_auc_interval == pytest.approx(auc.interval)
        ours, theirs = cost_threshold(label, 1, 20), cost_threshold(alone, 1, 20)
        assert ours is not None
        assert theirs is not None
        assert ours.chosen.cost == pytest.approx(theirs.chosen.cost)
        assert ours.trivial.cost == pytest.approx(theirs.trivial.cost)
        # No other threshold has a higher F1 on the validation rows.
        assert label.best_threshold is not None
        tries = [*shares[:120, index], label.best_threshold]
        scores = [metrics.f1_score(true[:120, index], shares[:120, index] >= t) for t in tries]
        assert scores[-1] == max(scores)
        at_best = shares[:, index] >= label.best_threshold
        assert label.f1_at_best == pytest.approx(metrics.f1_score(true[:, index], at_best))

    weighed = ReportSpec(beta=2, costs=ErrorCosts(false_negative=20))
    record = weighed_record(result, weighed)["labels"][0]
    json.dumps(record)
    assert record["f_beta"] == pytest.approx(
        metrics.fbeta_score(true[:, 0], shares[:, 0] > 0.5, beta=2)
    )
    assert record["cost_threshold"]["costs"] == {"false_positive": 1, "false_negative": 20}
    for measure in result.measures:
        assert measure.interval is not None
        assert measure.interval[0] <= measure.value <= measure.interval[1]
