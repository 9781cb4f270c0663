"""`one_epoch` stops trials that are not among the best after an epoch."""

from __future__ import annotations

from dataclasses import dataclass

from tuneit.strategies.pruners.rule import Standing, at_least


@dataclass(frozen=True)
class OneEpoch:
    """Stops a trial after `epochs` epochs unless it is among the `best` so far.

    This is strategy one_epoch as a pruner. Later trials are not known yet, so more than `best`
    trials are finished: of n trials in random order, about best × (1 + ln(n / best)).
    """

    epochs: int = 1
    best: int = 3

    def __post_init__(self) -> None:
        at_least("epochs", self.epochs, 1)
        at_least("best", self.best, 1)

    def judge(self, standing: Standing) -> str | None:
        """Compare with all trials that reached this epoch."""
        if standing.epoch != self.epochs:
            return None
        others = standing.scores.at(standing.epoch, standing.number).values()
        better = sorted((v for v in others if v > standing.best[-1]), reverse=True)
        if len(better) < self.best:
            return None
        return (
            f"{standing} is not among the best {self.best} of {len(others) + 1} trials"
            f" ({standing.shown(better[self.best - 1])})"
        )
