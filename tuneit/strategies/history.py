"""Configurations of a finite space that were not tried yet."""

from __future__ import annotations

from collections.abc import Callable

from tuneit.space import Params, params_key
from tuneit.strategies.base import Situation

_DRAWS = 20
"""Draws that may fail before what is left of a finite space is listed."""

_LISTABLE = 20_000
"""Spaces up to this many points are listed rather than drawn from."""


def is_exhausted(situation: Situation) -> bool:
    """Tell whether every configuration of a finite space was tried or is being tried."""
    return situation.space.size is not None and situation.tried.is_everything


def untried(situation: Situation, draw: Callable[[], Params]) -> Params | None:
    """The first drawn configuration that is new; None where a finite space is exhausted.

    In a continuous space the first draw is returned: it repeats nothing.
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
        # Too large to list: most of it is untried, so that a draw soon finds an untried one.
        return next((p for _ in range(100 * _DRAWS) if params_key(p := draw()) not in taken), None)
    left = list(taken.left())
    return left[int(situation.rng.integers(len(left)))] if left else None
