"""Strategies by name. A new one is a class with `propose(situation)` and a line here.

A user's own needs no line: the study names it as `file.py:Class` or `package.module:Class`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tuneit.errors import StrategyError, did_you_mean, one_of
from tuneit.strategies.base import Strategy
from tuneit.strategies.options import with_options
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

    Strategies that have a field `budget` plan with it. `own` is the class that `spec.reference`
    names, where the strategy or its sampler is one of the user's.

    Raises StrategyError for a name or an option that does not exist, or a value that an option
    cannot have; MissingExtraError where an optional dependency is missing.
    """
    if own is not None and spec.sampler is None:
        return Own.made(spec.name, own, spec.options)
    if spec.name not in STRATEGIES:
        raise StrategyError(
            f"a strategy is {one_of(STRATEGIES)}, not '{spec.name}'"
            f"{did_you_mean(spec.name, STRATEGIES)}"
        )
    strategy: Strategy
    module, _, name = STRATEGIES[spec.name].partition(":")
    cls = getattr(import_module(module), name)
    if spec.name == "optuna":
        sampler = spec.sampler or "tpe"
        if own is None:
            strategy = cls.named(sampler, spec.options)
        else:
            strategy = cls.made(sampler, own, spec.options)
        return strategy
    planned = {"budget": budget} if "budget" in cls.__dataclass_fields__ else {}
    what = f"strategy {spec.name}"
    strategy = with_options(cls, what, spec.options, planned, error=StrategyError)
    return strategy
