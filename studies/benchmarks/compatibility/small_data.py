"""Small data for the cases, made anew at each call and the same each time."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Given

ROWS = 96


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def features(*shape: int) -> Any:
    return rng().normal(size=(ROWS, *(shape or (6,)))).astype("float32")


def classes(x: Any, count: int = 3) -> Any:
    """Labels that depend on the rows' means, about as many of each."""
    means = np.asarray(x, "float64").reshape(len(x), -1).mean(1)
    return np.searchsorted(np.quantile(means, np.arange(1, count) / count), means)


def table() -> Given:
    """Six numbers a row, three classes."""
    x = features()
    return Given(x, classes(x))


def two_classes() -> Given:
    x = features()
    return Given(x, classes(x, 2))


def numbers() -> Given:
    """Six numbers a row, and one to predict."""
    x = features()
    return Given(x, x[:, 0] - x[:, 1])


def images(channels: int = 1) -> Any:
    return rng().random((ROWS, 8, 8, channels)).astype("float32")


def texts() -> tuple[Any, Any]:
    """Reviews of a few words, and whether they praise."""
    good, bad = ("a fine film", "great fun", "fine and great"), ("a poor film", "a bore", "poor")
    return np.array([*good, *bad] * 16), np.array([1, 1, 1, 0, 0, 0] * 16)


def token_ids(length: int = 7, words: int = 20) -> Any:
    return rng().integers(1, words, (ROWS, length))


def padded_ids(length: int = 7, words: int = 20) -> Any:
    """Sequences of unlike lengths, padded with 0 at their ends."""
    ids = token_ids(length, words)
    ids[np.arange(length)[None, :] >= rng().integers(2, length + 1, ROWS)[:, None]] = 0
    return ids
