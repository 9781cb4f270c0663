"""The search space: hyperparameters in order, and their configurations."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tuneit.errors import SpaceError, did_you_mean
from tuneit.space.condition import Params, Scalar, same
from tuneit.space.parameters import Parameter, parameter_from_dict, parameter_to_dict


@dataclass(frozen=True)
class SearchSpace:
    """Hyperparameters in the order in which a builder asks for them, parents before children.

    A name may occur more than once, under conditions that exclude each other. `optional` names the
    hyperparameters that the builder did not ask for in some configuration although their
    conditions held: it asks for them inside an `if` or a loop.
    """

    parameters: tuple[Parameter, ...] = ()
    optional: frozenset[str] = field(default=frozenset(), compare=False)
    _parents: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for parameter in self.parameters:
            for condition in parameter.when:
                if condition.parent not in seen:
                    raise SpaceError(
                        f"hyperparameter '{parameter.name}' depends on '{condition.parent}', "
                        f"which no hyperparameter before it is called"
                        f"{did_you_mean(condition.parent, seen)}",
                        at=("parameters", parameter.name),
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
        """The hyperparameter with this name; if there are several, the one active in `params`."""
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
        """Return the active hyperparameters among `params`, in this space's order."""
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
    def coarse(self) -> tuple[str, ...]:
        """Names of the ranges without a step, which have `GRID_POINTS` values in a grid."""
        return tuple(dict.fromkeys(p.name for p in self.parameters if p.count is None))

    @property
    def size(self) -> int | None:
        """Number of distinct configurations, or None if a hyperparameter is continuous."""
        if any(p.count is None for p in self.parameters):
            return None
        return self._count(0, {}, lambda p: p.count or 0, lambda p, value: p.contains(value))

    def completions(self, params: Mapping[str, Scalar]) -> int:
        """Number of configurations of a finite space that agree with `params`.

        A hyperparameter that `params` lacks may have any of its values.
        """
        return self._count(
            0,
            {},
            lambda p: 1 if p.name in params else p.count or 0,
            lambda p, v: same(v, params[p.name]) if p.name in params else p.contains(v),
        )

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
                # Children depend only on the values that a condition names. All other values lead
                # to the same subspace; NaN, which equals nothing, stands for them.
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
        """Append hyperparameters that are not here yet (same name under the same conditions).

        They are optional: earlier trials did not ask for them.
        """
        known = {(p.name, p.when) for p in self.parameters}
        new = [p for p in parameters if (p.name, p.when) not in known]
        if not new:
            return self
        optional = self.optional | {p.name for p in new}
        return replace(self, parameters=(*self.parameters, *new), optional=optional)

    def to_list(self) -> list[dict[str, Any]]:
        """Return a JSON-ready description; equal spaces give equal descriptions."""
        return [parameter_to_dict(p) for p in self.parameters]

    @classmethod
    def from_list(cls, entries: Iterable[Mapping[str, Any]]) -> SearchSpace:
        """Read back what `to_list` wrote."""
        return cls(tuple(parameter_from_dict(entry) for entry in entries))


def reachable(parameters: Iterable[Parameter]) -> Iterator[Parameter]:
    """Leave out hyperparameters whose conditions no value of their parents can meet.

    Parents must come before their children.
    """
    kept: list[Parameter] = []
    for parameter in parameters:
        possible = all(
            any(p.name == c.parent and any(p.contains(v) for v in c.values) for p in kept)
            for c in parameter.when
        )
        if possible:
            kept.append(parameter)
            yield parameter
