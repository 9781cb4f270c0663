"""What a builder asks for under given hyperparameters, found out by building."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tuneit.errors import TuneitError
from tuneit.space import Params, Scalar, SearchSpace, params_key
from tuneit.study import RESERVED
from tuneit.training.builders.build import MAX_LOST, BuildApart, building_here
from tuneit.training.builders.builder import Builder


@dataclass
class Asked:
    """Tells which proposed hyperparameters a builder passes over.

    In `for i in range(hp.Int("layers", 1, 3)): hp.Int(f"units_{i}", …)` a model with one layer
    never asks for `units_1`, whatever its value: two proposals that differ in it are one model.
    Only the space's `loose` hyperparameters can be so; without them nothing is built. Models are
    built `apart` where that is given: in another process, which values may be fatal to.
    """

    builder: Builder
    apart: BuildApart | None = None
    _known: dict[object, frozenset[str] | None] = field(default_factory=dict, repr=False)
    _lost: int = 0

    def __call__(self, space: SearchSpace, params: Mapping[str, Scalar]) -> Params | None:
        """Those of `params` that make no difference; None where that is not known before training.

        A builder that raises, or ends its process, is the trial's affair.
        """
        loose = space.loose & params.keys()
        if not space.loose or not self.builder.takes_hp:
            return None
        if not loose:
            return {}
        key = params_key(dict(params))
        if key not in self._known:
            self._known[key] = self._build(space, dict(params))
        asked = self._known[key]
        if asked is None:
            return None
        return {name: value for name, value in params.items() if name in loose - asked}

    def _build(self, space: SearchSpace, params: Params) -> frozenset[str] | None:
        if self._lost == MAX_LOST:
            return None
        try:
            build = (self.apart or building_here(self.builder))(params, space)
        except TuneitError:
            return None
        if build is None:
            self._lost += 1
            return None
        if build.error is not None or build.copied:
            return None
        return frozenset((*build.values, *RESERVED))
