"""`asha` stops trials that are not among the best at a rung."""

from __future__ import annotations

from dataclasses import dataclass

from tuneit.strategies.pruners.rule import Standing, at_least


@dataclass(frozen=True)
class Asha:
    """Asynchronous successive halving (Li et al. 2020), stopping variant.

    At epochs `min_resource × reduction_factor^k` (the rungs) a trial goes on if it is among the
    best 1/`reduction_factor` of the trials that reached this epoch, or the best of only a few.
    """

    min_resource: int = 1
    reduction_factor: int = 3
    min_early_stopping_rate: int = 0

    def __post_init__(self) -> None:
        at_least("min_resource", self.min_resource, 1)
        at_least("reduction_factor", self.reduction_factor, 2)
        at_least("min_early_stopping_rate", self.min_early_stopping_rate, 0)

    def is_rung(self, epoch: int) -> bool:
        """Whether trials are compared after this epoch."""
        rung = self.min_resource * self.reduction_factor**self.min_early_stopping_rate
        while rung < epoch:
            rung *= self.reduction_factor
        return bool(rung == epoch)

    def judge(self, standing: Standing) -> str | None:
        """Compare with all trials at a rung."""
        if not self.is_rung(standing.epoch):
            return None
        others = standing.scores.at(standing.epoch, standing.number)
        return self.compare(standing, list(others.values()))

    def compare(self, standing: Standing, others: list[float]) -> str | None:
        """Return a reason if the trial is not in the best 1/`reduction_factor` of them all."""
        ranked = sorted([*others, standing.best[-1]], reverse=True)
        going_on = max(1, len(ranked) // self.reduction_factor)
        bar = ranked[going_on - 1]
        if standing.best[-1] >= bar:
            return None
        return (
            f"{standing} is not among the best {going_on} of {len(ranked)} trials"
            f" ({standing.shown(bar)})"
        )
