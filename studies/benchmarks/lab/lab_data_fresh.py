"""The second set of problems made after all rules: the lab's unseen part.

Some read files that are not part of the package, as in `lab_data_varied.py`.
"""

from __future__ import annotations

import numpy as np
from lab_data import ROWS, Pool, Problem
from lab_data_varied import FILES, cifar_of, table

FLAT = ("dense", "gated", "mlp")
IMAGES = ("separable", "pooled", "mlp")
SEQUENCES = ("attention", "conv1d", "gru")


def _levels() -> Pool:
    """Five ordered levels of a linear score with noise, as answers to a questionnaire."""
    rng = np.random.default_rng(201)
    x = rng.integers(1, 6, (ROWS, 14)).astype(float)
    score = (x - 3) @ rng.normal(size=14) + rng.normal(0, 2.0, ROWS)
    return x, np.searchsorted(np.quantile(score, (0.2, 0.4, 0.6, 0.8)), score)


def _shops() -> Pool:
    """A price by three categories of eight values each (one-hot columns), two of which interact."""
    rng = np.random.default_rng(202)
    codes = rng.integers(0, 8, (ROWS, 3))
    alone, pair = rng.normal(size=(3, 8)), rng.normal(size=(8, 8))
    y = sum(alone[k][codes[:, k]] for k in range(3)) + pair[codes[:, 0], codes[:, 1]]
    return np.eye(8)[codes].reshape(ROWS, 24), y + rng.normal(0, 0.5, ROWS)


def _waiting() -> Pool:
    """The logarithm of an exponential waiting time whose rate depends on the inputs."""
    rng = np.random.default_rng(203)
    x = rng.normal(size=(ROWS, 9))
    rate = np.exp(0.9 * x[:, 0] + 0.8 * np.abs(x[:, 1]) - 0.7 * x[:, 2] * x[:, 3])
    return x, np.log(rng.exponential(1 / rate) + 0.02)


def _codes() -> Pool:
    """Which of twelve words of 24 bits was sent, if each bit is wrong with probability 0.18?"""
    rng = np.random.default_rng(204)
    words = rng.integers(0, 2, (12, 24))
    y = rng.integers(0, 12, ROWS)
    return (words[y] ^ (rng.random((ROWS, 24)) < 0.18)).astype(float), y


def _regions() -> Pool:
    """A step function of seven of ten columns: a sum of random trees, with noise."""
    rng = np.random.default_rng(205)
    x = rng.uniform(size=(ROWS, 10))
    y = rng.normal(0, 0.5, ROWS)
    for _ in range(12):
        columns, cuts = rng.integers(0, 7, 3), rng.uniform(0.25, 0.75, 3)
        leaf = ((x[:, columns] > cuts) @ (1, 2, 4)).astype(int)
        y += rng.normal(0, 0.5, 8)[leaf]
    return x, y


def _shells() -> Pool:
    """In which of three shells around the origin does a point of seven dimensions lie?"""
    rng = np.random.default_rng(206)
    y = rng.integers(0, 3, ROWS)
    way = rng.normal(size=(ROWS, 7))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    return way * (np.array([1.0, 1.6, 2.2])[y] + rng.normal(0, 0.3, ROWS))[:, None], y


def _experts() -> Pool:
    """Four linear models, each in its own part of the space."""
    rng = np.random.default_rng(207)
    x = rng.normal(size=(ROWS, 16))
    part = (x[:, :2] > 0) @ (1, 2)
    y = np.einsum("ij,ij->i", x, rng.normal(size=(4, 16))[part])
    return x, y + rng.normal(0, 1.0, ROWS)


def _wells() -> Pool:
    """Two classes of a quadratic form in 18 columns, an eighth of them with the other label."""
    rng = np.random.default_rng(208)
    x = rng.normal(size=(ROWS, 18))
    axes = rng.normal(size=(18, 4)) / np.sqrt(18)
    y = ((x @ axes) ** 2 @ (1.0, 1.0, -1.0, -1.0) > 0).astype(int)
    return x, np.where(rng.random(ROWS) < 0.125, 1 - y, y)


def _alarms() -> Pool:
    """Positives, one in four, of a logistic model with an interaction."""
    rng = np.random.default_rng(209)
    x = rng.normal(size=(ROWS, 22))
    logit = 2.4 * x[:, 0] - 2.0 * x[:, 1] + 2.2 * x[:, 2] * x[:, 3] - 2.5
    return x, (rng.random(ROWS) < 1 / (1 + np.exp(-logit))).astype(int)


def _spectra() -> Pool:
    """A concentration from 40 neighbouring channels that overlap, as in spectroscopy."""
    rng = np.random.default_rng(210)
    amounts = rng.gamma(2.0, 0.5, (ROWS, 5))
    centres, channels = np.array([5, 12, 18, 25, 33]), np.arange(40)
    peaks = np.exp(-((channels - centres[:, None]) ** 2) / 30)
    return amounts @ peaks + rng.normal(0, 0.15, (ROWS, 40)), amounts[:, 2]


def _motifs() -> Pool:
    """Does a sequence of four letters contain a motif, up to one wrong letter?"""
    rng = np.random.default_rng(211)
    letters, y = rng.integers(0, 4, (ROWS, 20)), rng.integers(0, 2, ROWS)
    motif = np.array([0, 3, 1, 2, 2, 0])
    for row in np.flatnonzero(y):
        at, wrong = rng.integers(0, 15), rng.integers(0, 6)
        letters[row, at : at + 6] = motif
        letters[row, at + wrong] = rng.integers(0, 4)
    return np.eye(4)[letters], y


def _gaits() -> Pool:
    """Which of three ways to walk: two noisy channels whose phase differs."""
    rng = np.random.default_rng(212)
    y = rng.integers(0, 3, ROWS)
    t = rng.uniform(0, 6, (ROWS, 1)) + 0.7 * np.arange(18)
    shift = np.array([0.0, 0.8, 1.6])[y][:, None] + rng.normal(0, 0.2, (ROWS, 1))
    x = np.stack([np.sin(t), np.sin(t + shift)], axis=2)
    return x + rng.normal(0, 0.5, x.shape), y


def _peaks() -> Pool:
    """How far apart are two bumps of a noisy sequence: regression."""
    rng = np.random.default_rng(213)
    first, apart = rng.uniform(2, 8, (ROWS, 1)), rng.uniform(2, 11, (ROWS, 1))
    t = np.arange(22)
    x = np.exp(-((t - first) ** 2) / 2) + np.exp(-((t - first - apart) ** 2) / 2)
    return (x + rng.normal(0, 0.25, x.shape))[..., None], apart[:, 0]


def _tilts() -> Pool:
    """How steep is the edge of a noisy 8 × 8 image: regression."""
    rng = np.random.default_rng(214)
    angle, offset = rng.uniform(0, np.pi / 2, (2, ROWS, 1, 1))
    rows, columns = np.mgrid[:8, :8] - 3.5
    along = rows * np.cos(angle) + columns * np.sin(angle) - 2 * (offset - 0.8)
    x = np.tanh(along) + rng.normal(0, 0.6, (ROWS, 8, 8))
    return x[..., None], angle[:, 0, 0]


_FROM_FILES: tuple[tuple[str, Problem], ...] = (
    (
        "red_wine.csv",
        Problem(
            "tasters", "unseen", lambda: table("red_wine.csv", "quality"), 0, FLAT, style="fresh"
        ),
    ),
    (
        "cifar10_subset.npz",
        Problem("animals", "unseen", lambda: cifar_of((2, 3, 5, 7)), 4, IMAGES, style="fresh"),
    ),
)

FRESH_PROBLEMS: tuple[Problem, ...] = (
    Problem("levels", "unseen", _levels, 5, FLAT, style="fresh"),
    Problem("shops", "unseen", _shops, 0, FLAT, style="fresh"),
    Problem("waiting", "unseen", _waiting, 0, FLAT, style="fresh"),
    Problem("codes", "unseen", _codes, 12, FLAT, style="fresh"),
    Problem("regions", "unseen", _regions, 0, FLAT, style="fresh"),
    Problem("shells", "unseen", _shells, 3, FLAT, style="fresh"),
    Problem("experts", "unseen", _experts, 0, FLAT, style="fresh"),
    Problem("wells", "unseen", _wells, 2, FLAT, style="fresh"),
    Problem("alarms", "unseen", _alarms, 2, FLAT, style="fresh"),
    Problem("spectra", "unseen", _spectra, 0, FLAT, style="fresh"),
    Problem("motifs", "unseen", _motifs, 2, SEQUENCES, style="fresh"),
    Problem("gaits", "unseen", _gaits, 3, SEQUENCES, style="fresh"),
    Problem("peaks", "unseen", _peaks, 0, ("mlp", "gru"), style="fresh"),
    Problem("tilts", "unseen", _tilts, 0, IMAGES, style="fresh"),
    *(problem for file, problem in _FROM_FILES if (FILES / file).exists()),
)
"""In an order that is part of each run's seed, as that of `PROBLEMS`."""
