"""Random search: each hyperparameter is drawn uniformly on its axis."""

from __future__ import annotations

from dataclasses import dataclass

from tuneit.strategies.base import Situation, Suggestion
from tuneit.strategies.history import untried


@dataclass
class Random:
    """Draws configurations at random; in a finite space none is drawn twice."""

    def propose(self, situation: Situation) -> Suggestion | None:
        """Return a random configuration, or None if every one has been tried."""
        rng = situation.rng
        params = untried(situation, lambda: situation.space.sample(rng))
        return None if params is None else Suggestion(params)
