"""The unit-cube encoding of a search space: configurations as rows of numbers in [0, 1]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.space import Int, Parameter, Params, Scalar, SearchSpace, same

Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]

_INSIDE = 1 - 1e-12


@dataclass(frozen=True)
class _Dependency:
    """Coordinate `child` is active if one of `parents` is active and has one of `values`."""

    child: int
    parents: tuple[int, ...]
    values: tuple[Scalar, ...]


class UnitCube:
    """Encodes configurations: a row has one coordinate in [0, 1] for each hyperparameter.

    Coordinates are in the space's order; a row has the shape (coordinates,). The coordinate of a
    hyperparameter that is not active in a configuration has no meaning.
    """

    def __init__(self, space: SearchSpace) -> None:
        self.space = space
        self.parameters: tuple[Parameter, ...] = tuple(space)
        self.counts = np.array([_places(p) for p in self.parameters], dtype=np.float64)
        self.unordered: Mask = np.array([not p.ordered for p in self.parameters], dtype=bool)
        self._dependencies = [
            _Dependency(
                child,
                tuple(i for i in range(child) if self.parameters[i].name == condition.parent),
                condition.values,
            )
            for child, parameter in enumerate(self.parameters)
            for condition in parameter.when
        ]
        self._columns, self.groups = self._columns_of()
        self._flags = [
            j for j, p in enumerate(self.parameters) if p.when and self._first_with(p.when) == j
        ]
        first = self.groups[-1] + 1 if self.groups else 0
        self.groups += list(range(first, first + len(self._flags)))

    def _first_with(self, when: Any) -> int:
        return next(j for j, p in enumerate(self.parameters) if p.when == when)

    def _columns_of(self) -> tuple[list[tuple[int, int]], list[int]]:
        """Columns (coordinate, width) of what varies, and the hyperparameter of each."""
        columns: list[tuple[int, int]] = []
        groups: list[int] = []
        for j, parameter in enumerate(self.parameters):
            if parameter.count == 1:
                continue
            width = int(self.counts[j]) if self.unordered[j] and self.counts[j] > 2 else 1
            groups += [len(columns)] * width
            columns.append((j, width))
        return columns, groups

    def row(self, params: Mapping[str, Scalar]) -> Matrix:
        """Encode a configuration; a hyperparameter that is absent or out of range gets 0.5."""
        known = [
            p.to_unit(params[p.name])
            if p.name in params and p.is_active(params) and p.contains(params[p.name])
            else 0.5
            for p in self.parameters
        ]
        return np.array(known, dtype=np.float64)

    def rows(self, configurations: Iterable[Mapping[str, Scalar]]) -> Matrix:
        """Encode configurations, shape (n, coordinates)."""
        found = [self.row(params) for params in configurations]
        return np.array(found).reshape(len(found), len(self.parameters))

    def params(self, row: Matrix) -> Params:
        """Decode a row."""
        params: Params = {}
        for parameter, unit in zip(self.parameters, row, strict=True):
            if parameter.is_active(params):
                params[parameter.name] = parameter.from_unit(min(max(float(unit), 0.0), _INSIDE))
        return params

    def snapped(self, rows: Matrix) -> Matrix:
        """Move each coordinate to the middle of the interval of the value that it decodes to."""
        inside = np.clip(rows, 0.0, _INSIDE)
        places = np.floor(inside * np.where(np.isinf(self.counts), 1.0, self.counts))
        return np.where(np.isinf(self.counts), inside, (places + 0.5) / self.counts)

    def active(self, rows: Matrix) -> Mask:
        """Tell which coordinates' hyperparameters are active, shape (n, coordinates)."""
        exists = np.ones(rows.shape, dtype=bool)
        # Parents come before children, so that their activity is known here.
        for dependency in self._dependencies:
            met = np.zeros(len(rows), dtype=bool)
            for parent in dependency.parents:
                met |= exists[:, parent] & self._has(parent, rows[:, parent], dependency.values)
            exists[:, dependency.child] &= met
        return exists

    def _has(self, parent: int, units: Matrix, values: Sequence[Scalar]) -> Mask:
        parameter = self.parameters[parent]
        n = self.counts[parent]
        if np.isinf(n):
            held = (parameter.from_unit(min(max(float(u), 0.0), _INSIDE)) for u in units)
            return np.array([any(same(v, w) for w in values) for v in held], dtype=bool)
        places = np.minimum(np.floor(units * n), n - 1).astype(int)
        own = [parameter.from_unit((i + 0.5) / n) for i in range(int(n))]
        allowed = [any(same(value, wanted) for wanted in values) for value in own]
        found: Mask = np.array(allowed, dtype=bool)[places]
        return found

    def features(self, rows: Matrix) -> Matrix:
        """Encode rows for a Gaussian process, shape (n, len(groups)), in [0, 1].

        Unordered choices are one-hot; two different values have the distance 1, like the two ends
        of an axis. An inactive hyperparameter has the value 0.5; a column for each condition tells
        whether it holds.
        """
        exists = self.active(rows)
        blocks = []
        for j, width in self._columns:
            if width == 1:
                block = rows[:, j : j + 1]
            else:
                places = np.minimum(np.floor(rows[:, j] * width), width - 1).astype(int)
                block = np.eye(width)[places] * np.sqrt(0.5)
            blocks.append(np.where(exists[:, j : j + 1], block, 0.5))
        blocks += [exists[:, j : j + 1].astype(np.float64) for j in self._flags]
        return np.hstack(blocks) if blocks else np.zeros((len(rows), 0))


def _places(parameter: Parameter) -> float:
    """The number of intervals of the axis, one for each value; infinite if it is continuous."""
    uneven = (
        isinstance(parameter, Int) and parameter.step is None and parameter.sampling != "linear"
    )
    return (
        np.inf if parameter.count is None or (uneven and parameter.count > 1) else parameter.count
    )
