"""The lab's problems: scikit-learn's data sets and generators, and two kinds of sequences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets

Pool = tuple[NDArray[np.float32], NDArray[np.float32]]
ROWS = 6000
"""Rows of a generated problem: enough to know a model's true loss."""


@dataclass(frozen=True)
class Problem:
    """`draw` returns all rows; `classes` is 0 for regression; `half` says who may look at it.

    `style` says which scenarios its runs are of: `rare` are more of the faults that the others have
    few of, `gap` mostly runs whose training and validation differ without any rise, `varied` and
    `fresh` have other networks, optimizers, rates and set sizes.
    """

    name: str
    half: Literal["fit", "test", "unseen"]
    draw: Callable[[], Pool]
    classes: int
    networks: tuple[str, ...] = ("mlp",)
    style: Literal["plain", "rare", "gap", "varied", "fresh"] = "plain"

    @property
    def metric(self) -> str:
        return "accuracy" if self.classes else "mae"

    def pool(self) -> Pool:
        """Inputs with unit variance, float32; class indices, or targets with unit variance."""
        return _pool(self)


@dataclass(frozen=True)
class Split:
    x: NDArray[np.float32]
    y: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.y)


@lru_cache(maxsize=2)
def _pool(problem: Problem) -> Pool:
    x, y = problem.draw()
    x = (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-6)
    if not problem.classes:
        y = (y - y.mean()) / y.std()
    return x.astype(np.float32), y.astype(np.float32)


def split(problem: Problem, train: int, validation: int, seed: int) -> tuple[Split, Split, Split]:
    """Training, validation and held-out rows, drawn at random.

    Small sets give fewer rows than asked for: at least 40 % of the rows are held out.
    """
    x, y = problem.pool()
    order = np.random.default_rng(seed).permutation(len(y))
    train = min(train, int(0.4 * len(y)))
    validation = min(validation, int(0.2 * len(y)))
    parts = np.split(order, [train, train + validation])
    a, b, c = (Split(x[part], y[part]) for part in parts)
    return a, b, Split(c.x[:2500], c.y[:2500])


def _bundled(load: Callable[..., tuple[NDArray[np.float64], NDArray[np.float64]]]) -> Pool:
    x, y = load(return_X_y=True)
    return x, y


def _digits() -> Pool:
    x, y = _bundled(datasets.load_digits)
    return x.reshape(-1, 8, 8, 1), y


def _bars() -> Pool:
    """A bar in one of four directions, somewhere in a noisy 8 × 8 image."""
    rng = np.random.default_rng(11)
    y = rng.integers(0, 4, ROWS)
    angle = y * np.pi / 4 + rng.normal(0, 0.12, ROWS)
    centre = rng.uniform(2, 5, (ROWS, 2, 1, 1))
    rows, columns = np.mgrid[:8, :8]
    away = (rows - centre[:, 0]) * np.cos(angle)[:, None, None]
    away = away + (columns - centre[:, 1]) * np.sin(angle)[:, None, None]
    x = np.exp(-(away**2)) + rng.normal(0, 0.45, (ROWS, 8, 8))
    return x[..., None], y


def _halves() -> Pool:
    """Was the first half of the sequence larger than the second? With noise on the answer."""
    rng = np.random.default_rng(12)
    x = rng.normal(size=(ROWS, 10, 2))
    difference = x[:, :5, 0].sum(axis=1) - x[:, 5:, 0].sum(axis=1)
    return x, (difference + rng.normal(0, 0.8, ROWS) > 0).astype(float)


def _waves() -> Pool:
    """Which of three frequencies does the noisy wave have?"""
    rng = np.random.default_rng(13)
    y = rng.integers(0, 3, ROWS)
    frequency = np.array([0.5, 0.8, 1.1])[y] + rng.normal(0, 0.05, ROWS)
    phase = rng.uniform(0, 2 * np.pi, ROWS)
    x = np.sin(frequency[:, None] * np.arange(12) + phase[:, None])
    return (x + rng.normal(0, 0.5, x.shape))[..., None], y


def _swiss() -> Pool:
    x, t = datasets.make_swiss_roll(ROWS, noise=0.4, random_state=14)
    return x, t + np.random.default_rng(14).normal(0, 1.0, ROWS)


def _hastie() -> Pool:
    x, y = datasets.make_hastie_10_2(ROWS, random_state=15)
    return x, (y > 0).astype(float)


def _checkers() -> Pool:
    """The colour of a square of a 2 × 2 board, some of them wrong; four columns mean nothing."""
    rng = np.random.default_rng(16)
    x = rng.uniform(0, 2, (ROWS, 6))
    y = (np.floor(x[:, 0]) + np.floor(x[:, 1])) % 2
    return x, np.where(rng.random(ROWS) < 0.05, 1 - y, y)


def _sparse() -> Pool:
    x, y = datasets.make_sparse_uncorrelated(ROWS, 12, random_state=17)
    return x, y


def _spirals() -> Pool:
    """Which of three arms?"""
    rng = np.random.default_rng(18)
    y = rng.integers(0, 3, ROWS)
    along = rng.uniform(0.2, 1.0, ROWS)
    angle = 5 * along + 2 * np.pi / 3 * y
    x = along[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return x + rng.normal(0, 0.06, x.shape), y


def _stripes() -> Pool:
    """How wide are the stripes of a noisy 10 × 10 image: three widths, any direction."""
    rng = np.random.default_rng(19)
    y = rng.integers(0, 3, ROWS)
    frequency = np.array([0.9, 1.4, 1.9])[y] + rng.normal(0, 0.08, ROWS)
    angle, phase = rng.uniform(0, np.pi, ROWS), rng.uniform(0, 2 * np.pi, ROWS)
    rows, columns = np.mgrid[:10, :10]
    along = rows * np.cos(angle)[:, None, None] + columns * np.sin(angle)[:, None, None]
    x = np.sin(frequency[:, None, None] * along + phase[:, None, None])
    return (x + rng.normal(0, 0.6, x.shape))[..., None], y


def _drifts() -> Pool:
    """The level that a noisy sequence will have next: regression on sequences."""
    rng = np.random.default_rng(20)
    level = np.cumsum(rng.normal(0, 0.4, (ROWS, 13)), axis=1)
    slope = rng.normal(0, 0.2, (ROWS, 1)) * np.arange(13)
    path = level + slope
    return (path[:, :12] + rng.normal(0, 0.3, (ROWS, 12)))[..., None], path[:, 12]


def _ridge() -> Pool:
    x, y = datasets.make_regression(
        ROWS, 30, n_informative=10, effective_rank=12, noise=6.0, random_state=21
    )
    return x, y


def _rings() -> Pool:
    """How wide is a ring in a noisy 10 × 10 image: four widths, anywhere."""
    rng = np.random.default_rng(26)
    y = rng.integers(0, 4, ROWS)
    radius = np.array([1.2, 2.0, 2.8, 3.6])[y] + rng.normal(0, 0.15, ROWS)
    centre = rng.uniform(3.5, 5.5, (ROWS, 2, 1, 1))
    rows, columns = np.mgrid[:10, :10]
    away = np.hypot(rows - centre[:, 0], columns - centre[:, 1])
    x = np.exp(-((away - radius[:, None, None]) ** 2)) + rng.normal(0, 0.5, (ROWS, 10, 10))
    return x[..., None], y


def _thicket() -> Pool:
    x, y = datasets.make_friedman1(ROWS, n_features=30, noise=1.5, random_state=28)
    return x, y


def _reeds() -> Pool:
    """Which of five shapes has the noisy sequence?"""
    rng = np.random.default_rng(29)
    y = rng.integers(0, 5, ROWS)
    shapes = np.random.default_rng(30).normal(size=(5, 16)).cumsum(axis=1)
    shift = rng.integers(0, 4, ROWS)
    x = np.stack([np.roll(shapes[k], s) for k, s in zip(y, shift, strict=True)])
    return x + rng.normal(0, 1.2, x.shape), y


PROBLEMS: tuple[Problem, ...] = (
    Problem("digits", "fit", _digits, 10, ("mlp", "cnn")),
    Problem("moons", "fit", lambda: datasets.make_moons(ROWS, noise=0.25, random_state=1), 2),
    Problem(
        "mixture",
        "fit",
        lambda: datasets.make_classification(
            ROWS, 20, n_informative=6, n_classes=3, flip_y=0.05, random_state=2
        ),
        3,
    ),
    Problem("hastie", "fit", _hastie, 2),
    Problem("friedman1", "fit", lambda: datasets.make_friedman1(ROWS, noise=1, random_state=3), 0),
    Problem(
        "friedman3", "fit", lambda: datasets.make_friedman3(ROWS, noise=0.1, random_state=4), 0
    ),
    Problem("diabetes", "fit", lambda: _bundled(datasets.load_diabetes), 0),
    Problem("halves", "fit", _halves, 2, ("lstm",)),
    Problem("bars", "test", _bars, 4, ("cnn", "mlp")),
    Problem("cancer", "test", lambda: _bundled(datasets.load_breast_cancer), 2),
    Problem(
        "circles",
        "test",
        lambda: datasets.make_circles(ROWS, noise=0.15, factor=0.5, random_state=5),
        2,
    ),
    Problem(
        "quantiles",
        "test",
        lambda: datasets.make_gaussian_quantiles(
            n_samples=ROWS, n_features=6, n_classes=4, random_state=6
        ),
        4,
    ),
    Problem(
        "friedman2", "test", lambda: datasets.make_friedman2(ROWS, noise=100, random_state=7), 0
    ),
    Problem("swiss", "test", _swiss, 0),
    Problem(
        "blobs",
        "test",
        lambda: datasets.make_blobs(ROWS, 5, centers=8, cluster_std=4.5, random_state=8)[:2],
        8,
    ),
    Problem("waves", "test", _waves, 3, ("lstm",)),
    Problem("wine", "fit", lambda: _bundled(datasets.load_wine), 3, style="rare"),
    Problem("checkers", "fit", _checkers, 2, style="rare"),
    Problem("sparse", "fit", _sparse, 0, style="rare"),
    Problem(
        "tangle",
        "fit",
        lambda: datasets.make_classification(
            ROWS, 40, n_informative=8, n_classes=5, class_sep=1.2, flip_y=0.1, random_state=22
        ),
        5,
        style="rare",
    ),
    Problem("spirals", "test", _spirals, 3, style="rare"),
    Problem("stripes", "test", _stripes, 3, ("cnn", "mlp"), style="rare"),
    Problem("drifts", "test", _drifts, 0, ("lstm", "mlp"), style="rare"),
    Problem("ridge", "test", _ridge, 0, style="rare"),
    Problem(
        "knots",
        "test",
        lambda: datasets.make_classification(
            ROWS, 25, n_informative=5, n_clusters_per_class=4, flip_y=0.12, random_state=23
        ),
        2,
        style="rare",
    ),
    Problem(
        "haze",
        "fit",
        lambda: datasets.make_regression(ROWS, 25, n_informative=8, noise=90.0, random_state=24),
        0,
        style="rare",
    ),
    Problem(
        "clouds",
        "fit",
        lambda: datasets.make_classification(
            ROWS, 30, n_informative=4, n_classes=3, class_sep=0.8, flip_y=0.25, random_state=25
        ),
        3,
        style="rare",
    ),
    Problem(
        "fog",
        "fit",
        lambda: datasets.make_classification(
            ROWS, 60, n_informative=12, n_classes=4, class_sep=1.5, flip_y=0.03, random_state=27
        ),
        4,
        style="gap",
    ),
    Problem("rings", "fit", _rings, 4, ("cnn", "mlp"), style="gap"),
    Problem("thicket", "fit", _thicket, 0, style="gap"),
    Problem("reeds", "test", _reeds, 5, style="gap"),
    Problem(
        "mist",
        "test",
        lambda: datasets.make_classification(
            ROWS, 45, n_informative=9, n_classes=2, class_sep=0.9, flip_y=0.08, random_state=31
        ),
        2,
        style="gap",
    ),
    Problem(
        "slopes",
        "test",
        lambda: datasets.make_regression(ROWS, 40, n_informative=15, noise=60.0, random_state=32),
        0,
        style="gap",
    ),
)
"""The order is part of each run's seed: new problems go to the end."""
