"""What a search is given: what to search for, when to end, and whom to work with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tuneit.search.protocols import Pruner, Stopping, Trainer, TrialStore, View
from tuneit.space import Params, SearchSpace
from tuneit.strategies.base import Strategy
from tuneit.trials import Objective, Trial


@dataclass(frozen=True)
class Limits:
    """When a search ends: `trials` counts all of the study's, `seconds` all its runs together."""

    trials: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """A search before it begins; nothing in it changes while it runs.

    `others` are the objectives beside the primary one: strategies see them, and each trial's
    `values` has a number for every one. `judge` gives a finished trial its verdict;
    `keep(trial, is_best)` is called after a trial is recorded. `interrupted` tells of a Ctrl-C that
    training swallowed: what failed after it is no failed trial. `unused` tells which proposed
    hyperparameters a builder will not ask for, None where that is not known: configurations that
    differ only in these are not trained twice. `clock` gives seconds from any start.
    """

    space: SearchSpace
    objective: Objective
    others: tuple[Objective, ...] = ()
    seed: int
    limits: Limits
    strategy: Strategy
    trainer: Trainer
    store: TrialStore
    pruner: Pruner
    stopping: Stopping | None = None
    view: View
    judge: Callable[[Trial], str | None]
    keep: Callable[[Trial, bool], None]
    interrupted: Callable[[], bool] = lambda: False
    unused: Callable[[SearchSpace, Params], Params | None] = lambda space, params: None
    clock: Callable[[], float] = time.monotonic
