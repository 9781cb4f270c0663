"""Reduce Keras's logs of an epoch to one number for each metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def scalar_metrics(logs: Mapping[str, Any]) -> dict[str, float]:
    """The metrics that are one number, also as an array with one element.

    `keras.metrics.F1Score` without `average` logs an array with a number for each class; for one
    sigmoid unit it has the shape (1,).
    """
    return {name: float(np.asarray(value).item()) for name, value in logs.items() if _is_one(value)}


def value_count(value: Any) -> int:
    """The number of values in a logged value: 1 for a scalar."""
    return int(np.size(value))


def _is_one(value: Any) -> bool:
    plain = isinstance(value, (str, bytes, list, tuple, dict))
    return not plain and value is not None and value_count(value) == 1
