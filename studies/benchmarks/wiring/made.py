"""Helpers of the programs: generated data, and models in one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

L = keras.layers

Built = tuple[Any, Any, Any] | tuple[Any, Any, Any, dict[str, Any]]
"""A compiled model, x, y, and what `fit` is given beside them."""


@dataclass(frozen=True)
class Program:
    """A small program that is faulty, or sound where it is called with True.

    `kind` is the finding that names the cause; `right` are words of which the first finding's
    advice must hold one.
    """

    kind: str
    right: tuple[str, ...]
    make: Callable[[bool], Built]

    @property
    def name(self) -> str:
        """The function's name."""
        return self.make.__name__


def listed(programs: list[Program], kind: str, *right: str) -> Callable[[Any], Any]:
    """Decorate a function: it becomes one of `programs`."""

    def enlist(make: Callable[[bool], Built]) -> Callable[[bool], Built]:
        programs.append(Program(kind, right, make))
        return make

    return enlist


def model(shape: tuple[int | None, ...], *layers: Any, loss: Any, **compiled: Any) -> Any:
    """A compiled Sequential for rows of a shape."""
    made = keras.Sequential([keras.Input(shape=shape), *layers])
    made.compile(**({"optimizer": "adam"} | compiled), loss=loss)
    return made


def numbers(*shape: int, seed: int = 0) -> Any:
    """Normal numbers, float32."""
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def labels(rows: int, classes: int, seed: int = 0) -> Any:
    """Class numbers, each class among them."""
    return np.random.default_rng(seed).permutation(np.arange(rows) % classes)


def one_hot(rows: int, classes: int, seed: int = 0) -> Any:
    """One-hot rows."""
    return np.eye(classes, dtype="float32")[labels(rows, classes, seed)]


def tokens(rows: int, length: int, words: int, seed: int = 0) -> Any:
    """Whole numbers below `words`, the highest among them."""
    made = np.random.default_rng(seed).integers(0, words, (rows, length))
    made[0, 0] = words - 1
    return made


def pixels(rows: int, *shape: int, seed: int = 0) -> Any:
    """Whole numbers from 0 to 255."""
    return np.random.default_rng(seed).integers(0, 256, (rows, *shape)).astype("float32")


def prices(rows: int, seed: int = 0) -> Any:
    """Positive real numbers about 3."""
    return np.random.default_rng(seed).gamma(3.0, 1.0, rows).astype("float32")
