"""Search spaces: hyperparameters, the conditions under which they exist, and the points they span.

The vocabulary is keras-tuner's (`Float`, `Int`, `Choice`, `Boolean`, `Fixed`, conditions on a
parent's value), with its faults mended: a stepped range reaches its maximum when a whole number
of steps leads there, and booleans stay booleans.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, ClassVar, Literal

import numpy as np

from tuneit.errors import SpaceError, did_you_mean

Scalar = str | int | float | bool | None
Params = dict[str, Scalar]
Sampling = Literal["linear", "log", "reverse_log"]

GRID_POINTS = 10
"""Points that a grid takes from a range without a step, as keras-tuner's GridSearch does."""

_LARGEST = 1e300
"""Ends of a range stay below this, so that no sum or ratio of them overflows."""


def same(one: Scalar, other: Scalar) -> bool:
    """Tell whether two values are equal, where True is not 1 (but 1 is 1.0)."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


@dataclass(frozen=True, slots=True)
class Condition:
    """A hyperparameter exists only while its `parent` has one of `values`."""

    parent: str
    values: tuple[Scalar, ...]

    def holds(self, params: Mapping[str, Scalar]) -> bool:
        """Tell whether the condition is met; a parent that is absent meets nothing."""
        if self.parent not in params:
            return False
        value = params[self.parent]
        return any(same(value, own) for own in self.values)


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
        for end, value in (("min", self.low), ("max", self.high)):
            if not abs(value) <= _LARGEST:
                raise SpaceError(f"{where}: {end} must be finite (to 1e300), but is {value}")
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
        if self.step is not None and not self._step_tells_apart(self.step):
            raise SpaceError(
                f"{where}: step must be large enough to tell values near {self.high} apart, "
                f"but is {self.step}"
            )
        if self.default is None:
            object.__setattr__(self, "default", self.low)

    def _step_tells_apart(self, step: float) -> bool:
        if self.sampling == "linear":
            return all(abs(end) + step > abs(end) * (1 + 1e-13) for end in (self.low, self.high))
        return step > 1 + 1e-13

    def _cast(self, value: float) -> Scalar:
        raise NotImplementedError

    def _clip(self, value: float) -> Scalar:
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
        return math.floor(self._log_width / math.log(self.step) + 1e-9) + 1

    @property
    def _log_width(self) -> float:
        return math.log(self.high) - math.log(self.low)

    def _at(self, index: int) -> Scalar:
        # In decimals, so that 0.1 + 2 × 0.1 reads 0.3 in every table and file name.
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
            index = round((math.log(number) - math.log(self.low)) / math.log(step))
        return (min(max(index, 0), n - 1) + 0.5) / n

    def sample(self, rng: np.random.Generator) -> Scalar:
        """Draw a value uniformly on the range's axis."""
        return self.from_unit(float(rng.random()))

    @property
    def grid_count(self) -> int:
        """Number of values that a grid takes, without listing those of a long stepped range."""
        return len(self.points()) if self.step is None else self.count or 1

    def points(self) -> Sequence[Scalar]:
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

    def __post_init__(self) -> None:
        for name in ("low", "high", "step", "default"):
            value = getattr(self, name)
            if isinstance(value, (int, float)) and abs(value) <= _LARGEST:
                object.__setattr__(self, name, float(value))
        super().__post_init__()

    def _cast(self, value: float) -> float:
        # Twelve digits are enough, and readable in tables and file names.
        return self._clip(float(f"{value:.12g}"))

    def _clip(self, value: float) -> float:
        return min(max(value, self.low), self.high)


@dataclass(frozen=True, kw_only=True)
class Int(_Range):
    """An integer in [low, high], both included; without `step`, every integer."""

    kind: ClassVar[str] = "int"

    def __post_init__(self) -> None:
        for name, label in (("low", "min"), ("high", "max"), ("step", "step")):
            value = getattr(self, name)
            if value is None:
                continue
            # Beyond 2⁵³ a float, and so JSON, no longer holds every integer.
            if not abs(value) <= 2**53 or value != int(value):
                raise SpaceError(
                    f"hyperparameter '{self.name}': {label} of an integer range must be a whole "
                    f"number (to 2^53), but is {value}"
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
        """Every integer or step of a linear range; `GRID_POINTS` of an unstepped log range."""
        if self.step is None and self.sampling == "linear":
            return range(int(self.low), int(self.high) + 1)
        if self.step is None and self.low < self.high:
            spaced = (self._cast(self._project(unit)) for unit in np.linspace(0, 1, GRID_POINTS))
            return tuple(dict.fromkeys(spaced))
        return super().points()


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
        if any(isinstance(v, float) and not math.isfinite(v) for v in self.values):
            raise SpaceError(
                f"hyperparameter '{self.name}': values must be finite, but are {list(self.values)}"
            )
        if len({(isinstance(v, bool), v) for v in self.values}) < len(self.values):
            raise SpaceError(
                f"hyperparameter '{self.name}': values must differ, but are {list(self.values)}"
            )
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

    def _index(self, value: Scalar) -> int:
        for index, own in enumerate(self.values):
            if same(own, value):
                return index
        raise SpaceError(
            f"hyperparameter '{self.name}' has no value {value!r}; it has {list(self.values)}"
        )

    def from_unit(self, unit: float) -> Scalar:
        """Map `unit` in [0, 1] to a value."""
        return self.values[min(int(unit * self.count), self.count - 1)]

    def to_unit(self, value: Scalar) -> float:
        """Map a value to the middle of its interval in [0, 1]."""
        return (self._index(value) + 0.5) / self.count

    def sample(self, rng: np.random.Generator) -> Scalar:
        """Draw a value, all equally probable."""
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
class Fixed(_Parameter):
    """A constant that is recorded with every trial."""

    kind: ClassVar[str] = "fixed"

    value: Scalar

    count: ClassVar[int] = 1
    grid_count: ClassVar[int] = 1

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

    def points(self) -> Sequence[Scalar]:
        """Return the constant alone."""
        return (self.value,)

    def contains(self, value: Scalar) -> bool:
        """Tell whether `value` is the constant."""
        return same(value, self.value)


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
        return self._count(0, {}, lambda p: p.count or 0, lambda p, value: p.contains(value))

    @property
    def grid_size(self) -> int:
        """Number of configurations that `grid` yields."""
        return self._count(
            0,
            {},
            lambda p: p.grid_count,
            lambda p, value: any(same(value, point) for point in p.points()),
        )

    def _count(
        self,
        index: int,
        params: Params,
        width: Callable[[Parameter], int],
        takes: Callable[[Parameter, Scalar], bool],
    ) -> int:
        total = 1
        for position in range(index, len(self.parameters)):
            parameter = self.parameters[position]
            if not parameter.is_active(params):
                continue
            if parameter.name in self._parents:
                # Children tell apart only the values that a condition names; all others lead
                # to the same subspace, which NaN stands for: it equals nothing.
                named = self._named_values(parameter, takes)
                branches = [(value, 1) for value in named]
                branches.append((math.nan, width(parameter) - len(named)))
                return total * sum(
                    times
                    * self._count(position + 1, {**params, parameter.name: value}, width, takes)
                    for value, times in branches
                    if times
                )
            total *= width(parameter)
        return total

    def _named_values(
        self, parameter: Parameter, takes: Callable[[Parameter, Scalar], bool]
    ) -> list[Scalar]:
        named: list[Scalar] = []
        for condition in (c for p in self.parameters for c in p.when):
            if condition.parent == parameter.name:
                for value in condition.values:
                    if takes(parameter, value) and not any(same(value, v) for v in named):
                        named.append(value)
        return named

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
