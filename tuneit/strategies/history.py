"""What has been tried already, and what is left to try."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tuneit.space import Params, Scalar, SearchSpace, params_key
from tuneit.strategies.base import Situation
from tuneit.trials import Trial

_DRAWS = 20
"""Draws that may fail before what is left of a finite space is listed."""

_LISTABLE = 20_000
"""Spaces up to this many points are listed rather than drawn from."""


def settled(space: SearchSpace, params: Mapping[str, Scalar]) -> Params:
    """Give each hyperparameter that is active under `params` its value, or else its default.

    A trial may have ended before the builder asked for a hyperparameter that joined the
    space later; others carry one that this space does not know, which is left out.
    """
    full: Params = {}
    for parameter in space:
        if parameter.is_active(full):
            full[parameter.name] = params.get(parameter.name, parameter.default)
    return full


def tried(space: SearchSpace, trials: Iterable[Trial]) -> set[tuple[Any, ...]]:
    """Keys of the configurations that were trained or are being trained."""
    return {params_key(settled(space, trial.params)) for trial in trials}


def is_exhausted(situation: Situation) -> bool:
    """Tell whether every configuration of a finite space was tried or is being tried."""
    size = situation.space.size
    if size is None or len(situation.trials) < size:
        return False
    return len(tried(situation.space, situation.trials)) >= size


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
    taken = tried(space, situation.trials)
    for _ in range(_DRAWS):
        params = draw()
        if params_key(params) not in taken:
            return params
    if space.grid_size != size or size > _LISTABLE:
        # Too large to list: so few of it are taken that a draw soon hits what is left.
        return next((p for _ in range(100 * _DRAWS) if params_key(p := draw()) not in taken), None)
    left = [params for params in space.grid() if params_key(params) not in taken]
    return left[int(situation.rng.integers(len(left)))] if left else None
