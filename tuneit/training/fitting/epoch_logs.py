"""What Keras logs of an epoch, as one number a metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def numbers(logs: Mapping[str, Any]) -> dict[str, float]:
    """The metrics that are one number, arrays with one element included.

    `keras.metrics.F1Score` without `average` logs an array with a number for each class, of one
    sigmoid unit an array of shape (1,).
    """
    return {name: float(np.asarray(value).item()) for name, value in logs.items() if _is_one(value)}


def count(value: Any) -> int:
    """How many numbers a logged value is."""
    return int(np.size(value))


def _is_one(value: Any) -> bool:
    plain = isinstance(value, (str, bytes, list, tuple, dict))
    return not plain and value is not None and count(value) == 1
