"""A search with the real loop, strategy and ledger, whose trials are clocked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tuneit.ledger import Ledger
from tuneit.screen.views import QuietView
from tuneit.search import Limits, SearchConfig, run_search
from tuneit.space import Float, SearchSpace
from tuneit.strategies.pruners.registry import make_pruner
from tuneit.strategies.registry import make_strategy
from tuneit.study import Budget, PruningSpec, StrategySpec
from tuneit.trials import Objective, Proposal, Trial

SPACE = SearchSpace(tuple(Float(name=f"x{n}", low=-1.0, high=1.0) for n in range(5)))
OBJECTIVE = Objective.named("val_loss")


class Clocked:
    """A trainer that notes when each trial ended, and the process's own computing until then."""

    def __init__(self, trainer: Any) -> None:
        self._trainer = trainer
        self.ends: list[float] = []
        self.computed: list[float] = []
        self.began = 0.0

    @property
    def took(self) -> float:
        """Seconds until the last trial ended."""
        return self.ends[-1] - self.began

    def train(self, proposals: Iterator[Proposal], observer: Any) -> Iterator[Trial]:
        self.began = time.perf_counter()
        for trial in self._trainer.train(proposals, observer):
            self.ends.append(time.perf_counter())
            self.computed.append(time.process_time())
            yield trial


def start_actors(pool: Any) -> None:
    """Start all actors of a pool, and wait until they are ready."""
    pool.fill()
    while not all(actor.ready for actor in pool.actors):
        for _, heard in pool.listen(1.0):
            if isinstance(heard, str):
                raise SystemExit(f"an actor died: {heard}")


def search(
    trainer: Any, strategy: str, trials: int, folder: Path, space: SearchSpace = SPACE
) -> None:
    """Run a search; a trial that fails ends the benchmark."""
    name, _, sampler = strategy.partition(":")
    spec = StrategySpec(name=name, sampler=sampler or None)
    with Ledger.open(None, folder, "scale", OBJECTIVE, ()) as ledger:
        run_search(
            SearchConfig(
                space=space,
                objective=OBJECTIVE,
                strategy=make_strategy(spec, Budget(trials=trials, epochs=2)),
                trainer=trainer,
                store=ledger,
                seed=1,
                limits=Limits(trials=trials),
                pruner=make_pruner(PruningSpec(name="none"), OBJECTIVE),
                view=QuietView(),
                judge=_refuse_failed,
                keep=lambda trial, is_best: None,
            )
        )


def _refuse_failed(trial: Trial) -> None:
    if not trial.scored:
        raise SystemExit(f"trial {trial.number} failed: {trial.error}")
