"""Data from which something can be learned, for programs that are trained."""

from __future__ import annotations

from typing import Any

import numpy as np
from made import numbers, tokens


def table(rows: int = 200, columns: int = 8, seed: int = 0) -> tuple[Any, Any]:
    """Normal numbers, and a number that they determine but for some noise."""
    x = numbers(rows, columns, seed=seed)
    y = x[:, 0] - x[:, 1] + 0.5 * x[:, 2] * x[:, 3] + 0.1 * numbers(rows, seed=seed + 1)
    return x, y.astype("float32")


def classes(count: int, rows: int = 200, columns: int = 8, seed: int = 0) -> tuple[Any, Any]:
    """Normal numbers, and class numbers of about equal frequency."""
    x, y = table(rows, columns, seed)
    cuts = np.quantile(y, np.linspace(0, 1, count + 1)[1:-1])
    return x, np.digitize(y, cuts)


def series(rows: int = 160, steps: int = 10, seed: int = 0) -> tuple[Any, Any]:
    """Sequences of two numbers, and the mean of the first."""
    x = numbers(rows, steps, 2, seed=seed)
    return x, 3 * x[:, :, 0].mean(axis=1)


def images(count: int = 3, rows: int = 150, seed: int = 0) -> tuple[Any, Any]:
    """Pictures of noise with a bright band, and the place of the band."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 0.6, (rows, 12, 12, 1)).astype("float32"), np.arange(rows) % count
    for i, place in enumerate(y):
        x[i, :, 4 * place : 4 * place + 3] += 0.4
    return x, y


def texts(rows: int = 200, length: int = 9, words: int = 40, seed: int = 0) -> tuple[Any, Any]:
    """Rows of words, and whether the first half of the vocabulary prevails."""
    x = tokens(rows, length, words, seed)
    return x, (np.sum(x < words // 2, axis=1) > length // 2).astype("float32")
