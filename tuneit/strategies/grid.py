"""Grid search: every point of the grid, in the grid's order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tuneit.space import Params, params_key
from tuneit.strategies.base import Situation, Suggestion
from tuneit.strategies.tried import Tried


@dataclass
class Grid:
    """Proposes the first point of `space.grid()` that no trial has tried.

    The result depends only on the situation, so that a search can be resumed at any point and
    trials may end in any order. It remembers how far it went only to save time.
    """

    _tried: Tried = field(default_factory=Tried, init=False, repr=False)
    _points: Iterator[Params] | None = field(default=None, init=False, repr=False)
    _at: Params | None = field(default=None, init=False, repr=False)

    def propose(self, situation: Situation) -> Suggestion | None:
        """Return the next point of the grid, or None after the last."""
        grown = self._tried.follow(situation.space, situation.trials)
        if self._points is None or not grown:
            self._points = self._tried.left()
            self._at = next(self._points, None)
        while self._at is not None and params_key(self._at) in self._tried:
            self._at = next(self._points, None)
        return None if self._at is None else Suggestion(dict(self._at))
