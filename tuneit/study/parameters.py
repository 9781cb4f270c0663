"""What a study says of one hyperparameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from tuneit.errors import SpaceError, did_you_mean, one_of
from tuneit.space import Boolean, Choice, Condition, Fixed, Float, Int, Parameter, Scalar
from tuneit.study.part import Part, Path

RESERVED = ("batch_size", "epochs", "class_weight")
"""Hyperparameters that go to `fit`, not to the builder."""

CLASS_WEIGHTS = ("none", "balanced", "given")
"""What `class_weight` may be: all classes alike, balanced ones, or those of `data.class_weight`."""

Values = Annotated[tuple[Scalar, ...], Field(strict=False, min_length=1)]
_FORMS = {"min and max": {"min", "max"}, "values": {"values"}, "value": {"value"}}
_OF_A_RANGE = ("step", "log", "type")


class ParameterSpec(Part):
    """One hyperparameter: a range (`min`, `max`), `values`, or a fixed `value`."""

    min: int | float | None = Field(default=None, description="Lower end of a range, included.")
    max: int | float | None = Field(default=None, description="Upper end of a range, included.")
    step: PositiveInt | PositiveFloat | None = Field(
        default=None, description="Distance of neighbouring values; in a log range, their ratio."
    )
    log: bool | None = Field(
        default=None, description="Whether the range is searched on a logarithmic axis."
    )
    values: Values | None = Field(default=None, description="The values to choose from.")
    ordered: bool | None = Field(
        default=None,
        description="Whether neighbouring values resemble one another; numbers do by default.",
    )
    value: Scalar = Field(default=None, description="The one value; nothing is searched.")
    default: Scalar = Field(default=None, description="The value to begin with.")
    type: Literal["int", "float"] | None = Field(
        default=None, description="Type of a range; by default inferred from min, max and step."
    )
    when: dict[str, Scalar | Values] = Field(
        default={},
        description="Conditions: a parent, and its value or values for which this one exists.",
    )

    @model_validator(mode="after")
    def _one_form(self) -> ParameterSpec:
        given = self.model_fields_set
        forms = [form for form, keys in _FORMS.items() if given & keys]
        if len(forms) > 1:
            raise ValueError(f"give {' or '.join(forms)}, not both")
        if not given - {"when"}:
            raise ValueError("a hyperparameter needs min and max, values, or value")
        if forms and forms != ["min and max"]:
            misplaced = [key for key in _OF_A_RANGE if key in given]
            if misplaced:
                raise ValueError(
                    f"'{misplaced[0]}' belongs to a range (min and max), not to {forms[0]}"
                )
        if self.is_complete:
            self._check_itself()
        return self

    def _check_itself(self) -> None:
        # The rules of the search space are checked here already, where the file's line is known.
        try:
            parameter = self.to_parameter("it")
        except SpaceError as error:
            raise ValueError(str(error).removeprefix("hyperparameter 'it': ")) from None
        if self.default is not None and not parameter.contains(self.default):
            raise ValueError(
                f"default must be a value that the hyperparameter can take, but is {self.default!r}"
            )

    @property
    def is_complete(self) -> bool:
        """Whether this defines a hyperparameter by itself, without a builder's own range."""
        whole_range = self.min is not None and self.max is not None
        return whole_range or self.values is not None or "value" in self.model_fields_set

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions as values of the search space."""
        return tuple(
            Condition(parent, values if isinstance(values, tuple) else (values,))
            for parent, values in self.when.items()
        )

    def to_parameter(self, name: str) -> Parameter:
        """Return the hyperparameter that this defines by itself.

        Raises SpaceError where the range is empty or incomplete, or logarithmic from 0 or below.
        """
        when = self.conditions
        if "value" in self.model_fields_set:
            return Fixed(name=name, value=self.value, when=when)
        if self.values is not None:
            return self._choice(name)
        if self.min is None or self.max is None:
            raise SpaceError(
                f"hyperparameter '{name}': a range needs both min and max", at=("parameters", name)
            )
        whole = all(isinstance(v, int) for v in (self.min, self.max, self.step) if v is not None)
        kind = Int if (self.type or ("int" if whole else "float")) == "int" else Float
        return kind(
            name=name,
            low=self.min,
            high=self.max,
            step=self.step,
            sampling="log" if self.log else "linear",
            default=self.default,
            when=when,
        )

    def _choice(self, name: str) -> Choice:
        values = self.values or ()
        if all(isinstance(v, bool) for v in values):
            default = values[0] if self.default is None else self.default
            return Boolean(name=name, values=values, default=default, when=self.conditions)
        numeric = all(isinstance(v, (int, float)) for v in values)
        return Choice(
            name=name,
            values=values,
            ordered=numeric if self.ordered is None else self.ordered,
            default=self.default,
            when=self.conditions,
        )


def condition_problems(specs: Mapping[str, ParameterSpec]) -> list[tuple[Path, str]]:
    """Conditions on parents that are not defined before, or on values that they cannot have."""
    problems: list[tuple[Path, str]] = []
    before: dict[str, ParameterSpec] = {}
    for name, spec in specs.items():
        for condition in spec.conditions:
            where = (name, "when", condition.parent)
            parent = before.get(condition.parent)
            if parent is None:
                problems.append((where, _orphan(name, condition.parent, specs, before)))
            elif parent.is_complete:
                problems += [
                    (where, _unmet(name, condition.parent, parent, value))
                    for value in condition.values
                    if not parent.to_parameter(condition.parent).contains(value)
                ]
        before[name] = spec
    return problems


def class_weight_problems(
    spec: ParameterSpec | None, task: str | None, given: bool
) -> list[tuple[Path, str]]:
    """Problems of the reserved hyperparameter `class_weight`, each with its path in it.

    `task` is what the study states, `given` whether it has a `data.class_weight`.
    """
    if spec is None:
        return []
    if task == "regression":
        return [
            (
                (),
                "hyperparameter 'class_weight' weighs classes, but the task is regression: remove "
                "it, or set `data.task: classification`",
            )
        ]
    if spec.min is not None or spec.max is not None:
        return [((), _not_reserved("a range"))]
    values: list[tuple[Path, Scalar]] = [
        (("values", index), value) for index, value in enumerate(spec.values or ())
    ]
    if "value" in spec.model_fields_set:
        values.append((("value",), spec.value))
    problems: list[tuple[Path, str]] = []
    for where, value in values:
        if value not in CLASS_WEIGHTS:
            hint = did_you_mean(value, CLASS_WEIGHTS) if isinstance(value, str) else ""
            problems.append((where, _not_reserved(repr(value)) + hint))
        elif value == "given" and not given:
            problems.append(
                (
                    where,
                    "hyperparameter 'class_weight' can be 'given' only if `data.class_weight` is "
                    "set: set it, or remove 'given'",
                )
            )
    return problems


def count_problems(specs: Mapping[str, ParameterSpec]) -> list[tuple[Path, str]]:
    """Problems of `batch_size` and `epochs`, whose values must be whole numbers of at least 1.

    null means the value that training uses without the hyperparameter.
    """
    return [
        ((name, *at), f"hyperparameter '{name}' goes to fit() and must be {_COUNT}, but is {what}")
        for name in ("batch_size", "epochs")
        if name in specs
        for at, what in _no_counts(specs[name])
    ]


_COUNT = "a whole number of at least 1"


def _no_counts(spec: ParameterSpec) -> Iterator[tuple[Path, str]]:
    """Yield each value that is no count: its path, and the value as a message shows it."""
    values: list[tuple[Path, Scalar]] = [
        (("values", index), value) for index, value in enumerate(spec.values or ())
    ]
    values += [((key,), getattr(spec, key)) for key in ("min", "max", "value", "default")]
    wrong = [(at, repr(v)) for at, v in values if v is not None and not _is_count(v)]
    yield from wrong
    ends = (spec.min, spec.max, spec.step)
    fractions = spec.type == "float" or any(isinstance(end, float) for end in ends)
    if not wrong and fractions and spec.type != "int":
        yield (), "a range of fractions: write `type: int`, or whole min, max and step"


def _is_count(value: Scalar) -> bool:
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and value >= 1
        and value == int(value)
    )


def _not_reserved(what: str) -> str:
    known = one_of(CLASS_WEIGHTS)
    return f"hyperparameter 'class_weight' goes to fit() and may be {known}, but is {what}"


def _orphan(
    name: str, parent: str, specs: Mapping[str, ParameterSpec], before: Mapping[str, ParameterSpec]
) -> str:
    if parent == name:
        return f"hyperparameter '{name}' cannot depend on itself"
    if parent in specs:
        return f"hyperparameter '{name}' depends on '{parent}', which must come before it"
    hint = did_you_mean(parent, before) or "; list that one before it"
    return f"hyperparameter '{name}' depends on '{parent}', which is not among `parameters`{hint}"


def _unmet(name: str, parent: str, spec: ParameterSpec, value: Scalar) -> str:
    names = [v for v in spec.values or () if isinstance(v, str)]
    hint = did_you_mean(value, names) if isinstance(value, str) else ""
    return f"hyperparameter '{name}' can never exist: '{parent}' is never {value!r}{hint}"
