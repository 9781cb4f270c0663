"""Strategies by name. A new one is a class with `propose(situation)` and a line here.

A user's own needs no line: the study names it as `file.py:Class` or `package.module:Class`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from tuneit.errors import InputError, did_you_mean, one_of
from tuneit.strategies.base import Strategy
from tuneit.strategies.own import Own
from tuneit.study import Budget, StrategySpec

STRATEGIES: dict[str, str] = {
    "grid": "tuneit.strategies.grid:Grid",
    "random": "tuneit.strategies.random:Random",
    "bayesian": "tuneit.strategies.bayesian:Bayesian",
    "hyperband": "tuneit.strategies.hyperband:Hyperband",
    "one_epoch": "tuneit.strategies.one_epoch:OneEpoch",
    "optuna": "tuneit.strategies.optuna_sampler:OptunaSampler",
}
"""Name → `module:Class`, imported when it is asked for: only some need scikit-learn or Optuna."""


def make_strategy(
    spec: StrategySpec,
    budget: Budget = Budget(trials=20),  # noqa: B008
    own: Any = None,
) -> Strategy:
    """Make the strategy that a study names, with its options.

    Strategies that have a field `budget` plan with it. `own` is what `spec.name` refers to where
    that is a class of the user's.

    Raises InputError for a name or an option that does not exist, MissingExtraError where an
    optional dependency is missing.
    """
    if own is not None:
        return Own.made(spec.name, own, spec.options)
    if spec.name not in STRATEGIES:
        raise InputError(
            f"a strategy is {one_of(STRATEGIES)}, not '{spec.name}'"
            f"{did_you_mean(spec.name, STRATEGIES)}"
        )
    strategy: Strategy
    module, _, name = STRATEGIES[spec.name].partition(":")
    cls = getattr(import_module(module), name)
    if spec.name == "optuna":
        strategy = cls.named(spec.sampler or "tpe", spec.options)
        return strategy
    planned = {"budget": budget} if "budget" in cls.__dataclass_fields__ else {}
    strategy = with_options(cls, f"strategy {spec.name}", spec.options, planned)
    return strategy


def with_options(
    cls: Any, what: str, options: dict[str, Any], given: Mapping[str, Any] = MappingProxyType({})
) -> Any:
    """Make a dataclass from options, refusing those that are not among its fields.

    `given` fields are no options.
    """
    known = {field.name for field in dataclasses.fields(cls) if field.init} - set(given)
    for option in options:
        if option not in known:
            allowed = f"its options are {', '.join(sorted(known))}" if known else "it has none"
            raise InputError(
                f"{what} has no option '{option}'{did_you_mean(option, known)} ({allowed})"
            )
    try:
        return cls(**given, **options)
    except (TypeError, ValueError) as error:
        raise InputError(f"{what}: {error}") from None
