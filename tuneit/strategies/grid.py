"""Grid search: every point of the grid, in the grid's order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tuneit.space import Params, SearchSpace, params_key
from tuneit.strategies.base import Situation, Suggestion
from tuneit.strategies.history import settled
from tuneit.trials import Trial


@dataclass
class Grid:
    """Proposes the first point of `space.grid()` that no trial has or had.

    What it returns follows from the situation alone, so that a search resumes in any state and
    trials may end in any order; that it remembers how far it walked only saves time.
    """

    _walk: _Walk | None = field(default=None, init=False, repr=False)

    def propose(self, situation: Situation) -> Suggestion | None:
        """Return the next point of the grid, or None after the last."""
        if self._walk is None or not self._walk.follows(situation):
            self._walk = _Walk(situation.space)
        params = self._walk.next_after(situation.trials)
        return None if params is None else Suggestion(dict(params))


class _Walk:
    """A walk through one space's grid, valid while trials are only added."""

    def __init__(self, space: SearchSpace) -> None:
        self._space = space
        self._points: Iterator[Params] = space.grid()
        self._at: Params | None = next(self._points, None)
        self._seen: list[Any] = []
        self._keys: list[tuple[Any, ...]] = []
        self._taken: set[tuple[Any, ...]] = set()

    def follows(self, situation: Situation) -> bool:
        if situation.space != self._space or len(situation.trials) < len(self._seen):
            return False
        for index, trial in enumerate(situation.trials[: len(self._seen)]):
            if trial.params is self._seen[index]:
                continue
            # A finished trial holds its parameters anew, perhaps with late ones.
            if self._key(trial) != self._keys[index]:
                return False
            self._seen[index] = trial.params
        return True

    def next_after(self, trials: Sequence[Trial]) -> Params | None:
        for trial in trials[len(self._seen) :]:
            self._seen.append(trial.params)
            self._keys.append(self._key(trial))
            self._taken.add(self._keys[-1])
        while self._at is not None and params_key(self._at) in self._taken:
            self._at = next(self._points, None)
        return self._at

    def _key(self, trial: Trial) -> tuple[Any, ...]:
        return params_key(settled(self._space, trial.params))
