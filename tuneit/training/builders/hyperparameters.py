"""keras-tuner's `hp`: answers from a proposal, and records what the builder asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np

from tuneit.errors import SpaceError, did_you_mean
from tuneit.space import (
    Boolean,
    Choice,
    Condition,
    Fixed,
    Float,
    Int,
    Parameter,
    Params,
    Scalar,
    SearchSpace,
    reachable,
)
from tuneit.space.python_values import plain
from tuneit.study import ParameterSpec
from tuneit.training.builders.optuna_spelling import OptunaSpelling
from tuneit.training.builders.overrides import is_number, override
from tuneit.training.builders.tuner_parameters import to_keras_tuner
from tuneit.training.keras_loader import load_keras

load_keras()
import keras_tuner  # noqa: E402
from keras_tuner.src.engine.conditions import Parent  # noqa: E402 - not exported by the package

Draw = Callable[[Parameter], Scalar]


def draw_default(parameter: Parameter) -> Scalar:
    """Answer with the default, for a hyperparameter that the proposal lacks."""
    return parameter.default


def seeded_draw(seed: int, number: int) -> Draw:
    """Draw such hyperparameters uniformly; the value depends on seed, trial number and name."""

    def draw(parameter: Parameter) -> Scalar:
        rng = np.random.default_rng([seed, number, crc32(parameter.name.encode())])
        return parameter.sample(rng)

    return draw


@dataclass
class Record:
    """What one `hp` was asked for: hyperparameters, conditional scopes, whether it was copied."""

    requested: dict[tuple[str, tuple[Condition, ...]], Parameter] = field(default_factory=dict)
    own: dict[str, list[Parameter]] = field(default_factory=dict)
    scopes: dict[tuple[Condition, ...], bool] = field(default_factory=dict)
    copied: bool = False


class TrialHyperParameters(OptunaSpelling, keras_tuner.HyperParameters):  # type: ignore[misc]
    """A `keras_tuner.HyperParameters` bound to the parameters of one trial.

    It answers from `params`; `draw` answers what is missing there (asked for the first time in
    `HyperModel.fit`, or behind an `if`). `specs` are the study's `parameters:`, which replace the
    builder's own ranges. `known` is the space found so far: asking for the same name under the same
    conditions with another range raises SpaceError.

    Some behaviour of keras-tuner is corrected: `Choice([True, False])` gives booleans, not
    integers; choices may be None or mix types; a stepped Float reaches its maximum;
    `conditional_scope` accepts any hyperparameter asked for before as the parent. It answers to
    Optuna's `suggest_int`, `suggest_float` and `suggest_categorical` too.
    """

    def __init__(
        self,
        params: Mapping[str, Scalar] | None = None,
        specs: Mapping[str, ParameterSpec] | None = None,
        draw: Draw = draw_default,
        known: SearchSpace | None = None,
    ) -> None:
        super().__init__()
        self.given: Params = dict(params or {})
        self.specs = dict(specs or {})
        self.draw = draw
        self.record = Record()
        self._known = {(p.name, p.when): p for p in known or ()}
        self._when: list[Condition] = []
        self._declared: dict[tuple[str, tuple[Condition, ...]], Parameter] = {}
        self._listed: frozenset[str] = frozenset()

    # ------------------------------------------------------------------ what was asked for

    @property
    def requested(self) -> tuple[Parameter, ...]:
        """Hyperparameters asked for so far, in order, the study's overrides applied."""
        return tuple(self.record.requested.values())

    @property
    def late(self) -> tuple[Parameter, ...]:
        """Hyperparameters asked for that the known space lacks, and that can be active."""
        new = {key: p for key, p in self.record.requested.items() if key not in self._known}
        if not new:
            return ()
        possible = reachable((*self._known.values(), *new.values()))
        return tuple(p for p in possible if (p.name, p.when) in new)

    @property
    def scopes(self) -> Mapping[tuple[Condition, ...], bool]:
        """Conditional scopes entered so far, and whether each was ever active."""
        return self.record.scopes

    @property
    def params(self) -> Params:
        """The given parameters, and those that were drawn because the proposal lacked them."""
        return {**self.given, **plain(self.values)}

    @property
    def asked(self) -> frozenset[str] | None:
        """Names whose values were asked for; None where a copy was made, which may be asked too."""
        return None if self.record.copied else frozenset(self.values)

    # ------------------------------------------------------------------ keras-tuner's vocabulary

    @contextmanager
    def conditional_scope(self, parent_name: str, parent_values: Any) -> Iterator[None]:
        """Hyperparameters asked for inside exist only while the parent has one of the values."""
        parent = self._get_name(parent_name)
        if parent not in self.record.own:
            raise SpaceError(
                f"a conditional scope depends on '{parent}', which was not asked for before it"
                f"{did_you_mean(parent, self.record.own) or ';'} ask for the parent first"
            )
        values = tuple(plain(value) for value in _sequence(parent_values))
        condition = Condition(parent, values)
        self._when.append(condition)
        self._conditions.append(Parent(parent, list(values)))
        active = all(c.holds(self.values) for c in self._when)
        scope = tuple(self._when)
        self.record.scopes[scope] = self.record.scopes.get(scope, False) or active
        try:
            yield
        finally:
            self._when.pop()
            self._conditions.pop()

    def Int(  # noqa: N802
        self,
        name: str,
        min_value: int,
        max_value: int,
        step: int | None = None,
        sampling: str | None = "linear",
        default: int | None = None,
        parent_name: str | None = None,
        parent_values: Any = None,
    ) -> Any:
        """An integer in [min_value, max_value], both included."""
        with self._maybe_conditional_scope(parent_name, parent_values):
            return self._ask(Int, name, _range(min_value, max_value, step, sampling, default))

    def Float(  # noqa: N802
        self,
        name: str,
        min_value: float,
        max_value: float,
        step: float | None = None,
        sampling: str | None = "linear",
        default: float | None = None,
        parent_name: str | None = None,
        parent_values: Any = None,
    ) -> Any:
        """A real number in [min_value, max_value], both included."""
        with self._maybe_conditional_scope(parent_name, parent_values):
            fields = _range(min_value, max_value, step, sampling, default)
            fields |= {k: float(fields[k]) for k in ("low", "high") if is_number(fields[k])}
            return self._ask(Float, name, fields)

    def Choice(  # noqa: N802
        self,
        name: str,
        values: Any,
        ordered: bool | None = None,
        default: Any = None,
        parent_name: str | None = None,
        parent_values: Any = None,
    ) -> Any:
        """One of `values`; numbers count as ordered unless `ordered=False`."""
        with self._maybe_conditional_scope(parent_name, parent_values):
            # keras-tuner accepts a value that is given twice, so it counts as one value.
            given = [plain(value) for value in _sequence(values)]
            distinct = tuple({repr(value): value for value in given}.values())
            if default is not None and plain(default) not in distinct:
                raise SpaceError(
                    f"hyperparameter '{name}': the default must be one of "
                    f"{', '.join(map(repr, distinct))}, but is {default!r}",
                    at=("parameters", name),
                )
            if distinct and all(isinstance(value, bool) for value in distinct):
                first = distinct[0] if default is None else plain(default)
                return self._ask(Boolean, name, {"values": distinct, "default": first})
            numeric = all(is_number(value) for value in distinct)
            fields = {
                "values": distinct,
                "ordered": numeric if ordered is None else bool(ordered),
                "default": plain(default),
            }
            return self._ask(Choice, name, fields)

    def Boolean(  # noqa: N802
        self,
        name: str,
        default: bool = False,
        parent_name: str | None = None,
        parent_values: Any = None,
    ) -> Any:
        """False or True."""
        with self._maybe_conditional_scope(parent_name, parent_values):
            return self._ask(Boolean, name, {"default": bool(default)})

    def Fixed(  # noqa: N802
        self,
        name: str,
        value: Any,
        parent_name: str | None = None,
        parent_values: Any = None,
    ) -> Any:
        """A constant that is recorded with the trial."""
        with self._maybe_conditional_scope(parent_name, parent_values):
            return self._ask(Fixed, name, {"value": plain(value)})

    def copy(self) -> TrialHyperParameters:
        """A copy for keras-tuner's `tunable=False`: the same answers, but nothing is recorded."""
        twin = TrialHyperParameters(self.given, self.specs, draw_default)
        twin._declared = dict(self._declared)
        twin.record.own = {name: list(own) for name, own in self.record.own.items()}
        twin.values = dict(self.values)
        self.record.copied = True
        return twin

    def declare(self, ask: Callable[[TrialHyperParameters], object]) -> None:
        """Let a HyperModel's `declare_hyperparameters` ask before its `build` does.

        As with keras-tuner, the first range of a name counts: `build` gets a value of that range,
        whatever range it gives itself.
        """
        ask(self)
        self._declared = {(p.name, p.when): p for own in self.record.own.values() for p in own}

    # ------------------------------------------------------------------ answering

    def _ask(self, kind: type, name: str, fields: dict[str, Any]) -> Any:
        full = self._get_name(name)
        self._validate_name(full)
        key = (full, tuple(self._when))
        own: Parameter = self._declared.get(key) or kind(name=full, when=key[1], **fields)
        narrowed = override(own, self.specs.get(full))
        self._check_constant(narrowed)
        if own not in self.record.own.setdefault(full, []):
            self.record.own[full].append(own)
        if (full, narrowed.when) not in self.record.requested:
            self.record.requested[full, narrowed.when] = narrowed
            if full not in self._listed:
                self._show_to_keras_tuner(own)
        if not all(condition.holds(self.values) for condition in self._when):
            return None
        if not narrowed.is_active(self.values):
            # Only the study's `when` excludes this one. The builder does not know that `when` and
            # still needs an answer: it gets the default, which the trial does not record.
            return narrowed.default
        if full not in self.values:
            self.values[full] = self.given[full] if full in self.given else self.draw(narrowed)
        return self.values[full]

    def _check_constant(self, parameter: Parameter) -> None:
        key = (parameter.name, parameter.when)
        before = self.record.requested.get(key) or self._known.get(key)
        if before is not None and before.without_default() != parameter.without_default():
            raise SpaceError(
                f"hyperparameter '{parameter.name}' was {before.describe()} and is now "
                f"{parameter.describe()}: a range may not change from one call to the next, nor "
                "with another hyperparameter's value; give one range in the study's "
                "`parameters:`, or the ranges different names, or each a conditional_scope",
                at=("parameters", parameter.name),
            )

    def list_space(self, space: SearchSpace) -> None:
        """Fill keras-tuner's own list of hyperparameters, before a builder asks for any."""
        for parameter in space:
            self._show_to_keras_tuner(parameter)
        self._listed = frozenset(space.names)

    def _show_to_keras_tuner(self, parameter: Parameter) -> None:
        """Fill keras-tuner's own list, for code that reads `hp.space` or `hp.get_config()`."""
        shown = to_keras_tuner(parameter)
        if shown is not None:
            self._hps[parameter.name].append(shown)
            self._space.append(shown)


def _sequence(values: Any) -> Sequence[Any]:
    return [values] if isinstance(values, (str, int, float)) or values is None else list(values)


def _range(low: Any, high: Any, step: Any, sampling: str | None, default: Any) -> dict[str, Any]:
    return {
        "low": plain(low),
        "high": plain(high),
        "step": plain(step),
        "sampling": (sampling or "linear").lower(),
        "default": plain(default),
    }


def replay(space: SearchSpace, params: Mapping[str, Scalar]) -> TrialHyperParameters:
    """Return an `hp` that answers as in the trial with `params`: `build_model(hp)` rebuilds it."""
    hp = TrialHyperParameters(space.restrict(params) | dict(params))
    hp.values = dict(params)
    hp.list_space(space)
    return hp
