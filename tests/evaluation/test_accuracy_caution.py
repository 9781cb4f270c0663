from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from tuneit.evaluation import evaluate_classification


def test_accuracy_is_said_to_mislead_where_one_class_has_most_rows() -> None:
    rng = np.random.default_rng(3)
    true = (rng.random(400) < 0.05).astype(int)
    shares = np.clip(0.05 + 0.3 * true + rng.normal(0, 0.15, 400), 0.001, 0.999)
    said = evaluate_classification(true, shares, ["healthy", "ill"]).caution
    assert "always answering 'healthy' is right for 9" in said
    assert "balanced accuracy 0." in said
    assert "F1 of 'ill' 0." in said
    assert "average precision of 'ill' 0." in said
    assert "positive:" not in said
    assert evaluate_classification([0, 1, 0, 1], [0, 1, 1, 1]).caution == ""


def test_where_the_positive_class_is_the_frequent_one_the_other_one_is_judged() -> None:
    true = np.array([0] * 4 + [1] * 96)
    says = np.array([0, 0, 1, 1, 0] + [1] * 95)
    shares = np.where(says == 1, 0.8, 0.3)
    result = evaluate_classification(true, shares, class_names=["ill", "well"])
    assert metrics.f1_score(true, says, pos_label=0) == pytest.approx(4 / 7)
    assert "F1 of 'ill' 0.5714 (trivial: 0.0769)" in result.caution
    precise = metrics.average_precision_score(true == 0, 1 - shares)
    assert f"average precision of 'ill' {precise:.4f} (trivial: 0.0400)" in result.caution
    assert result.caution.endswith("`data: {positive: ill}` makes 'ill' the positive one")
