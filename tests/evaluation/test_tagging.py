from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from tuneit.evaluation.positions import PositionTargets
from tuneit.evaluation.tagging import evaluate_tagging


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 6), st.integers(2, 5))
def test_without_padding_the_numbers_are_scikit_learns(
    seed: int, rows: int, steps: int, tags: int
) -> None:
    rng = np.random.default_rng(seed)
    true = rng.integers(tags, size=(rows, steps))
    outputs = rng.normal(size=(rows, steps, tags))
    mask = rng.random((rows, steps)) < 0.7
    mask[0, 0] = True
    result = evaluate_tagging(PositionTargets(true, mask=mask), outputs, positions=(steps,))

    known, found = true[mask], outputs.argmax(axis=-1)[mask]
    assert (result.n, result.tokens, result.left_out) == (rows, mask.sum(), (~mask).sum())
    assert result.accuracy == pytest.approx(metrics.accuracy_score(known, found))
    columns = metrics.precision_recall_fscore_support(
        known, found, labels=np.arange(tags), zero_division=0
    )
    for score, precision, recall, f1, support in zip(result.classes, *columns, strict=True):
        assert (score.precision, score.recall, score.f1) == pytest.approx((precision, recall, f1))
        assert score.support == support
    for average, name in ((result.macro, "macro"), (result.weighted, "weighted")):
        expected = metrics.f1_score(known, found, average=name, zero_division=0)
        assert average.f1 == pytest.approx(expected)
    np.testing.assert_array_equal(
        result.confusion, metrics.confusion_matrix(known, found, labels=np.arange(tags))
    )
    right = [
        (outputs.argmax(axis=-1)[i] == true[i])[mask[i]].all() for i in range(rows) if any(mask[i])
    ]
    assert result.sequence_accuracy == pytest.approx(np.mean(right))


def test_it_stands_beside_the_most_frequent_tag_of_training() -> None:
    true = np.array([[0, 1], [1, 1]])
    result = evaluate_tagging(
        PositionTargets(true, ignored=0),
        np.eye(3)[[[2, 1], [1, 0]]],
        ["pad", "noun", "verb"],
        PositionTargets(np.array([[0, 0], [0, 1]]), ignored=0),
        positions=(2,),
    )
    assert (result.accuracy, result.sequence_accuracy) == (pytest.approx(2 / 3), 0.5)
    assert (result.majority_class, result.baseline_accuracy) == ("noun", 1.0)
    assert (result.baseline_sequence_accuracy, result.baseline_macro_f1) == (1.0, 1.0)
    assert "on 3 tokens of 2 sequences, 1 steps of padding left out" in result.headline()


def test_it_goes_to_json_and_to_a_notebook() -> None:
    result = evaluate_tagging(
        PositionTargets(np.array([[0, 1]])), np.eye(2)[[[0, 1]]], ["<b>", "c"], positions=(2,)
    )
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["task"] == "tagging"
    assert "&lt;b&gt;" in result._repr_html_()
