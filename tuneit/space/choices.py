"""Hyperparameters with a list of values, or with a single value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from tuneit.errors import SpaceError
from tuneit.errors.wording import kind_of
from tuneit.space.condition import BaseParameter, Scalar, same

_SHOWN = 12
"""The most values that the description of a choice lists."""


@dataclass(frozen=True, kw_only=True)
class Choice(BaseParameter):
    """One of `values`; if `ordered`, neighbours in the list resemble one another."""

    kind: ClassVar[str] = "choice"

    values: tuple[Scalar, ...]
    ordered: bool = False
    default: Scalar = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))
        if not self.values:
            raise SpaceError(
                f"hyperparameter '{self.name}': values must not be empty",
                at=("parameters", self.name),
            )
        for value in self.values:
            if value is not None and not isinstance(value, (bool, int, float, str)):
                raise SpaceError(
                    f"hyperparameter '{self.name}': values must be numbers, texts, booleans or "
                    f"None, but {value!r} is {kind_of(value)}: choose a name, and look up "
                    "the object in the builder",
                    at=("parameters", self.name),
                )
        if any(isinstance(v, float) and not math.isfinite(v) for v in self.values):
            raise SpaceError(
                f"hyperparameter '{self.name}': values must be finite, but are {list(self.values)}",
                at=("parameters", self.name),
            )
        seen: set[tuple[bool, Scalar]] = set()
        for value in self.values:
            if (isinstance(value, bool), value) in seen:
                raise SpaceError(
                    f"hyperparameter '{self.name}': values must differ, but {value!r} is there "
                    f"twice in {list(self.values)}",
                    at=("parameters", self.name),
                )
            seen.add((isinstance(value, bool), value))
        if self.default is None:
            object.__setattr__(self, "default", self.values[0])

    @property
    def count(self) -> int:
        """Number of values."""
        return len(self.values)

    @property
    def grid_count(self) -> int:
        """Number of values that a grid takes: all."""
        return len(self.values)

    @property
    def extremes(self) -> tuple[float, float] | None:
        """The lowest and the highest value; None if some values are not numbers."""
        return _extremes(self.values)

    def describe(self) -> str:
        """The values in words: `one of adam, sgd`, the first 12 of many."""
        most, values = ", ".join(map(str, self.values[:_SHOWN])), len(self.values)
        return f"one of {most}" + (f", … ({values} values)" if values > _SHOWN else "")

    def without_default(self) -> Self:
        """The same choice with its first value as default."""
        return replace(self, default=self.values[0])

    def canonical(self, value: Scalar) -> Scalar:
        """Return the element of `values` that equals `value`: 1 for 1.0, but never True for 1."""
        return self.values[self._index(value)]

    def nearest(self, value: Scalar) -> Scalar:
        """Return `value` as it is, since a choice has no nearest value."""
        return value

    def _index(self, value: Scalar) -> int:
        for index, own in enumerate(self.values):
            if same(own, value):
                return index
        raise SpaceError(
            f"hyperparameter '{self.name}' has no value {value!r}; it has {list(self.values)}",
            at=("parameters", self.name),
        )

    def from_unit(self, unit: float) -> Scalar:
        """Map `unit` in [0, 1] to a value."""
        return self.values[min(int(unit * self.count), self.count - 1)]

    def to_unit(self, value: Scalar) -> float:
        """Map a value to the middle of its interval in [0, 1]."""
        return (self._index(value) + 0.5) / self.count

    def sample(self, rng: np.random.Generator) -> Scalar:
        """Draw a value; all are equally probable."""
        return self.from_unit(float(rng.random()))

    def points(self) -> Sequence[Scalar]:
        """All values."""
        return self.values

    def contains(self, value: Scalar) -> bool:
        """Tell whether `value` is one of the values."""
        return any(same(value, own) for own in self.values)


@dataclass(frozen=True, kw_only=True)
class Boolean(Choice):
    """False or True; keras-tuner's default is False."""

    kind: ClassVar[str] = "boolean"

    values: tuple[Scalar, ...] = (False, True)
    default: Scalar = False


@dataclass(frozen=True, kw_only=True)
class Fixed(BaseParameter):
    """A constant that is recorded with every trial."""

    kind: ClassVar[str] = "fixed"

    value: Scalar

    count: ClassVar[int] = 1
    grid_count: ClassVar[int] = 1
    ordered: ClassVar[bool] = False

    @property
    def default(self) -> Scalar:
        """The constant."""
        return self.value

    @property
    def extremes(self) -> tuple[float, float] | None:
        """The constant as lowest and highest value; None if it is not a number."""
        return _extremes((self.value,))

    def describe(self) -> str:
        """The constant in words: `fixed at 32`."""
        return f"fixed at {self.value}"

    def without_default(self) -> Self:
        """Return itself, since a constant has no other default."""
        return self

    def canonical(self, value: Scalar) -> Scalar:
        """Return the constant."""
        return self.value

    def nearest(self, value: Scalar) -> Scalar:
        """Return the constant."""
        return self.value

    def from_unit(self, unit: float) -> Scalar:
        """Return the constant."""
        return self.value

    def to_unit(self, value: Scalar) -> float:
        """Return 0.5: a constant has no axis."""
        return 0.5

    def sample(self, rng: np.random.Generator) -> Scalar:
        """Return the constant; nothing is drawn."""
        return self.value

    def points(self) -> Sequence[Scalar]:
        """Return the constant alone."""
        return (self.value,)

    def contains(self, value: Scalar) -> bool:
        """Tell whether `value` is the constant."""
        return same(value, self.value)


def _extremes(values: Sequence[Scalar]) -> tuple[float, float] | None:
    numbers = [float(v) for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    return (min(numbers), max(numbers)) if len(numbers) == len(values) else None
