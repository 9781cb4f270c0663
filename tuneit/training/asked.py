"""What a builder asks for under given hyperparameters, found out by building."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tuneit.space import Params, Scalar, SearchSpace, params_key
from tuneit.study import RESERVED, ParameterSpec
from tuneit.training.builders import Builder


@dataclass(frozen=True)
class Asked:
    """Tells which proposed hyperparameters a builder passes over.

    In `for i in range(hp.Int("layers", 1, 3)): hp.Int(f"units_{i}", …)` a model with one layer
    never asks for `units_1`, whatever its value: two proposals that differ in it are one model.
    Only the space's `loose` hyperparameters can be so; without them nothing is built. Nor is
    anything where not `builds`: where values may be fatal, which only a worker is to find out.
    """

    builder: Builder
    specs: Mapping[str, ParameterSpec]
    builds: bool = True
    _known: dict[object, frozenset[str]] = field(default_factory=dict, repr=False)

    def __call__(self, space: SearchSpace, params: Mapping[str, Scalar]) -> Params | None:
        """Those of `params` that make no difference; None where that is not known before training.

        A builder that raises is the trial's affair.
        """
        loose = space.loose & params.keys()
        if not space.loose or not self.builder.takes_hp(self.specs):
            return None
        if not loose:
            return {}
        if not self.builds:
            return None
        key = params_key(dict(params))
        if key not in self._known:
            asked = self._build(space, params)
            if asked is None:
                return None
            self._known[key] = asked
        asked = self._known[key]
        return {name: value for name, value in params.items() if name in loose - asked}

    def _build(self, space: SearchSpace, params: Mapping[str, Scalar]) -> frozenset[str] | None:
        from tuneit.training.hyperparameters import TrialHyperParameters

        hp = TrialHyperParameters(params, self.specs, known=space)
        try:
            self.builder.build(hp)
        except Exception:
            return None
        return None if hp.asked is None else hp.asked | frozenset(RESERVED)
