"""Real Keras tasks to search over: their rows, one builder, spaces of 1,512 and 2,268 points."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tuneit.data.dataset import Dataset, Split
from tuneit.trials import Objective

EPOCHS = int(os.environ.get("QUALITY_EPOCHS", "30"))
"""Longest training of a trial. A smoke run sets fewer."""

PATIENCE = 5
"""Epochs without a gain in the objective after which every tool's training ends."""

UNITS = (8, 24, 72)
RATES = tuple(10 ** (-4 + i / 2) for i in range(7))
DROPOUTS = (0.05, 0.25, 0.45)
PENALTIES = (1e-6, 1e-4, 1e-2)
OPTIMIZERS = ("adam", "sgd")


@dataclass(frozen=True)
class Real:
    """An axis of real numbers, of a function."""

    low: float
    high: float


@dataclass(frozen=True)
class Task:
    """`load` takes a file's path, or None; searches minimise `objective`, in the units of a loss.

    `batch_sizes` are the two that are searched; `held_out` is the share of rows to validate on,
    large where there are few rows, or where all models would soon be perfect. `near` is how near to
    the best known score is near enough, as a share of the way to it from the trivial score.
    """

    name: str
    load: Callable[[Path | None], tuple[np.ndarray, np.ndarray]]
    classes: int
    batch_sizes: tuple[int, int]
    held_out: float = 0.25
    layers: tuple[int, ...] = (1, 2)
    near: float = 0.02

    @property
    def objective(self) -> Objective:
        """What searches minimise: without the L2 penalty, which `val_loss` would contain."""
        return Objective("val_crossentropy" if self.classes else "val_mse", "minimize")

    @property
    def axes(self) -> dict[str, tuple[Any, ...]]:
        """The values of each hyperparameter."""
        return {
            "units": UNITS,
            "layers": self.layers,
            "learning_rate": RATES,
            "dropout": DROPOUTS,
            "l2": PENALTIES,
            "optimizer": OPTIMIZERS,
            "batch_size": self.batch_sizes,
        }

    def dataset(self, path: Path | None = None) -> Dataset:
        """Rows to train on and rows to validate on; standardised by the former.

        The test split, which no search looks at, is the validation split again.
        """
        from sklearn.model_selection import train_test_split

        x, y = self.load(path)
        parts = train_test_split(
            x, y, test_size=self.held_out, random_state=0, stratify=y if self.classes else None
        )
        train_x, val_x, train_y, val_y = parts
        mean, deviation = train_x.mean(0), train_x.std(0)
        deviation = np.where(deviation > 0, deviation, 1.0)
        train_x, val_x = ((part - mean) / deviation for part in (train_x, val_x))
        if not self.classes:
            centre, width = train_y.mean(), train_y.std()
            train_y, val_y = ((part - centre) / width for part in (train_y, val_y))
        dtype = np.int64 if self.classes else np.float32
        train, validation = (
            Split(x.astype(np.float32), y.astype(dtype))
            for x, y in ((train_x, train_y), (val_x, val_y))
        )
        kind = "classification" if self.classes else "regression"
        return Dataset(self.name, kind, train, validation, validation)  # type: ignore[arg-type]

    def trivial(self, dataset: Dataset) -> float:
        """The objective of predicting the training rows' class shares, or their mean."""
        y = dataset.validation.y
        if not self.classes:
            return float(np.mean(y**2))
        shares = np.bincount(dataset.train.y, minlength=self.classes) / len(dataset.train)
        return float(-np.log(shares[y]).mean())

    def model(self, width: int, config: dict[str, Any]) -> Any:
        """A compiled multi-layer perceptron for `width` features."""
        import keras
        from keras import layers

        hidden: list[Any] = []
        for _ in range(config["layers"]):
            penalty = keras.regularizers.L2(config["l2"])
            hidden += [
                layers.Dense(config["units"], activation="relu", kernel_regularizer=penalty),
                layers.Dropout(config["dropout"]),
            ]
        last = layers.Dense(self.classes or 1, activation="softmax" if self.classes else None)
        model = keras.Sequential([layers.Input((width,)), *hidden, last])
        rate = config["learning_rate"]
        optimizer = (
            keras.optimizers.Adam(rate)
            if config["optimizer"] == "adam"
            else keras.optimizers.SGD(rate, momentum=0.9)
        )
        loss = "sparse_categorical_crossentropy" if self.classes else "mse"
        metrics = (
            [keras.metrics.SparseCategoricalCrossentropy(name="crossentropy"), "accuracy"]
            if self.classes
            else ["mse"]
        )
        model.compile(optimizer=optimizer, loss=loss, metrics=metrics)
        return model

    def builder(self, width: int) -> Callable[[Any], Any]:
        """The same model as a `build_model(hp)`; the batch size is the caller's affair."""

        def build_model(hp: Any) -> Any:
            return self.model(width, {name: ask(hp, name) for name in self.axes})

        def ask(hp: Any, name: str) -> Any:
            return ask_keras(hp, name, self.axes[name])

        return build_model


def ask_keras(hp: Any, name: str, values: tuple[Any, ...] | Real) -> Any:
    """Ask keras-tuner's `hp` for one of the values, in the words that suit its axis."""
    if isinstance(values, Real):
        return hp.Float(name, values.low, values.high)
    if name in ("optimizer", "batch_size"):
        return hp.Choice(name, list(values))
    if name == "layers":
        return hp.Int(name, values[0], values[-1])
    if name == "dropout":
        return hp.Float(name, values[0], values[-1], step=0.2)
    step = values[1] / values[0]
    if name == "units":
        return hp.Int(name, values[0], values[-1], step=int(step), sampling="log")
    return hp.Float(name, values[0], values[-1], step=step, sampling="log")


def _sklearn(name: str) -> Callable[[Path | None], tuple[np.ndarray, np.ndarray]]:
    def load(_: Path | None) -> tuple[np.ndarray, np.ndarray]:
        from sklearn import datasets

        x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        return x, y

    return load


def red_wine(path: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """The quality of red wines, as a number, from a CSV whose last column it is."""
    if path is None:
        raise SystemExit("red_wine needs --data with the path of its CSV")
    with path.open(encoding="utf-8") as lines:
        separator = ";" if ";" in lines.readline() else ","
    table = np.genfromtxt(path, delimiter=separator, skip_header=1)
    return table[:, :-1], table[:, -1]


def mnist(path: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """2,000 images from an .npz with `x` and `y` (or Keras's names), averaged to 14 × 14."""
    if path is None:
        raise SystemExit("mnist needs --data with the path of an .npz")
    with np.load(path) as archive:
        names = ("x_train", "y_train") if "x_train" in archive else ("x", "y")
        x, y = (archive[name][:2000] for name in names)
    x = x.reshape(-1, 14, 2, 14, 2).astype(float).mean((2, 4)) / 255
    return x.reshape(len(x), -1), y.ravel()


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task("digits", _sklearn("digits"), 10, (32, 128), layers=(1, 2, 3)),
        Task("breast_cancer", _sklearn("breast_cancer"), 2, (16, 64), held_out=0.5),
        Task("wine", _sklearn("wine"), 3, (8, 32), held_out=0.7),
        Task("diabetes", _sklearn("diabetes"), 0, (16, 64), held_out=0.5, near=0.05),
        Task("red_wine", red_wine, 0, (32, 128), near=0.05),
        Task("mnist", mnist, 10, (32, 128)),
    )
}
