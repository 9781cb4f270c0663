"""Random search: each hyperparameter uniform on its own axis."""

from __future__ import annotations

from dataclasses import dataclass

from tuneit.strategies.base import Situation, Suggestion
from tuneit.strategies.history import untried


@dataclass
class Random:
    """Draws independently of all scores; what was tried in a finite space is not drawn again."""

    def propose(self, situation: Situation) -> Suggestion | None:
        """Return a random configuration, or None where every one has been tried."""
        rng = situation.rng
        params = untried(situation, lambda: situation.space.sample(rng))
        return None if params is None else Suggestion(params)
