from __future__ import annotations

import pytest

from tuneit.evaluation.two_classes import TwoClasses


def test_the_worked_example_of_a_course() -> None:
    example = TwoClasses("ill", "healthy", 100, 70, 30, 800)
    assert example.accuracy == pytest.approx(0.900, abs=5e-4)
    assert example.precision == pytest.approx(0.588, abs=5e-4)
    assert example.recall == pytest.approx(0.769, abs=5e-4)
    assert example.f1 == pytest.approx(0.667, abs=5e-4)
    assert example.specificity == pytest.approx(0.920, abs=5e-4)
    assert example.cost(1, 20) == 70 + 20 * 30
    assert example.to_dict() == {
        "positive": "ill",
        "negative": "healthy",
        "true_positives": 100,
        "false_positives": 70,
        "false_negatives": 30,
        "true_negatives": 800,
        "specificity": example.specificity,
    }


def test_the_f_score_chooses_between_two_classifiers() -> None:
    one = TwoClasses("cat", "dog", 9500 * 90, 500 * 90, 1000 * 95, 1)
    assert (one.precision, one.recall) == pytest.approx((0.95, 0.90))
    assert one.f1 == pytest.approx(0.924, abs=5e-4)
    assert one.f_beta(2.0) == pytest.approx(5 * 0.95 * 0.9 / (4 * 0.95 + 0.9))


def test_always_healthy_is_right_and_useless_where_one_in_a_million_is_ill() -> None:
    always = TwoClasses("ill", "healthy", 0, 0, 1, 999_999)
    assert always.accuracy == pytest.approx(0.999999)
    assert (always.precision, always.recall, always.f1) == (0, 0, 0)
