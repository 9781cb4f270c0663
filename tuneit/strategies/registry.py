"""Make the strategy that a study names.

tuneit's strategies are listed in `tuneit.study.catalogue`. A user's own strategy needs no row
there: the study names it as `file.py:Class` or `package.module:Class`.
"""

from __future__ import annotations

from typing import Any

from tuneit.errors import StrategyError, did_you_mean, one_of
from tuneit.strategies.base import Strategy
from tuneit.strategies.options import class_of, with_options
from tuneit.strategies.own import Own
from tuneit.study import STRATEGIES, Budget, StrategySpec


def make_strategy(
    spec: StrategySpec,
    budget: Budget = Budget(trials=20),  # noqa: B008
    own: Any = None,
) -> Strategy:
    """Make the strategy that a study names, with its options.

    Strategies with a field `budget` use it to plan. `own` is the class that `spec.reference` names,
    if the strategy or its sampler is a user's own.

    Raises StrategyError for a name or an option that does not exist, or a value that an option
    cannot have; MissingExtraError where an optional dependency is missing.
    """
    if own is not None and spec.sampler is None:
        return Own.made(spec.name, own, spec.options)
    if spec.name not in STRATEGIES:
        raise StrategyError(
            f"a strategy is {one_of(STRATEGIES)}, not '{spec.name}'"
            f"{did_you_mean(spec.name, STRATEGIES)}",
            at=("strategy", "name"),
        )
    entry = STRATEGIES[spec.name]
    cls = class_of(entry.implementation)
    strategy: Strategy
    if entry.takes_sampler:
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
