"""The base class of hyperparameters: a name, and the conditions under which they exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

Scalar = str | int | float | bool | None
Params = dict[str, Scalar]


def same(one: Scalar, other: Scalar) -> bool:
    """Tell whether two values are equal; 1 and 1.0 are, True and 1 are not."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


@dataclass(frozen=True, slots=True)
class Condition:
    """A hyperparameter exists only while its `parent` has one of `values`."""

    parent: str
    values: tuple[Scalar, ...]

    def holds(self, params: Mapping[str, Scalar]) -> bool:
        """Tell whether the condition is met; without the parent it is not."""
        if self.parent not in params:
            return False
        value = params[self.parent]
        return any(same(value, own) for own in self.values)


@dataclass(frozen=True, kw_only=True)
class BaseParameter:
    """A hyperparameter's name and conditions; it exists if all of its conditions hold."""

    name: str
    when: tuple[Condition, ...] = ()

    kind: ClassVar[str]

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Both ends of a range; None for a choice or a constant."""
        return None

    def is_active(self, params: Mapping[str, Scalar]) -> bool:
        """Tell whether every condition of this hyperparameter is met by `params`."""
        return all(condition.holds(params) for condition in self.when)


def params_key(params: Mapping[str, Scalar]) -> tuple[tuple[str, str, Scalar], ...]:
    """A hashable key that is equal for equal configurations; True and 1 differ."""
    return tuple(sorted((name, type(v).__name__, v) for name, v in params.items()))
