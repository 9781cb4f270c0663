"""Search spaces: hyperparameters, the conditions under which they exist, and the points they span.

The vocabulary is keras-tuner's (`Float`, `Int`, `Choice`, `Boolean`, `Fixed`, conditions on a
parent's value), with its faults mended: a stepped range reaches its maximum when a whole number
of steps leads there, and booleans stay booleans.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import numpy as np

from tuneit.errors import SpaceError, did_you_mean

Scalar = str | int | float | bool | None
Params = dict[str, Scalar]
Sampling = Literal["linear", "log", "reverse_log"]

GRID_POINTS = 10
"""Points that a grid takes from a range without a step, as keras-tuner's GridSearch does."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A hyperparameter exists only while its `parent` has one of `values`."""

    parent: str
    values: tuple[Scalar, ...]

    def holds(self, params: Mapping[str, Scalar]) -> bool:
        """Tell whether the condition is met; a parent that is absent meets nothing."""
        return self.parent in params and params[self.parent] in self.values


@dataclass(frozen=True, kw_only=True)
class _Parameter:
    name: str
    when: tuple[Condition, ...] = ()

    kind: ClassVar[str]

    def is_active(self, params: Mapping[str, Scalar]) -> bool:
        """Tell whether every condition of this hyperparameter is met by `params`."""
        return all(condition.holds(params) for condition in self.when)


@dataclass(frozen=True, kw_only=True)
class _Range(_Parameter):
    """A numeric range, both ends included, laid out on a linear or logarithmic axis."""

    low: float
    high: float
    step: float | None = None
    sampling: Sampling = "linear"
    default: Scalar = None

    def __post_init__(self) -> None:
        where = f"hyperparameter '{self.name}'"
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise SpaceError(f"{where}: min and max must be finite, not {self.low}, {self.high}")
        if self.low > self.high:
            raise SpaceError(
                f"{where}: min <= max must hold, but min is {self.low} and max is {self.high}"
            )
        if self.sampling != "linear" and self.low <= 0:
            raise SpaceError(
                f"{where}: a {self.sampling} range needs min > 0, but min is {self.low}; "
                "raise min or use a linear range"
            )
        if self.step is not None and self.step <= (0 if self.sampling == "linear" else 1):
            rule = "above 0" if self.sampling == "linear" else "above 1 (it multiplies)"
            raise SpaceError(f"{where}: step must be {rule}, but is {self.step}")
        if self.default is None:
            object.__setattr__(self, "default", self.low)

    def _cast(self, value: float) -> Scalar:
        raise NotImplementedError

    @property
    def count(self) -> int | None:
        """Number of distinct values, or None where the range is continuous."""
        if self.low == self.high:
            return 1
        if self.step is None:
            return None
        if self.sampling == "linear":
            return math.floor((self.high - self.low) / self.step + 1e-9) + 1
        return math.floor(math.log(self.high / self.low) / math.log(self.step) + 1e-9) + 1

    def _at(self, index: int) -> Scalar:
        step = self.step or 0
        if self.sampling == "linear":
            return self._cast(self.low + index * step)
        return self._cast(self.low * step**index)

    def _project(self, unit: float) -> float:
        if self.sampling == "linear":
            return self.low + unit * (self.high - self.low)
        ratio = self.high / self.low
        if self.sampling == "log":
            return float(self.low * ratio**unit)
        return float(self.high + self.low - self.low * ratio ** (1 - unit))

    def _unproject(self, value: float) -> float:
        if self.high == self.low:
            return 0.5
        if self.sampling == "linear":
            return (value - self.low) / (self.high - self.low)
        ratio = math.log(self.high / self.low)
        if self.sampling == "log":
            return math.log(value / self.low) / ratio
        return 1 - math.log((self.high + self.low - value) / self.low) / ratio

    def from_unit(self, unit: float) -> Scalar:
        """Map `unit` in [0, 1] to a value; equal lengths are equally probable values."""
        n = self.count
        if n is not None:
            return self._at(min(int(unit * n), n - 1))
        return self._cast(self._project(unit))

    def to_unit(self, value: Scalar) -> float:
        """Map a value to [0, 1]; of a stepped range, to the middle of the value's interval."""
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
            index = round(math.log(number / self.low) / math.log(step))
        return (min(max(index, 0), n - 1) + 0.5) / n

    def sample(self, rng: np.random.Generator) -> Scalar:
        """Draw a value uniformly on the range's axis."""
        return self.from_unit(float(rng.random()))

    def points(self) -> tuple[Scalar, ...]:
        """Values that a grid takes: all of a stepped range, else `GRID_POINTS` evenly spaced."""
        n = self.count
        if n is not None:
            return tuple(self._at(i) for i in range(n))
        spaced = (self._cast(self._project(unit)) for unit in np.linspace(0, 1, GRID_POINTS))
        return tuple(dict.fromkeys(spaced))

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

    With `step`, one of low, low + step, … (low, low × step, … on a log axis) up to high. Unlike
    keras-tuner's, `Float(0, 1, step=0.2)` does yield 1.0.
    """

    kind: ClassVar[str] = "float"

    def _cast(self, value: float) -> float:
        # Twelve digits: 0.1 + 2 × 0.1 shall read 0.3 in every table and file name.
        return min(max(float(f"{value:.12g}"), self.low), self.high)


@dataclass(frozen=True, kw_only=True)
class Int(_Range):
    """An integer in [low, high], both included; without `step`, every integer."""

    kind: ClassVar[str] = "int"

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            value = getattr(self, name)
            if value != int(value):
                raise SpaceError(
                    f"hyperparameter '{self.name}': an integer range needs whole ends, not {value}"
                )
            object.__setattr__(self, name, int(value))
        super().__post_init__()

    @property
    def count(self) -> int | None:
        """Number of distinct values; of an unstepped log range, the integers in it."""
        if self.step is None:
            return int(self.high - self.low) + 1
        return super().count

    def _cast(self, value: float) -> int:
        return int(min(max(round(value), self.low), self.high))

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

    def points(self) -> tuple[Scalar, ...]:
        """Every integer or step of a linear range; `GRID_POINTS` of an unstepped log range."""
        if self.step is not None:
            return super().points()
        if self.sampling == "linear":
            return tuple(range(int(self.low), int(self.high) + 1))
        spaced = (self._cast(self._project(unit)) for unit in np.linspace(0, 1, GRID_POINTS))
        return tuple(dict.fromkeys(spaced))


@dataclass(frozen=True, kw_only=True)
class Choice(_Parameter):
    """One of `values`; `ordered` says that neighbours in the list resemble one another."""

    kind: ClassVar[str] = "choice"

    values: tuple[Scalar, ...]
    ordered: bool = False
    default: Scalar = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))
        if not self.values:
            raise SpaceError(f"hyperparameter '{self.name}': values must not be empty")
        if len({(type(v), v) for v in self.values}) < len(self.values):
            raise SpaceError(
                f"hyperparameter '{self.name}': values must differ, but are {list(self.values)}"
            )
        if self.default is None:
            object.__setattr__(self, "default", self.values[0])

    @property
    def count(self) -> int:
        """Number of values."""
        return len(self.values)

    def _index(self, value: Scalar) -> int:
        # 1 == True in Python: look for the same type first.
        for index, own in enumerate(self.values):
            if type(own) is type(value) and own == value:
                return index
        return self.values.index(value)

    def from_unit(self, unit: float) -> Scalar:
        """Map `unit` in [0, 1] to a value."""
        return self.values[min(int(unit * self.count), self.count - 1)]

    def to_unit(self, value: Scalar) -> float:
        """Map a value to the middle of its interval in [0, 1]."""
        return (self._index(value) + 0.5) / self.count

    def sample(self, rng: np.random.Generator) -> Scalar:
        """Draw a value, all equally probable."""
        return self.from_unit(float(rng.random()))

    def points(self) -> tuple[Scalar, ...]:
        """All values."""
        return self.values

    def contains(self, value: Scalar) -> bool:
        """Tell whether `value` is one of the values."""
        return value in self.values


@dataclass(frozen=True, kw_only=True)
class Boolean(Choice):
    """False or True; keras-tuner's default is False."""

    kind: ClassVar[str] = "boolean"

    values: tuple[Scalar, ...] = (False, True)
    default: Scalar = False


@dataclass(frozen=True, kw_only=True)
class Fixed(_Parameter):
    """A constant that is recorded with every trial."""

    kind: ClassVar[str] = "fixed"

    value: Scalar

    count: ClassVar[int] = 1

    @property
    def default(self) -> Scalar:
        """The constant."""
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

    def points(self) -> tuple[Scalar, ...]:
        """Return the constant alone."""
        return (self.value,)

    def contains(self, value: Scalar) -> bool:
        """Tell whether `value` is the constant."""
        return value == self.value


Parameter = Float | Int | Choice | Boolean | Fixed

_KINDS: dict[str, type[Any]] = {cls.kind: cls for cls in (Float, Int, Choice, Boolean, Fixed)}


def parameter_to_dict(parameter: Parameter) -> dict[str, Any]:
    """Return a JSON-ready description that `parameter_from_dict` reads back."""
    fields = {k: v for k, v in vars(parameter).items() if k != "when"}
    if isinstance(parameter, Choice):
        fields["values"] = list(parameter.values)
    when = [{"parent": c.parent, "values": list(c.values)} for c in parameter.when]
    return {"kind": parameter.kind, **fields, "when": when}


def parameter_from_dict(entry: Mapping[str, Any]) -> Parameter:
    """Read back what `parameter_to_dict` wrote."""
    fields = {k: v for k, v in entry.items() if k not in ("kind", "when")}
    if "values" in fields:
        fields["values"] = tuple(fields["values"])
    when = tuple(Condition(c["parent"], tuple(c["values"])) for c in entry["when"])
    parameter: Parameter = _KINDS[entry["kind"]](**fields, when=when)
    return parameter


@dataclass(frozen=True)
class SearchSpace:
    """Hyperparameters in the order in which a builder asks for them, parents before children.

    One name may stand more than once, under conditions that exclude each other.
    """

    parameters: tuple[Parameter, ...] = ()
    _parents: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for parameter in self.parameters:
            for condition in parameter.when:
                if condition.parent not in seen:
                    raise SpaceError(
                        f"hyperparameter '{parameter.name}' depends on '{condition.parent}', "
                        f"which no hyperparameter before it is called"
                        f"{did_you_mean(condition.parent, seen)}"
                    )
            seen.add(parameter.name)
        parents = frozenset(c.parent for p in self.parameters for c in p.when)
        object.__setattr__(self, "_parents", parents)

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self.parameters)

    def __len__(self) -> int:
        return len(self.parameters)

    @property
    def names(self) -> tuple[str, ...]:
        """Distinct names, in order."""
        return tuple(dict.fromkeys(p.name for p in self.parameters))

    @property
    def tunable(self) -> tuple[Parameter, ...]:
        """Hyperparameters that can take more than one value."""
        return tuple(p for p in self.parameters if p.count != 1)

    def active(self, params: Mapping[str, Scalar]) -> tuple[Parameter, ...]:
        """Hyperparameters whose conditions `params` meets."""
        return tuple(p for p in self.parameters if p.is_active(params))

    def get(self, name: str, params: Mapping[str, Scalar] | None = None) -> Parameter | None:
        """The hyperparameter of that name; where there are several, the one active in `params`."""
        found = [p for p in self.parameters if p.name == name]
        if params is not None:
            found = [p for p in found if p.is_active(params)] or found
        return found[0] if found else None

    def sample(self, rng: np.random.Generator) -> Params:
        """Draw every active hyperparameter, independently and uniformly on its axis."""
        params: Params = {}
        for parameter in self.parameters:
            if parameter.is_active(params):
                params[parameter.name] = parameter.sample(rng)
        return params

    def defaults(self) -> Params:
        """The default of every active hyperparameter."""
        params: Params = {}
        for parameter in self.parameters:
            if parameter.is_active(params):
                params[parameter.name] = parameter.default
        return params

    def restrict(self, params: Mapping[str, Scalar]) -> Params:
        """Keep of `params` what is active here, in this space's order."""
        kept: Params = {}
        for parameter in self.parameters:
            if parameter.name in params and parameter.is_active(kept):
                kept[parameter.name] = params[parameter.name]
        return kept

    def contains(self, params: Mapping[str, Scalar]) -> bool:
        """Tell whether `params` gives each active hyperparameter, and no other, a legal value."""
        active = self.active(params)
        return {p.name for p in active} == set(params) and all(
            p.contains(params[p.name]) for p in active
        )

    @property
    def size(self) -> int | None:
        """Number of distinct configurations, or None where a hyperparameter is continuous."""
        if any(p.count is None for p in self.parameters):
            return None
        return self._count(0, {}, lambda p: p.count or 0)

    @property
    def grid_size(self) -> int:
        """Number of configurations that `grid` yields."""
        return self._count(0, {}, lambda p: len(p.points()))

    def _count(self, index: int, params: Params, width: Any) -> int:
        total = 1
        for position in range(index, len(self.parameters)):
            parameter = self.parameters[position]
            if not parameter.is_active(params):
                continue
            if parameter.name in self._parents:
                return total * sum(
                    self._count(position + 1, {**params, parameter.name: value}, width)
                    for value in parameter.points()
                )
            total *= width(parameter)
        return total

    def grid(self, index: int = 0, params: Params | None = None) -> Iterator[Params]:
        """Yield every configuration of the grid, the last hyperparameter varying fastest."""
        params = params or {}
        for position in range(index, len(self.parameters)):
            parameter = self.parameters[position]
            if parameter.is_active(params):
                for value in parameter.points():
                    yield from self.grid(position + 1, {**params, parameter.name: value})
                return
        yield params

    def with_parameters(self, parameters: Iterable[Parameter]) -> SearchSpace:
        """Append hyperparameters that are not here yet (same name under the same conditions)."""
        known = {(p.name, p.when) for p in self.parameters}
        new = [p for p in parameters if (p.name, p.when) not in known]
        return replace(self, parameters=(*self.parameters, *new)) if new else self

    def to_list(self) -> list[dict[str, Any]]:
        """Return a JSON-ready description; equal spaces give equal descriptions."""
        return [parameter_to_dict(p) for p in self.parameters]

    @classmethod
    def from_list(cls, entries: Iterable[Mapping[str, Any]]) -> SearchSpace:
        """Read back what `to_list` wrote."""
        return cls(tuple(parameter_from_dict(entry) for entry in entries))


def params_key(params: Mapping[str, Scalar]) -> tuple[tuple[str, str, Scalar], ...]:
    """A hashable key: equal for equal configurations, and telling True from 1."""
    return tuple(sorted((name, type(v).__name__, v) for name, v in params.items()))
