from __future__ import annotations

import pytest

from tuneit.trials.named_metric import named_metric


@pytest.mark.parametrize(
    ("metric", "data", "named"),
    [
        ("val_recall", {"positive_class": "ill"}, "val_recall (positive class ill)"),
        ("val_auc", {"positive_class": "ill", "target_shape": [1]}, "val_auc (positive class ill)"),
        ("val_recall", {"positive_class": "ill", "target_shape": [2]}, "val_recall"),
        ("val_accuracy", {"positive_class": "ill"}, "val_accuracy"),
        ("val_recall", {}, "val_recall"),
    ],
)
def test_a_metric_of_one_class_says_which(metric: str, data: dict[str, object], named: str) -> None:
    assert named_metric(metric, data) == named
