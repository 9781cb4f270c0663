"""The first problems made after all rules; their runs were looked at: they are of the fit half.

Four problems were never trained, and are of the unseen part.

Some read files that are not part of the package: `LAB_DATA` names their folder. Without it the
lab leaves them out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from lab_data import ROWS, Pool, Problem
from sklearn import datasets

FILES = Path(os.environ.get("LAB_DATA", "."))
FLAT = ("mlp", "residual")
IMAGES = ("cnn", "pooled", "mlp")
SEQUENCES = ("gru", "conv1d", "lstm")


def table(name: str, target: str) -> Pool:
    """The numeric columns of a CSV file."""
    import pandas as pd

    rows = pd.read_csv(FILES / name)
    y = rows.pop(target).to_numpy(np.float64)
    return rows.select_dtypes("number").to_numpy(np.float64), y


def _good_wine() -> Pool:
    x, y = table("red_wine.csv", "quality")
    return x, (y >= 6).astype(float)


def _smaller(images: Any, size: int) -> Any:
    """Means of squares of `size` by `size` pixels, of images of (n, rows, columns, channels)."""
    n, rows, columns, channels = images.shape
    shape = (n, rows // size, size, columns // size, size, channels)
    return images.reshape(shape).mean(axis=(2, 4)) / 255


def _mnist() -> Pool:
    with np.load(FILES / "mnist_10k.npz") as file:
        return _smaller(file["x"][:ROWS, ..., None], 2), file["y"][:ROWS]


def cifar_of(classes: tuple[int, ...]) -> Pool:
    with np.load(FILES / "cifar10_subset.npz") as file:
        x = np.concatenate([file["x_train"], file["x_test"]])
        y = np.concatenate([file["y_train"].ravel(), file["y_test"].ravel()])
    kept = np.isin(y, classes)
    return _smaller(x[kept], 4), np.searchsorted(classes, y[kept])


def _iris() -> Pool:
    x, y = datasets.load_iris(return_X_y=True)
    return x, y


def _s_curve() -> Pool:
    x, t = datasets.make_s_curve(ROWS, noise=0.15, random_state=101)
    return x, t + np.random.default_rng(101).normal(0, 0.3, ROWS)


def _parity() -> Pool:
    """Is the number of positive ones among three columns even? Nine others mean nothing."""
    rng = np.random.default_rng(102)
    x = rng.normal(size=(ROWS, 12))
    return x, ((x[:, :3] > 0).sum(axis=1) % 2).astype(float)


def _teacher() -> Pool:
    """What a random network with one hidden layer says, with noise on its logits."""
    rng = np.random.default_rng(103)
    x = rng.normal(size=(ROWS, 20))
    hidden = np.tanh(x @ rng.normal(0, 0.5, (20, 12)))
    logits = hidden @ rng.normal(size=(12, 3)) + rng.gumbel(0, 0.5, (ROWS, 3))
    return x, logits.argmax(axis=1)


def _topics() -> Pool:
    """Counts of 60 words in texts of 40 words, each of four topics with its own frequencies."""
    rng = np.random.default_rng(104)
    y = rng.integers(0, 4, ROWS)
    share = rng.dirichlet(np.full(60, 3.0), 4)
    return np.log1p(np.stack([rng.multinomial(40, share[k]) for k in y])), y


def _crowd() -> Pool:
    """Twenty clouds of points in 16 dimensions, a tenth of them with another's label."""
    rng = np.random.default_rng(105)
    y = rng.integers(0, 20, ROWS)
    x = rng.normal(0, 1.0, (20, 16))[y] + rng.normal(0, 1.0, (ROWS, 16))
    return x, np.where(rng.random(ROWS) < 0.1, rng.integers(0, 20, ROWS), y)


def _lopsided() -> Pool:
    x, y = datasets.make_classification(
        ROWS, 18, n_informative=7, weights=[0.8], class_sep=1.1, flip_y=0.06, random_state=106
    )
    return x, y


def _product() -> Pool:
    rng = np.random.default_rng(107)
    x = rng.normal(size=(ROWS, 15))
    return x, x[:, 0] * x[:, 1] + np.sin(2 * x[:, 2]) + rng.normal(0, 0.4, ROWS)


def _heavy() -> Pool:
    """Errors of Student's t with three degrees of freedom."""
    rng = np.random.default_rng(108)
    x = rng.uniform(-1, 1, (ROWS, 8))
    y = np.exp(x[:, 0]) + x[:, 1] * x[:, 2] + np.abs(x[:, 3])
    return x, y + 0.2 * rng.standard_t(3, ROWS)


def _calls() -> Pool:
    """Poisson counts of a rate that depends on four of ten columns."""
    rng = np.random.default_rng(109)
    x = rng.normal(size=(ROWS, 10))
    rate = np.exp(1.2 + 0.4 * x[:, 0] - 0.3 * x[:, 1] + 0.3 * x[:, 2] * x[:, 3])
    return x, rng.poisson(np.minimum(rate, 60)).astype(float)


def _chirps() -> Pool:
    """Does the frequency of a noisy sequence rise or fall?"""
    rng = np.random.default_rng(110)
    y = rng.integers(0, 2, ROWS)
    t = np.arange(24)
    change = np.where(y, 0.025, -0.025)[:, None] * (t - 12) ** 2 / 2
    x = np.sin(0.8 * t + change + rng.uniform(0, 2 * np.pi, (ROWS, 1)))
    return (x + rng.normal(0, 0.6, x.shape))[..., None], y


def _steps() -> Pool:
    """How many levels does a noisy sequence have: one to four?"""
    rng = np.random.default_rng(111)
    y = rng.integers(0, 4, ROWS)
    x = rng.normal(0, 0.3, (ROWS, 20))
    for row, jumps in zip(x, y, strict=True):
        for at in rng.choice(np.arange(2, 18), jumps, replace=False):
            row[at:] += rng.choice((-1.0, 1.0)) * rng.uniform(1.0, 2.0)
    return x[..., None], y


def _echoes() -> Pool:
    """The next value of an autoregressive process of order three, with two channels of noise."""
    rng = np.random.default_rng(112)
    path = rng.normal(0, 1, (ROWS, 40))
    for t in range(3, 40):
        path[:, t] += 0.9 * path[:, t - 1] - 0.5 * path[:, t - 3]
    x = np.concatenate([path[:, 20:38, None], rng.normal(size=(ROWS, 18, 2))], axis=2)
    return x, path[:, 38]


def _blots() -> Pool:
    """How many bright spots does a noisy 12 × 12 image have: one to four?"""
    rng = np.random.default_rng(113)
    y = rng.integers(0, 4, ROWS)
    rows, columns = np.mgrid[:12, :12]
    x = rng.normal(0, 0.35, (ROWS, 12, 12))
    for image, more in zip(x, y, strict=True):
        for row, column in rng.uniform(1, 11, (more + 1, 2)):
            image += np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 1.5)
    return x[..., None], y


def _corners() -> Pool:
    """Which way does a corner open in a noisy 9 × 9 image of two channels?"""
    rng = np.random.default_rng(114)
    y = rng.integers(0, 4, ROWS)
    x = rng.normal(0, 0.8, (ROWS, 9, 9, 2))
    for image, turn in zip(x, y, strict=True):
        corner = np.zeros((9, 9))
        row, column = rng.integers(1, 5, 2)
        corner[row, column : column + 4] = corner[row : row + 4, column] = 1
        image += np.rot90(corner, turn)[..., None]
    return x, y


_FROM_FILES: tuple[tuple[str, Problem], ...] = (
    ("red_wine.csv", Problem("good_wine", "fit", _good_wine, 2, FLAT, style="varied")),
    (
        "cereal.csv",
        Problem("cereal", "fit", lambda: table("cereal.csv", "calories"), 0, FLAT, style="varied"),
    ),
    ("mnist_10k.npz", Problem("mnist", "unseen", _mnist, 10, IMAGES, style="fresh")),
    (
        "cifar10_subset.npz",
        Problem("cifar", "fit", lambda: cifar_of((0, 1, 6, 8)), 4, IMAGES, style="varied"),
    ),
)

VARIED_PROBLEMS: tuple[Problem, ...] = (
    Problem("iris", "fit", _iris, 3, FLAT, style="varied"),
    Problem("s_curve", "fit", _s_curve, 0, FLAT, style="varied"),
    Problem("parity", "fit", _parity, 2, FLAT, style="varied"),
    Problem("teacher", "fit", _teacher, 3, FLAT, style="varied"),
    Problem("topics", "fit", _topics, 4, FLAT, style="varied"),
    Problem("crowd", "fit", _crowd, 20, FLAT, style="varied"),
    Problem("lopsided", "fit", _lopsided, 2, FLAT, style="varied"),
    Problem("product", "fit", _product, 0, FLAT, style="varied"),
    Problem("heavy", "fit", _heavy, 0, FLAT, style="varied"),
    Problem("calls", "fit", _calls, 0, FLAT, style="varied"),
    Problem("chirps", "fit", _chirps, 2, SEQUENCES, style="varied"),
    Problem("steps", "fit", _steps, 4, SEQUENCES, style="varied"),
    Problem("echoes", "unseen", _echoes, 0, SEQUENCES, style="fresh"),
    Problem("blots", "unseen", _blots, 4, IMAGES, style="fresh"),
    Problem("corners", "unseen", _corners, 4, IMAGES, style="fresh"),
    *(problem for file, problem in _FROM_FILES if (FILES / file).exists()),
)
"""In an order that is part of each run's seed, as that of `PROBLEMS`."""
