"""A case: one builder, its data and arguments, and what a search over it must bring."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

FIVE = ("random", "grid", "bayesian", "hyperband", "optuna")
"""Strategies under which tuneit runs the cases of spaces, since a strategy sees the space alone; it
runs nearly all others under the first."""


@dataclass(frozen=True)
class Given:
    """What a user types behind the model: `x`, `y`, and keywords that both tools get.

    `y` is None where a stream holds the targets, or the model makes its loss of `x` itself. `rows`
    are the inputs where `x` is more than these.
    """

    x: Any = None
    y: Any = None
    keywords: Mapping[str, Any] = field(default_factory=dict)
    rows: Any = None

    @property
    def inputs(self) -> Any:
        """What the model gets."""
        named = self.keywords.get("x") if self.x is None else self.x
        return named if self.rows is None else self.rows


@dataclass(frozen=True)
class Outcome:
    """What a search brought: best score, names in the space, values of each trial, best model.

    `result` is the tool's own object: a SearchResult or a Tuner.
    """

    tool: str
    score: float
    names: frozenset[str]
    trials: list[dict[str, Any]]
    model: Any
    result: Any

    @property
    def is_tuneit(self) -> bool:
        return self.tool == "tuneit"


Check = Callable[[Outcome], None]


@dataclass(frozen=True)
class Case:
    """One search.

    `tuneit` holds further arguments of `tuneit.search`, `tuner` those of the tuner's constructor,
    `search` those of its search. `before` trials are searched first, in the same folder. Where
    `refused` is given the search has to end with one sentence that this pattern matches.
    """

    name: str
    family: str
    what: str
    build: Any
    data: Callable[[], Given]
    names: frozenset[str]
    objective: Any = "val_loss"
    check: Check | None = None
    strategies: tuple[str, ...] = ("random",)
    tuneit: Mapping[str, Any] = field(default_factory=dict)
    tuner: Mapping[str, Any] = field(default_factory=dict)
    search: Mapping[str, Any] = field(default_factory=dict)
    tuner_class: str = "RandomSearch"
    tools: tuple[str, ...] = ("tuneit", "keras-tuner")
    trials: int = 2
    before: int = 0
    epochs: int = 1
    refused: str = ""


class Family:
    """Cases of one kind, which share what `defaults` says."""

    def __init__(self, name: str, **defaults: Any) -> None:
        self.name, self.defaults = name, defaults
        self.cases: list[Case] = []

    def case(self, *names: str, **settings: Any) -> Callable[[Any], Any]:
        """Register a builder, named by its function or class, told by its docstring.

        `names` are the hyperparameters that the search has to find.
        """

        def register(target: Any) -> Any:
            build = target() if inspect.isclass(target) else target
            case = Case(
                name=target.__name__.lstrip("_"),
                family=self.name,
                what=inspect.getdoc(target) or "",
                build=build,
                names=frozenset(names),
                **{**self.defaults, **settings},
            )
            self.cases.append(case)
            return target

        return register


# ---------------------------------------------------------------------------- checks


def among(name: str, *values: Any) -> Check:
    """Each trial that has the hyperparameter has one of these values."""

    def check(outcome: Outcome) -> None:
        for trial in outcome.trials:
            got = trial.get(name, values[0])
            assert any(np.isclose(got, v) if _is_number(v) else got == v for v in values), (
                f"'{name}' is {got!r}, not one of {values}"
            )

    return check


def within(name: str, low: float, high: float) -> Check:
    """Each trial's value lies in the range."""

    def check(outcome: Outcome) -> None:
        for trial in outcome.trials:
            assert low <= trial[name] <= high, f"'{name}' is {trial[name]!r}"

    return check


def only_while(parent: str, value: Any, *children: str) -> Check:
    """A trial has the children if and only if the parent has the value."""

    def check(outcome: Outcome) -> None:
        for trial in outcome.trials:
            for child in children:
                assert (child in trial) == (trial[parent] == value), (
                    f"'{child}' with {parent}={trial[parent]!r}: {sorted(trial)}"
                )

    return check


def every(*checks: Check) -> Check:
    """All of these checks."""

    def check(outcome: Outcome) -> None:
        for one in checks:
            one(outcome)

    return check


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
