"""Which class a metric of two classes is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OF_POSITIVE = (
    *("precision", "recall", "auc", "f1", "fbeta", "sensitivity", "specificity"),
    *("positives", "negatives"),
)
"""Parts of names by which metrics of the positive class are recognised."""


def named_metric(metric: str, data: Mapping[str, Any]) -> str:
    """The metric's name, followed by the positive class if the metric is about that class.

    `data` describes the dataset, as `Dataset.describe` does. Of one-hot targets with two columns
    Keras counts both alike, unless the metric was given a `class_id`: then no class is named.
    """
    positive = data.get("positive_class")
    its_own = any(word in metric.lower() for word in _OF_POSITIVE)
    if not positive or not its_own or list(data.get("target_shape", ())) == [2]:
        return metric
    return f"{metric} (positive class {positive})"
