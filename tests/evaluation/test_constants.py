from __future__ import annotations

import numpy as np
import pytest

from tuneit.evaluation.constants import Constant, of_classes, of_labels, of_numbers


def by_name(constants) -> dict[str, np.ndarray]:
    return {constant.name: constant.value for constant in constants}


def test_of_classes_each_one_may_be_the_only_answer_and_their_shares_all_add_up_to_one():
    shares = np.array([0.2, 0.0, 0.8])
    found = by_name(of_classes(shares, ("ape", "bee", "cat")))
    assert next(iter(found)) == "'cat'"
    assert found["'ape'"] == pytest.approx([1, 0, 0], abs=1e-3)
    assert found["the class shares"] == pytest.approx([0.2, 0.0, 0.8], abs=1e-3)
    assert found["equal shares"] == pytest.approx([0.5, 0, 0.5], abs=1e-3)  # of those that occur
    assert all(value.sum() == pytest.approx(1) for value in found.values())
    # Of classes that tie the more frequent is the larger, and no two are equal.
    assert all(len(set(value.astype(np.float32))) == 3 for value in found.values())
    assert np.argsort(-found["'bee'"]).tolist() == [1, 2, 0]
    assert np.argsort(-found["equal shares"]).tolist() == [2, 0, 1]
    assert "class 2" in by_name(of_classes(shares))


def test_of_labels_two_values_and_what_lies_between_them():
    found = by_name(of_labels(np.array([0.25]), -1, 1))
    assert (found["-1"], found["1"]) == (-1, 1)
    assert found["the share of 1, 0.25"] == -0.5
    several = by_name(of_labels(np.array([0.25, 0.75]), 0, 1))
    assert several["each label's more frequent value"].tolist() == [0, 1]
    assert several["each label's share"].tolist() == [0.25, 0.75]


def test_of_numbers_the_mean_and_quantiles_by_weight():
    targets = np.array([[1.0], [2.0], [3.0], [10.0]])
    found = by_name(of_numbers(targets))
    assert (found["the mean, 4"], found["the median, 2"]) == (4, 2)
    heavy = by_name(of_numbers(targets, np.array([0.0, 0.0, 1.0, 3.0])))
    assert heavy["the mean, 8.25"] == 8.25
    assert heavy["the 25 % quantile, 3"] == 3
    assert heavy["the median, 10"] == 10


def test_logits_are_those_that_softmax_and_sigmoid_make_the_shares_of():
    shares = np.array([0.2, 0.8])
    softmax = np.exp(Constant("", shares).as_logits(exclusive=True).value)
    assert softmax / softmax.sum() == pytest.approx(shares)
    odds = Constant("", shares).as_logits(exclusive=False).value
    assert 1 / (1 + np.exp(-odds)) == pytest.approx(shares)
    assert np.isfinite(Constant("", np.array([0.0, 1.0])).as_logits(exclusive=True).value).all()
