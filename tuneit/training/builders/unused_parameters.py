"""Which proposed hyperparameters a builder does not use, found out by building the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tuneit.errors import TuneitError
from tuneit.space import Params, Scalar, SearchSpace, params_key
from tuneit.study import RESERVED
from tuneit.training.builders.build import MAX_LOST, BuildInSandbox, build_in_process
from tuneit.training.builders.builder import Builder


@dataclass
class UnusedParameters:
    """Finds the hyperparameters of a proposal that the builder does not ask for.

    In `for i in range(hp.Int("layers", 1, 3)): hp.Int(f"units_{i}", …)` a model with one layer
    never asks for `units_1`: two proposals that differ only in `units_1` give the same model.
    Only the hyperparameters in `space.optional` can be unused; a space without them needs no build.
    With a `sandbox` models are built in another process, because a build may end its process.
    """

    builder: Builder
    sandbox: BuildInSandbox | None = None
    _known: dict[object, frozenset[str] | None] = field(default_factory=dict, repr=False)
    _lost: int = 0

    def __call__(self, space: SearchSpace, params: Mapping[str, Scalar]) -> Params | None:
        """Return the unused ones of `params`; None where that is not known before training.

        It is not known where the builder raises or ends its process: the trial will fail with the
        reason.
        """
        optional = space.optional & params.keys()
        if not space.optional or not self.builder.takes_hp:
            return None
        if not optional:
            return {}
        key = params_key(dict(params))
        if key not in self._known:
            self._known[key] = self._build(space, dict(params))
        asked = self._known[key]
        if asked is None:
            return None
        return {name: value for name, value in params.items() if name in optional - asked}

    def _build(self, space: SearchSpace, params: Params) -> frozenset[str] | None:
        if self._lost == MAX_LOST:
            return None
        try:
            build = (self.sandbox or build_in_process(self.builder))(params, space)
        except TuneitError:
            return None
        if build is None:
            self._lost += 1
            return None
        if build.error is not None or build.copied:
            return None
        return frozenset((*build.values, *RESERVED))
