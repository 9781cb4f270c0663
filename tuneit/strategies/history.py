"""Find configurations that were not tried yet."""

from __future__ import annotations

from collections.abc import Callable

from tuneit.space import Params, params_key
from tuneit.strategies.base import Situation

_DRAWS = 20
"""After this many unsuccessful draws, the untried points of a finite space are listed."""

_LISTABLE = 20_000
"""The most points of a space that is listed instead of drawn from."""


def is_exhausted(situation: Situation) -> bool:
    """Tell whether every configuration of a finite space was tried or is being tried."""
    return situation.space.size is not None and situation.tried.is_everything


def untried(situation: Situation, draw: Callable[[], Params]) -> Params | None:
    """The first drawn configuration that is new; None if a finite space is exhausted.

    In a continuous space the first draw is returned, as it cannot be a repetition.
    """
    space = situation.space
    size = space.size
    if size is None:
        return draw()
    if is_exhausted(situation):
        return None
    taken = situation.tried
    for _ in range(_DRAWS):
        params = draw()
        if params_key(params) not in taken:
            return params
    if space.grid_size != size or size > _LISTABLE:
        # A space that is too large to list is mostly untried, so a draw soon finds a new point.
        return next((p for _ in range(100 * _DRAWS) if params_key(p := draw()) not in taken), None)
    left = list(taken.left())
    return left[int(situation.rng.integers(len(left)))] if left else None
