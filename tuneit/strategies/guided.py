"""Another strategy's proposals, every other one shifted as the best trial's verdict says."""

from __future__ import annotations

from dataclasses import dataclass, field

from tuneit.findings import Verdict
from tuneit.findings.hyperparameter_kinds import kind_of
from tuneit.space import Params, params_key
from tuneit.strategies.base import Situation, Strategy, Suggestion
from tuneit.strategies.options import class_of
from tuneit.strategies.tried import with_defaults
from tuneit.study import STRATEGIES
from tuneit.trials import Memory, ranked

SHIFTS = {str(verdict): verdict.row.shifts for verdict in Verdict}
"""Which kinds of hyperparameters a verdict asks to raise (+1) or lower (-1)."""

SHORTEST, LONGEST = 0.08, 0.3
"""How far a value is moved, as a share of its range: drawn between these (chosen)."""

EVERY = 2
"""Every so many proposals one is shifted (chosen): the others look elsewhere."""


@dataclass
class Guided:
    """Proposes what the strategy `base` does, and every `every`th time a shift of the best trial.

    The verdict on the best scored trial says which hyperparameters to move, and which way: after
    overfitting more dropout, after divergence a lower rate. One of them, drawn at random, moves by
    8 to 30 % of its range, and stays inside. Where the verdict asks for nothing, or the
    configuration was tried, the base strategy proposes. It knows verdicts from the trials alone.
    """

    base: str = "bayesian"
    every: int = EVERY
    _inner: Strategy = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known = [n for n, row in STRATEGIES.items() if not row.takes_sampler and n != "guided"]
        if self.base not in known:
            raise ValueError(f"base must be one of {', '.join(known)}, but is '{self.base}'")
        if self.every < 1:
            raise ValueError(f"every must be at least 1, but is {self.every}")
        self._inner = class_of(STRATEGIES[self.base].implementation)()

    def propose(self, situation: Situation) -> Suggestion | None:
        """Return a shift of the best trial where its verdict asks for one, or the base's."""
        params = None if (situation.number + 1) % self.every else _shifted(situation)
        if params is not None and params_key(params) not in situation.tried:
            return Suggestion(params, Memory(own={"guided": True}))
        return self._inner.propose(situation)


def _shifted(situation: Situation) -> Params | None:
    """The best trial's values with one moved, or None where its verdict asks for nothing."""
    best = next((t for t in ranked(situation.trials, situation.objective) if t.verdict), None)
    if best is None:
        return None
    params = with_defaults(situation.space, best.params)
    moves = [
        (parameter, direction)
        for kind, direction in SHIFTS.get(str(best.verdict), ())
        for parameter in situation.space.active(params)
        if kind_of(parameter.name) == kind
        and parameter.count != 1
        and isinstance(params[parameter.name], (int, float))
    ]
    if not moves:
        return None
    rng = situation.rng
    parameter, direction = moves[int(rng.integers(len(moves)))]
    distance = direction * rng.uniform(SHORTEST, LONGEST)
    place = float(min(max(parameter.to_unit(params[parameter.name]) + distance, 0.0), 1.0))
    value = parameter.from_unit(place)
    if value == params[parameter.name]:
        return None
    # Other hyperparameters may be active under the new value.
    return with_defaults(situation.space, {**params, parameter.name: value})
