"""The lab's tasks: a data set, an architecture and one planted weakness each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from sklearn import datasets

Rows = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]

CHOSEN = {"units": 32, "layers": 1, "dropout": 0.0, "l2": 0.0, "learning_rate": 3e-3}
"""A configuration without a planted weakness: chosen by hand, the same for all data sets."""

EPOCHS = 20
SIZES = (320, 266, 214, 160, 106, 53)
"""Numbers of rows of which 60 % fill batches of 32, or one smaller batch: a cohort's program is
traced once more for a last, smaller batch."""


@dataclass(frozen=True)
class Source:
    """A data set; those of `part` "test" are looked at by nobody who writes rules."""

    draw: Callable[[], Rows]
    part: Literal["development", "test"]
    regression: bool = False


@dataclass(frozen=True)
class Weakness:
    """What is wrong with a task: other hyperparameters, epochs, rows or values."""

    params: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = EPOCHS
    rows: Callable[[Rows, np.random.Generator, bool], Rows] | None = None
    activation: str | None = "relu"


@dataclass(frozen=True)
class Task:
    """A source, an architecture (`mlp`, `cnn` or `lstm`) and a weakness, by their names."""

    source: str
    architecture: str
    weakness: str

    @property
    def name(self) -> str:
        return f"{self.source}-{self.architecture}-{self.weakness}"

    @property
    def regression(self) -> bool:
        return SOURCES[self.source].regression

    @property
    def part(self) -> str:
        return SOURCES[self.source].part

    def data(self) -> Rows:
        """Scaled inputs and targets, with the weakness of the rows planted."""
        x, y = _scaled(self.source)
        rng = np.random.default_rng(len(self.name))
        chosen = rng.permutation(len(x))[: SIZES[0]]
        rows = WEAKNESSES[self.weakness].rows
        drawn = (x[chosen], y[chosen])
        x, y = drawn if rows is None else rows(drawn, rng, self.regression)
        size = next((size for size in SIZES if size <= len(x)), len(x))
        x, y = x[:size], y[:size]
        return (x.reshape(len(x), 8, 8, 1) if self.architecture == "cnn" else x), y

    def builder(self) -> Callable[[Any], Any]:
        """Builds the model with its hyperparameters, of which the search may try all."""
        outputs = 1 if self.regression else len(np.unique(_scaled(self.source)[1]))
        return _builder(self.architecture, outputs, WEAKNESSES[self.weakness].activation)


def _builder(architecture: str, outputs: int, activation: str | None) -> Callable[[Any], Any]:
    def build_model(hp: Any) -> Any:
        import keras
        from keras import layers

        units, l2 = hp.Int("units", 2, 256, sampling="log"), hp.Float("l2", 0.0, 0.01)
        body: list[Any] = []
        if architecture == "cnn":
            body = [layers.Conv2D(8, 3, activation=activation), layers.Flatten()]
        elif architecture == "lstm":
            body = [layers.Reshape((8, 8)), layers.LSTM(16)]
        for _ in range(hp.Int("layers", 1, 3)):
            penalty = keras.regularizers.L2(l2)
            body.append(layers.Dense(units, activation=activation, kernel_regularizer=penalty))
        body.append(layers.Dropout(hp.Float("dropout", 0.0, 0.5)))
        last = layers.Dense(outputs, activation="softmax" if outputs > 1 else None)
        model = keras.Sequential([*body, last])
        loss = "sparse_categorical_crossentropy" if outputs > 1 else "mse"
        step = hp.Float("learning_rate", 1e-5, 1.0, sampling="log")
        metrics = ["accuracy"] if outputs > 1 else ["mae"]
        model.compile(keras.optimizers.Adam(step), loss, metrics=metrics)
        return model

    return build_model


def _generated(kind: str) -> Rows:
    if kind == "moons":
        x, y = datasets.make_moons(600, noise=0.25, random_state=0)
    elif kind == "circles":
        x, y = datasets.make_circles(600, noise=0.2, factor=0.4, random_state=0)
    elif kind == "friedman":
        x, y = datasets.make_friedman1(600, noise=1.0, random_state=0)
    elif kind == "friedman3":
        x, y = datasets.make_friedman3(600, noise=0.1, random_state=0)
    else:
        x, y = datasets.make_classification(
            600, 20, n_informative=6, n_classes=3, class_sep=0.8, random_state=0
        )
    return np.asarray(x), np.asarray(y)


SOURCES: Mapping[str, Source] = {
    "iris": Source(lambda: datasets.load_iris(return_X_y=True), "development"),
    "cancer": Source(lambda: datasets.load_breast_cancer(return_X_y=True), "development"),
    "moons": Source(lambda: _generated("moons"), "development"),
    "friedman": Source(lambda: _generated("friedman"), "development", regression=True),
    "wine": Source(lambda: datasets.load_wine(return_X_y=True), "test"),
    "digits": Source(lambda: datasets.load_digits(return_X_y=True), "test"),
    "generated": Source(lambda: _generated("classes"), "test"),
    "circles": Source(lambda: _generated("circles"), "test"),
    "friedman3": Source(lambda: _generated("friedman3"), "test", regression=True),
    "diabetes": Source(lambda: datasets.load_diabetes(return_X_y=True), "test", regression=True),
}


@lru_cache
def _scaled(source: str) -> Rows:
    kind = SOURCES[source]
    x, y = kind.draw()
    x = (x - x.mean(0)) / np.where(x.std(0) > 0, x.std(0), 1.0)
    y = (y - y.mean()) / y.std() if kind.regression else y.astype(int)
    return x.astype(np.float32), y.astype(np.float32) if kind.regression else y


def _few(rows: Rows, rng: np.random.Generator, regression: bool) -> Rows:
    x, y = rows
    if regression:
        return x[:60], y[:60]
    kept = np.concatenate([np.flatnonzero(y == label)[:15] for label in np.unique(y)])
    kept = rng.permutation(kept)
    return x[kept], y[kept]


def _noisy(rows: Rows, rng: np.random.Generator, regression: bool) -> Rows:
    x, y = rows
    wrong = rng.random(len(y)) < 0.3
    return x, np.where(wrong, rng.permutation(y), y).astype(y.dtype)


def _unscaled(rows: Rows, rng: np.random.Generator, regression: bool) -> Rows:
    x, y = rows
    sizes = rng.uniform(10, 100, x.shape[1:])
    return (x * sizes + 5 * sizes).astype(np.float32), y


def _imbalanced(rows: Rows, rng: np.random.Generator, regression: bool) -> Rows:
    x, y = rows
    rare = (y > np.quantile(y, 0.9)) if regression else (y == y.max())
    kept = np.flatnonzero(~rare | (rng.random(len(y)) < 0.25))
    return x[kept], y[kept]


WEAKNESSES: Mapping[str, Weakness] = {
    "healthy": Weakness(),
    "too_small": Weakness({"units": 2}),
    "too_large": Weakness({"units": 128, "layers": 3}, epochs=40, rows=_few),
    "no_regularisation": Weakness({"units": 128, "layers": 2}, epochs=40),
    "far_too_much": Weakness({"dropout": 0.5, "l2": 0.01, "units": 8}),
    "rate_too_high": Weakness({"learning_rate": 0.5}),
    "rate_too_low": Weakness({"learning_rate": 3e-5}),
    "few_epochs": Weakness(epochs=3),
    "few_rows": Weakness(epochs=40, rows=_few),
    "label_noise": Weakness({"units": 128}, epochs=40, rows=_noisy),
    "unscaled": Weakness(rows=_unscaled),
    "no_activation": Weakness({"layers": 2}, activation=None),
    "imbalance": Weakness(rows=_imbalanced),
}


def tasks() -> list[Task]:
    """All tasks: every source with every weakness; digits as pictures and sequences, too."""
    found = [Task(source, "mlp", weakness) for source in SOURCES for weakness in WEAKNESSES]
    found += [
        Task("digits", architecture, weakness)
        for architecture in ("cnn", "lstm")
        for weakness in ("healthy", "too_small", "rate_too_low", "rate_too_high", "few_rows")
    ]
    # A run may end at any time: each part is in an order by chance, and the test part goes two
    # tasks ahead where the other one goes one. LSTMs, which take as long as four others, end it.
    order = np.random.default_rng(24).permutation(len(found))
    shuffled = sorted((found[i] for i in order), key=lambda task: task.architecture == "lstm")
    places: dict[str, float] = {}
    for task in shuffled:
        part = [other for other in shuffled if other.part == task.part]
        places[task.name] = part.index(task) / (2 if task.part == "test" else 1)
    return sorted(shuffled, key=lambda task: places[task.name])
