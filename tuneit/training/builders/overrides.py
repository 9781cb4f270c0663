"""Apply a study's `parameters:` to the hyperparameters that a builder asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tuneit.errors import SpaceError, did_you_mean
from tuneit.space import Boolean, Choice, Fixed, Float, Int, Parameter, Scalar
from tuneit.study import ParameterSpec


def override(parameter: Parameter, spec: ParameterSpec | None) -> Parameter:
    """Return `parameter` with what `spec` says instead of the builder's own range or values.

    An Int stays an Int and a Float a Float, with any range, step or sampling. A Choice of texts
    keeps to the texts that the builder knows; a Choice of numbers may get other numbers of the same
    kind. `min` and `max` turn a Choice of numbers into a range, an Int where its values are whole;
    one of the two alone leaves out values. Raises SpaceError where `spec` does not fit.
    """
    if spec is None:
        return parameter
    if spec.conditions:
        parameter = replace(parameter, when=(*parameter.when, *spec.conditions))
    if "value" in spec.model_fields_set:
        return Fixed(name=parameter.name, value=_legal(parameter, spec.value), when=parameter.when)
    return _RULES[type(parameter)](parameter, spec)


def _legal(parameter: Parameter, value: Scalar) -> Scalar:
    """Check one value from the study against the builder's hyperparameter, and cast it."""
    where = f"hyperparameter '{parameter.name}'"
    number = is_number(value)
    if isinstance(parameter, (Int, Float)):
        if not number or (isinstance(parameter, Int) and value != int(value)):  # type: ignore[arg-type]
            kind = "an integer" if isinstance(parameter, Int) else "a number"
            raise SpaceError(
                f"{where}: the builder asks for {kind}, but the study says {value!r}",
                at=("parameters", parameter.name),
            )
        return int(value) if isinstance(parameter, Int) else float(value)  # type: ignore[arg-type]
    if isinstance(parameter, Choice) and not parameter.contains(value):
        numeric = all(map(is_number, parameter.values))
        whole = all(isinstance(v, int) for v in parameter.values)
        if not (numeric and number and (not whole or isinstance(value, int))):
            known = ", ".join(map(str, parameter.values))
            raise SpaceError(
                f"{where}: the builder knows {known}, but the study says {value!r}"
                f"{did_you_mean(str(value), map(str, parameter.values))}",
                at=("parameters", parameter.name),
            )
    return value


def _range(parameter: Parameter, spec: ParameterSpec) -> Parameter:
    assert isinstance(parameter, (Int, Float))
    if spec.values is not None:
        values = tuple(_legal(parameter, value) for value in spec.values)
        ordered = True if spec.ordered is None else spec.ordered
        return Choice(
            name=parameter.name,
            values=values,
            ordered=ordered,
            default=spec.default if spec.default is not None else None,
            when=parameter.when,
        )
    kind = "int" if isinstance(parameter, Int) else "float"
    if kind == "int" and spec.type == "float":
        raise SpaceError(
            f"hyperparameter '{parameter.name}': the builder asks for an integer, "
            "but the study says `type: float`",
            at=("parameters", parameter.name),
        )
    step = parameter.step if spec.step is None else spec.step
    sampling = parameter.sampling
    if spec.log is not None and spec.log != (parameter.sampling == "log"):
        # A step adds on a linear axis and multiplies on a logarithmic one.
        sampling, step = ("log" if spec.log else "linear"), spec.step
    low = parameter.low if spec.min is None else spec.min
    high = parameter.high if spec.max is None else spec.max
    fresh = type(parameter)(
        name=parameter.name, low=low, high=high, step=step, sampling=sampling, when=parameter.when
    )
    wanted = parameter.default if spec.default is None else _legal(parameter, spec.default)
    return _beginning_with(fresh, wanted)


def _beginning_with(fresh: Int | Float, wanted: Scalar) -> Parameter:
    """The range with the default that is wanted, or the nearest to it."""
    inside = min(max(float(wanted), fresh.low), fresh.high)  # type: ignore[arg-type]
    default = wanted if fresh.contains(wanted) else fresh.from_unit(fresh.to_unit(inside))
    return replace(fresh, default=default)


def _choice(parameter: Parameter, spec: ParameterSpec) -> Parameter:
    assert isinstance(parameter, Choice)
    if spec.min is not None and spec.max is not None and all(map(is_number, parameter.values)):
        return _range_of_its_own(parameter, spec)
    if spec.values is not None:
        values = tuple(_legal(parameter, value) for value in spec.values)
    else:
        values = _between(parameter, spec)
    wanted = parameter.default if spec.default is None else _legal(parameter, spec.default)
    ordered = parameter.ordered if spec.ordered is None else spec.ordered
    default = wanted if wanted in values else values[0]
    return replace(parameter, values=values, ordered=ordered, default=default)


def _range_of_its_own(parameter: Choice, spec: ParameterSpec) -> Parameter:
    """The study's range in place of the numbers that the builder chooses from."""
    own = replace(spec.to_parameter(parameter.name), when=parameter.when)
    assert isinstance(own, (Int, Float))
    whole = all(isinstance(value, int) for value in parameter.values)
    if whole and isinstance(own, Float):
        raise SpaceError(
            f"hyperparameter '{parameter.name}': the builder chooses from whole numbers, but the "
            "study gives a range of fractions; give whole min, max and step, or `type: int`",
            at=("parameters", parameter.name),
        )
    if not whole and spec.type is None:
        own = Float(**{field: getattr(own, field) for field in _FIELDS})
    return _beginning_with(own, parameter.default if spec.default is None else spec.default)


_FIELDS = ("name", "low", "high", "step", "sampling", "when")


def is_number(value: object) -> bool:
    """Whether a value is an int or a float; booleans are not numbers."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _between(parameter: Choice, spec: ParameterSpec) -> tuple[Scalar, ...]:
    if spec.min is None and spec.max is None:
        return parameter.values
    low = float("-inf") if spec.min is None else spec.min
    high = float("inf") if spec.max is None else spec.max
    values = tuple(
        v
        for v in parameter.values
        if is_number(v) and low <= v <= high  # type: ignore[operator]
    )
    if not values:
        raise SpaceError(
            f"hyperparameter '{parameter.name}': the builder chooses from "
            f"{', '.join(map(str, parameter.values))}, and none of them lies in "
            f"[{low}, {high}]; give `values` instead of min and max",
            at=("parameters", parameter.name),
        )
    return values


def _fixed(parameter: Parameter, spec: ParameterSpec) -> Parameter:
    raise SpaceError(
        f"hyperparameter '{parameter.name}' is fixed by the builder (hp.Fixed); "
        "give it a `value`, or make it a range in the builder",
        at=("parameters", parameter.name),
    )


_RULES: dict[type, Callable[[Parameter, ParameterSpec], Parameter]] = {
    Int: _range,
    Float: _range,
    Choice: _choice,
    Boolean: _choice,
    Fixed: _fixed,
}
