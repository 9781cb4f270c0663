"""The configuration of a search: space, objective, limits, and the objects that it works with."""

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
    """The most trials and seconds of a search, with those of its earlier runs."""

    trials: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """The configuration of a search; nothing in it changes while the search runs.

    `others` are the objectives beside the primary one: strategies see them, and each trial's
    `values` has a number for every one. `executions` is how often each trial is trained: a proposal
    has a seed for each. The models of the `keep_models` best trials are kept. `judge` returns the
    verdict on a finished trial, or None. `keep(trial, is_best)` is called after a trial is
    recorded. `interrupted` returns whether Ctrl-C was pressed: training code may catch the
    KeyboardInterrupt, and a trial that fails after it is trained again. `say` words the errors of
    trials for the reader. `unused` returns the proposed hyperparameters that the builder will not
    ask for, or None if that is not known: configurations that differ only in these are not trained
    twice. `clock` returns seconds since some fixed moment.
    """

    space: SearchSpace
    objective: Objective
    others: tuple[Objective, ...] = ()
    seed: int
    executions: int = 1
    limits: Limits
    keep_models: int = 1
    strategy: Strategy
    trainer: Trainer
    store: TrialStore
    pruner: Pruner
    stopping: Stopping | None = None
    view: View
    judge: Callable[[Trial], str | None]
    keep: Callable[[Trial, bool], None]
    interrupted: Callable[[], bool] = lambda: False
    say: Callable[[str], str] = lambda message: message
    unused: Callable[[SearchSpace, Params], Params | None] = lambda space, params: None
    clock: Callable[[], float] = time.monotonic
