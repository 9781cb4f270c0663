"""Hyperparameters as Optuna's distributions, for its samplers and for its dashboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

from tuneit.space import Choice, Fixed, Int, Parameter, Scalar, SearchSpace

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


@dataclass(frozen=True)
class Axis:
    """One hyperparameter as an Optuna distribution, with functions from and to its values.

    Optuna has no distribution for a reversed log range, for steps on a log axis and for ordered
    choices: a sampler gets their position in [0, 1] or their index instead. `key` is unique, even
    if hyperparameters under different conditions have the same name.
    """

    parameter: Parameter
    key: str
    distribution: BaseDistribution
    encode: Callable[[Scalar], Any]
    decode: Callable[[Any], Scalar]


def axes(space: SearchSpace) -> tuple[Axis, ...]:
    """An axis for each hyperparameter that can vary, in the space's order."""
    return tuple(_axis(parameter, key) for parameter, key in _varying(space))


def real_axes(space: SearchSpace) -> tuple[Axis, ...]:
    """An axis for each hyperparameter that can vary, with the values that the builder gets.

    It is for users' own samplers, which may read the values. A reversed log range becomes linear.
    """
    return tuple(_real_axis(parameter, key) for parameter, key in _varying(space))


def _varying(space: SearchSpace) -> Iterator[tuple[Parameter, str]]:
    seen: dict[str, int] = {}
    for parameter in space:
        nth = seen.get(parameter.name, 0)
        seen[parameter.name] = nth + 1
        if parameter.count != 1:
            yield parameter, f"{parameter.name}#{nth}" if nth else parameter.name


def _real_axis(parameter: Parameter, key: str) -> Axis:
    own = _own_distribution(parameter)
    return Axis(parameter, key, own, parameter.canonical, parameter.canonical)


def _axis(parameter: Parameter, key: str) -> Axis:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(parameter, Fixed):
        raise TypeError(f"a constant has no axis, but '{parameter.name}' is one")
    if isinstance(parameter, Choice):
        n = parameter.count
        distribution = (
            IntDistribution(0, n - 1)
            if parameter.ordered
            else CategoricalDistribution(tuple(range(n)))
        )
        return _by_index(parameter, key, distribution, n)
    if parameter.step is not None and parameter.count is not None:
        return _by_index(parameter, key, IntDistribution(0, parameter.count - 1), parameter.count)
    if parameter.sampling == "reverse_log":
        unit = FloatDistribution(0.0, 1.0)
        return Axis(parameter, key, unit, parameter.to_unit, parameter.from_unit)
    log = parameter.sampling == "log"
    number: BaseDistribution
    if isinstance(parameter, Int):
        number = IntDistribution(int(parameter.low), int(parameter.high), log=log)
    else:
        number = FloatDistribution(parameter.low, parameter.high, log=log)
    return Axis(parameter, key, number, parameter.canonical, parameter.canonical)


def _by_index(parameter: Parameter, key: str, distribution: BaseDistribution, n: int) -> Axis:
    return Axis(
        parameter,
        key,
        distribution,
        lambda value: min(int(parameter.to_unit(value) * n), n - 1),
        lambda index: parameter.from_unit((index + 0.5) / n),
    )


def coordinates(
    space_axes: tuple[Axis, ...], params: Mapping[str, Scalar]
) -> tuple[dict[str, Any], dict[str, BaseDistribution]]:
    """A trial for Optuna: axis key → value, and axis key → distribution.

    Hyperparameters that the trial does not have, or whose value is outside the range, are left out.
    """
    values: dict[str, Any] = {}
    distributions: dict[str, BaseDistribution] = {}
    for axis in space_axes:
        parameter = axis.parameter
        if parameter.name not in params or not parameter.is_active(params):
            continue
        value = params[parameter.name]
        if parameter.contains(value):
            values[axis.key] = axis.encode(value)
            distributions[axis.key] = axis.distribution
    return values, distributions


def shown(
    space: SearchSpace,
    params: Mapping[str, Scalar],
    before: Mapping[str, BaseDistribution] | None = None,
) -> tuple[dict[str, Any], dict[str, BaseDistribution]]:
    """A trial's hyperparameters as a dashboard shows them: real values under their own names.

    Optuna allows one kind of distribution for each name. If a hyperparameter has the name of
    another one with a different kind, in this space or in `before` (the distributions of earlier
    trials), it is shown with its condition, `units [kind=cnn]`, or a number, `units (2)`.
    """
    values: dict[str, Any] = {}
    distributions: dict[str, BaseDistribution] = {}
    known = dict(before or {})
    for parameter in space:
        own = _own_distribution(parameter)
        label = next(
            label for label in _labels(parameter) if _alike(known.setdefault(label, own), own)
        )
        if parameter.name not in params or not parameter.is_active(params):
            continue
        value = params[parameter.name]
        if not parameter.contains(value):
            continue
        values[label] = parameter.canonical(value)
        distributions[label] = own
    return values, distributions


def _labels(parameter: Parameter) -> Iterator[str]:
    """Yield names for a hyperparameter; the caller takes the first that is free or of its kind."""
    yield parameter.name
    if parameter.when:
        yield f"{parameter.name} [{_conditions(parameter)}]"
    yield from (f"{parameter.name} ({number})" for number in count(2))


def _own_distribution(parameter: Parameter) -> Any:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(parameter, Choice):
        return CategoricalDistribution(parameter.values)
    if isinstance(parameter, Fixed):
        return CategoricalDistribution((parameter.value,))
    if parameter.sampling == "linear" and parameter.step is not None:
        last: Any = parameter.from_unit(1.0)  # Optuna requires that the range ends at a step
        if isinstance(parameter, Int):
            return IntDistribution(int(parameter.low), last, step=int(parameter.step))
        low, end, step = (Decimal(str(v)) for v in (parameter.low, last, parameter.step))
        # Rounding errors would make Optuna cut off the last step.
        even = parameter.step if (end - low) % step == 0 else None
        return FloatDistribution(parameter.low, last, step=even)
    log = parameter.sampling == "log"
    if isinstance(parameter, Int):
        return IntDistribution(int(parameter.low), int(parameter.high), log=log)
    return FloatDistribution(parameter.low, parameter.high, log=log)


def _alike(one: Any, other: Any) -> bool:
    """Whether Optuna accepts both under one name (its `check_distribution_compatibility`)."""
    if type(one) is not type(other):
        return False
    if hasattr(one, "choices"):
        return bool(one == other)
    return bool(one.log == other.log)


def _conditions(parameter: Parameter) -> str:
    return ", ".join(
        f"{condition.parent}={'|'.join(map(str, condition.values))}" for condition in parameter.when
    )
