"""Hyperband: brackets of successive halving, with promotion."""

from __future__ import annotations

from dataclasses import dataclass

from tuneit.strategies.base import Situation, Suggestion
from tuneit.strategies.promotion import Halving, hyperband
from tuneit.study import Budget


@dataclass
class Hyperband:
    """Trains many configurations for a few epochs and continues the best third, repeatedly.

    One in `reduction_factor` trials is continued; `min_epochs` is the shortest training. Each
    continuation (promotion) counts as a trial in the budget.
    """

    budget: Budget
    reduction_factor: int = 3
    min_epochs: int = 1

    def __post_init__(self) -> None:
        if self.reduction_factor < 2:
            raise ValueError(f"reduction_factor must be at least 2, but is {self.reduction_factor}")
        if not 1 <= self.min_epochs <= self.budget.epochs:
            raise ValueError(
                f"min_epochs must be at least 1 and at most budget.epochs ({self.budget.epochs}), "
                f"but is {self.min_epochs}"
            )

    def propose(self, situation: Situation) -> Suggestion | None:
        """Return the next promotion or new configuration of the schedule."""
        brackets = hyperband(
            self.budget.epochs, self.budget.trials, self.reduction_factor, self.min_epochs
        )
        return Halving(brackets).propose(situation)
