"""A search that is killed: the real loop, strategy and ledger, trials that sleep a moment.

    python fault_search.py FOLDER STORAGE TRIALS

Each trial that trained to its end adds its number to FOLDER/trained.txt.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tuneit.curves import LearningCurve
from tuneit.ledger import Ledger
from tuneit.screen.views import QuietView
from tuneit.search import Limits, SearchConfig, run_search
from tuneit.space import Float, SearchSpace
from tuneit.strategies.pruners.registry import make_pruner
from tuneit.strategies.registry import make_strategy
from tuneit.study import Budget, PruningSpec, StrategySpec
from tuneit.trials import Objective, Proposal, Trial, TrialState

SPACE = SearchSpace(tuple(Float(name=f"x{n}", low=-1.0, high=1.0) for n in range(3)))
OBJECTIVE = Objective.named("val_loss")
NAME = "killed"


class Sleeper:
    """Trains two epochs of ten milliseconds; the score is that of the parameters."""

    def __init__(self, trained: Path) -> None:
        self._trained = trained

    def train(self, proposals: Iterator[Proposal], observer: Any) -> Iterator[Trial]:
        for proposal in proposals:
            observer.started(proposal)
            score = sum(float(value) ** 2 for value in proposal.params.values())
            rows = [{"val_loss": score + 1.0}, {"val_loss": score}]
            for epoch, row in enumerate(rows, start=1):
                time.sleep(0.01)
                observer.epoch(proposal.number, epoch, row)
            trial = Trial(proposal.number, proposal.params, seed=proposal.seed)
            ended = replace(
                trial,
                state=TrialState.COMPLETE,
                score=score,
                scores=(score,),
                curve=LearningCurve.from_epochs(rows),
                best_epoch=2,
                memory=proposal.memory,
            )
            yield ended
            # The loop has recorded it: from here on it must never be trained again.
            with self._trained.open("a") as file:
                file.write(f"{proposal.number}\n")


def main(folder: Path, storage: str | None, trials: int) -> None:
    spec = StrategySpec(name="optuna", sampler="tpe")
    with Ledger.open(storage, folder / "study", NAME, OBJECTIVE, ()) as ledger:
        run_search(
            SearchConfig(
                space=SPACE,
                objective=OBJECTIVE,
                strategy=make_strategy(spec, Budget(trials=trials, epochs=2)),
                trainer=Sleeper(folder / "trained.txt"),
                store=ledger,
                seed=1,
                limits=Limits(trials=trials),
                pruner=make_pruner(PruningSpec(name="none"), OBJECTIVE),
                view=QuietView(),
                judge=lambda trial: None,
                keep=lambda trial, is_best: None,
            )
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if sys.argv[2] != "journal" else None, int(sys.argv[3]))
