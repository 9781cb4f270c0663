"""Hyperparameters that are numbers in a range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar, Literal, Self, get_args

import numpy as np

from tuneit.errors import SpaceError, did_you_mean, one_of
from tuneit.space.condition import BaseParameter, Scalar

Sampling = Literal["linear", "log", "reverse_log"]

GRID_POINTS = 10
"""The number of grid points in a range without a step, as in keras-tuner's GridSearch."""

_LARGEST = 1e300
"""The largest end of a range; with it no sum or ratio of ends overflows."""


@dataclass(frozen=True, kw_only=True)
class _Range(BaseParameter):
    """A numeric range with both ends included, on a linear or logarithmic axis."""

    low: float
    high: float
    step: float | None = None
    sampling: Sampling = "linear"
    default: Scalar = None

    ordered: ClassVar[bool] = True
    """Neighbouring values resemble one another."""

    number: ClassVar[type[int] | type[float]]
    """The type of the range's values."""

    def __post_init__(self) -> None:
        where = f"hyperparameter '{self.name}'"
        if self.sampling not in get_args(Sampling):
            raise SpaceError(
                f"{where}: sampling must be {one_of(get_args(Sampling))}, but is {self.sampling!r}"
                f"{did_you_mean(str(self.sampling), get_args(Sampling))}",
                at=("parameters", self.name),
            )
        self._require_numbers()
        for end, value in (("min", self.low), ("max", self.high)):
            if not abs(value) <= _LARGEST:
                raise SpaceError(
                    f"{where}: {end} must be finite (to 1e300), but is {value}",
                    at=("parameters", self.name),
                )
        if self.low > self.high:
            raise SpaceError(
                f"{where}: min <= max must hold, but min is {self.low} and max is {self.high}",
                at=("parameters", self.name),
            )
        if self.sampling != "linear" and self.low <= 0:
            raise SpaceError(
                f"{where}: a {self.sampling} range needs min > 0, but min is {self.low}; "
                "raise min or use a linear range",
                at=("parameters", self.name),
            )
        if self.step is not None and self.step <= (0 if self.sampling == "linear" else 1):
            rule = "above 0" if self.sampling == "linear" else "above 1 (it multiplies)"
            raise SpaceError(
                f"{where}: step must be {rule}, but is {self.step}", at=("parameters", self.name)
            )
        if self.step is not None and not self._step_exceeds_rounding(self.step):
            raise SpaceError(
                f"{where}: step must be large enough to tell values near {self.high} apart, "
                f"but is {self.step}",
                at=("parameters", self.name),
            )
        if self.default is None:
            object.__setattr__(self, "default", self.low)

    def _require_numbers(self) -> None:
        for end, value in (("min", self.low), ("max", self.high), ("step", self.step)):
            number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
            if not number and (value is not None or end != "step"):
                raise SpaceError(
                    f"hyperparameter '{self.name}': {end} must be a number, but is {value!r}",
                    at=("parameters", self.name),
                )

    def _step_exceeds_rounding(self, step: float) -> bool:
        if self.sampling == "linear":
            return all(abs(end) + step > abs(end) * (1 + 1e-13) for end in (self.low, self.high))
        return step > 1 + 1e-13

    def _cast(self, value: float) -> Scalar:
        raise NotImplementedError

    def _clip(self, value: float) -> Scalar:
        raise NotImplementedError

    @property
    def bounds(self) -> tuple[float, float]:
        """Both ends; the upper end of a stepped range need not be one of its values."""
        return self.low, self.high

    @property
    def extremes(self) -> tuple[float, float]:
        """The lowest and the highest number."""
        return float(self.low), float(self.high)

    def describe(self) -> str:
        """The range in words: `float 0.0001 to 0.1, log scale`."""
        step = "" if self.step is None else f", step {self.step:.12g}"
        scale = "" if self.sampling == "linear" else f", {self.sampling.replace('_', ' ')} scale"
        return f"{self.kind} {self.low:.12g} to {self.high:.12g}{step}{scale}"

    def without_default(self) -> Self:
        """The same range with its lowest value as default."""
        return replace(self, default=self.low)

    @property
    def count(self) -> int | None:
        """Number of distinct values, or None where the range is continuous."""
        if self.low == self.high:
            return 1
        if self.step is None:
            return None
        if self.sampling == "linear":
            return math.floor((self.high - self.low) / self.step + 1e-9) + 1
        return math.floor(self._log_width / math.log(self.step) + 1e-9) + 1

    @property
    def _log_width(self) -> float:
        return math.log(self.high) - math.log(self.low)

    def _at(self, index: int) -> Scalar:
        # Decimals, so that 0.1 + 2 × 0.1 is 0.3 in tables and file names.
        low, step = Decimal(str(self.low)), Decimal(str(self.step or 1))
        exact = low + index * step if self.sampling == "linear" else low * step**index
        return self._clip(float(exact))

    def _project(self, unit: float) -> float:
        if self.sampling == "linear":
            return self.low + unit * (self.high - self.low)
        along = unit if self.sampling == "log" else 1 - unit
        value = math.exp(math.log(self.low) + along * self._log_width)
        return value if self.sampling == "log" else self.high + self.low - value

    def _unproject(self, value: float) -> float:
        if self.high == self.low:
            return 0.5
        if self.sampling == "linear":
            return (value - self.low) / (self.high - self.low)
        mirrored = value if self.sampling == "log" else self.high + self.low - value
        along = (math.log(max(mirrored, self.low)) - math.log(self.low)) / self._log_width
        return along if self.sampling == "log" else 1 - along

    def from_unit(self, unit: float) -> Scalar:
        """Map `unit` in [0, 1] to a value; equal lengths are equally probable values."""
        n = self.count
        if n is not None:
            return self._at(min(int(unit * n), n - 1))
        return self._cast(self._project(unit))

    def to_unit(self, value: Scalar) -> float:
        """Map a value to [0, 1]; in a stepped range, to the middle of the value's interval."""
        number = float(value)  # type: ignore[arg-type]
        n = self.count
        if n is None:
            return min(1.0, max(0.0, self._unproject(number)))
        if n == 1:
            return 0.5
        step = self.step or 1
        if self.sampling == "linear":
            index = round((number - self.low) / step)
        else:
            index = round((math.log(number) - math.log(self.low)) / math.log(step))
        return (min(max(index, 0), n - 1) + 0.5) / n

    def sample(self, rng: np.random.Generator) -> Scalar:
        """Draw a value uniformly on the range's axis."""
        return self.from_unit(float(rng.random()))

    @property
    def grid_count(self) -> int:
        """The number of grid points, computed without listing those of a long stepped range."""
        return len(self.points()) if self.step is None else self.count or 1

    def points(self) -> Sequence[Scalar]:
        """The grid points: all values of a stepped range, else `GRID_POINTS` evenly spaced ones."""
        n = self.count
        if n is not None:
            return tuple(self._at(i) for i in range(n))
        spaced = (self._cast(self._project(unit)) for unit in np.linspace(0, 1, GRID_POINTS))
        return tuple(dict.fromkeys(spaced))

    def canonical(self, value: Scalar) -> Scalar:
        """Return a contained value in the range's own form: exactly on a step, and of its type."""
        if self.step is not None:
            return self.from_unit(self.to_unit(value))
        return self.number(value)  # type: ignore[arg-type]

    def nearest(self, value: Scalar) -> Scalar:
        """Clip a number into the range and move it onto a step; return other values as they are."""
        if isinstance(value, (bool, str)) or value is None or not math.isfinite(value):
            return value
        return self.from_unit(self.to_unit(min(max(value, self.low), self.high)))

    def contains(self, value: Scalar) -> bool:
        """Tell whether `value` lies in the range and on a step."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        slack = 1e-9 * max(abs(self.low), abs(self.high), 1e-300)
        if not self.low - slack <= value <= self.high + slack:
            return False
        if self.count is None:
            return True
        nearest = self.from_unit(self.to_unit(value))
        return math.isclose(float(nearest), value, rel_tol=1e-9, abs_tol=slack)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Float(_Range):
    """A real number in [low, high].

    With `step` it is one of low, low + step, … (low, low × step, … on a log axis) up to high.
    Unlike keras-tuner's, `Float(0, 1, step=0.2)` includes 1.0.
    """

    kind: ClassVar[str] = "float"
    number = float

    def __post_init__(self) -> None:
        for name in ("low", "high", "step", "default"):
            value = getattr(self, name)
            if isinstance(value, (int, float)) and abs(value) <= _LARGEST:
                object.__setattr__(self, name, float(value))
        super().__post_init__()

    def _cast(self, value: float) -> float:
        # Twelve digits are precise enough, and readable in tables and file names.
        return self._clip(float(f"{value:.12g}"))

    def _clip(self, value: float) -> float:
        return min(max(value, self.low), self.high)


@dataclass(frozen=True, kw_only=True)
class Int(_Range):
    """An integer in [low, high], both included; without `step`, every integer."""

    kind: ClassVar[str] = "int"
    number = int

    def __post_init__(self) -> None:
        self._require_numbers()
        for name, label in (("low", "min"), ("high", "max"), ("step", "step")):
            value = getattr(self, name)
            if value is None:
                continue
            # Beyond 2⁵³ a float, and so JSON, cannot represent every integer.
            if not abs(value) <= 2**53 or value != int(value):
                raise SpaceError(
                    f"hyperparameter '{self.name}': {label} of an integer range must be a whole "
                    f"number (to 2^53), but is {value}",
                    at=("parameters", self.name),
                )
            object.__setattr__(self, name, int(value))
        super().__post_init__()

    @property
    def count(self) -> int | None:
        """Number of distinct values; for a log range without a step, of the integers in it."""
        if self.step is None:
            return int(self.high - self.low) + 1
        return super().count

    def _cast(self, value: float) -> int:
        return self._clip(round(value))

    def _clip(self, value: float) -> int:
        return int(min(max(value, self.low), self.high))

    def from_unit(self, unit: float) -> Scalar:
        """Map `unit` in [0, 1] to an integer; equal lengths are equally probable values."""
        if self.step is not None:
            return super().from_unit(unit)
        if self.sampling == "linear":
            return self._cast(math.floor(self.low + unit * (self.high - self.low + 1)))
        return self._cast(self._project(unit))

    def to_unit(self, value: Scalar) -> float:
        """Map an integer to [0, 1]."""
        if self.step is not None:
            return super().to_unit(value)
        number = float(value)  # type: ignore[arg-type]
        if self.sampling == "linear":
            return (number - self.low + 0.5) / (self.high - self.low + 1)
        return min(1.0, max(0.0, self._unproject(number)))

    def points(self) -> Sequence[Scalar]:
        """Every integer or step of a linear range; `GRID_POINTS` of a log range without a step."""
        if self.step is None and self.sampling == "linear":
            return range(int(self.low), int(self.high) + 1)
        if self.step is None and self.low < self.high:
            spaced = (self._cast(self._project(unit)) for unit in np.linspace(0, 1, GRID_POINTS))
            return tuple(dict.fromkeys(spaced))
        return super().points()
