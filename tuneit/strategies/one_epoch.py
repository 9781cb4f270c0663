"""Train all for one epoch and only the best to the end, a baseline of multi-fidelity search."""

from __future__ import annotations

from dataclasses import dataclass

from tuneit.strategies.base import Situation, Suggestion
from tuneit.strategies.promotion import Halving, Rung
from tuneit.study import Budget

_TRIALS = 30
"""The number of configurations in a round if only time limits the search."""


@dataclass
class OneEpoch:
    """Trains configurations for `epochs` epochs and continues only the `best` of them to the end.

    A round has as many configurations as the budget of trials allows, less those to be continued
    (30 without such a budget). If budget is left after a round, another one begins. (Egele, Guyon
    et al., "Is One Epoch All You Need For Multi-Fidelity Hyperparameter Optimization?", 2023.)
    """

    budget: Budget
    epochs: int = 1
    best: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.epochs <= self.budget.epochs:
            raise ValueError(
                f"epochs must be at least 1 and at most budget.epochs ({self.budget.epochs}), "
                f"but is {self.epochs}"
            )
        if self.best < 1:
            raise ValueError(f"best must be at least 1, but is {self.best}")

    def propose(self, situation: Situation) -> Suggestion | None:
        """Return the next configuration, or the next of the best to be continued."""
        total = self.budget.trials
        size = max(1, _TRIALS if total is None else total - self.best)
        best = min(self.best, size)
        rungs = (Rung(size, self.epochs, best), Rung(best, self.budget.epochs, 0))
        return Halving((rungs,)).propose(situation)
