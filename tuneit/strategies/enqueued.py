"""Given configurations, which are tried before the strategy's own proposals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tuneit.errors import SpaceError, did_you_mean
from tuneit.space import Params, Scalar, SearchSpace, params_key
from tuneit.strategies.base import Situation, Strategy, Suggestion
from tuneit.strategies.tried import with_defaults
from tuneit.trials import Memory


@dataclass(frozen=True)
class Enqueued:
    """Proposes the queue's configurations in order, then those of `strategy`.

    A trial stores its position in the queue, so that a resumed search continues after it.
    Configurations that were tried already are skipped.
    """

    strategy: Strategy
    queue: Sequence[Params]

    def propose(self, situation: Situation) -> Suggestion | None:
        """Return the next configuration of the queue; after its end, the strategy's proposal."""
        queued = [t.memory.queued for t in situation.trials if t.memory.queued is not None]
        done = max(queued, default=-1)
        for place in range(done + 1, len(self.queue)):
            params = with_defaults(situation.space, self.queue[place])
            if params_key(params) not in situation.tried:
                return Suggestion(params, Memory(queued=place))
        return self.strategy.propose(situation)


def configurations(space: SearchSpace, given: Iterable[Mapping[str, Scalar]]) -> list[Params]:
    """Complete the configurations that a study gives with defaults, in order.

    Raises SpaceError for a hyperparameter that the space lacks, or a value that it does not have.
    """
    wanted = list(given)
    for place, configuration in enumerate(wanted):
        for name, value in configuration.items():
            known = [parameter for parameter in space if parameter.name == name]
            if not known:
                raise SpaceError(
                    f"enqueue[{place}] has '{name}', but the hyperparameters are "
                    f"{', '.join(space.names)}{did_you_mean(name, space.names)}"
                )
            if not any(parameter.contains(value) for parameter in known):
                raise SpaceError(
                    f"enqueue[{place}]: {name} is {known[0].describe()}, but the study gives "
                    f"{value!r}"
                )
    return fitted(space, wanted)


def fitted(space: SearchSpace, configurations: Iterable[Mapping[str, Scalar]]) -> list[Params]:
    """Bring configurations of another space into this one, in order and without repetitions.

    Numbers outside a range are clipped, and moved to the nearest step; missing hyperparameters get
    their default. A configuration with a choice that does not exist in this space is left out.
    """
    found: dict[object, Params] = {}
    for configuration in configurations:
        params = _fitted(space, configuration)
        if params is not None:
            found.setdefault(params_key(params), params)
    return list(found.values())


def _fitted(space: SearchSpace, configuration: Mapping[str, Scalar]) -> Params | None:
    params: Params = {}
    for parameter in space:
        if not parameter.is_active(params):
            continue
        value = configuration.get(parameter.name, parameter.default)
        if not parameter.contains(value):
            value = parameter.nearest(value)
            if not parameter.contains(value):
                return None
        params[parameter.name] = parameter.canonical(value)
    return params
