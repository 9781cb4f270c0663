"""Which of a study's hyperparameters an action changes, and to what value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tuneit.diagnosis.context import AdviceContext
from tuneit.findings.actions import Action, Kind
from tuneit.findings.hyperparameter_kinds import kind_of
from tuneit.findings.recommendation import at_end
from tuneit.space import Parameter, Scalar

_FACTORS: Mapping[Kind, float] = {
    "width": 2.0, "learning_rate": 3.0, "l2": 10.0, "epochs": 1.5, "batch_size": 2.0,
}  # fmt: skip
"""By how much a step in an action's direction multiplies or divides (chosen)."""

_DROPOUTS = (0.3, 0.5)
"""The rates to try, one after the other (Srivastava et al., "Dropout", JMLR 2014, use 0.5)."""

_NEAR_DROPOUT = 0.05
"""Rates this near are alike, and a rate below is none (chosen)."""

_FIRST_L2 = 1e-4
"""The penalty to try where there is none (chosen)."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an action changes in a study: the fields of that name of a `Recommendation`.

    `new` lies outside of the range `searched` where `old` is at its end, and where the
    hyperparameter is fixed.
    """

    parameter: str | None = None
    setting: str | None = None
    old: float | None = None
    new: float | None = None
    searched: tuple[float, float] | None = None


def _number(value: Scalar) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value)


def _next(kind: Kind, now: float, direction: int) -> float | None:
    """A sensible next value; None where the direction leads nowhere further."""
    if kind == "dropout":
        if direction > 0:
            return next((rate for rate in _DROPOUTS if rate > now + _NEAR_DROPOUT), None)
        return None if now < _NEAR_DROPOUT else round(now / 2, 2)
    if kind == "depth":
        return now + direction if now + direction >= 1 else None
    if kind == "l2" and now == 0:
        return _FIRST_L2 if direction > 0 else None
    value = now * _FACTORS[kind] ** direction
    # A width below 1 is a factor on a network's widths, as MobileNet's `alpha` is.
    if kind in ("epochs", "batch_size") or (kind == "width" and now >= 1):
        return None if round(value) < 1 or round(value) == round(now) else float(round(value))
    return value


def _change(parameter: Parameter, kind: Kind, old: float, direction: int) -> Change | None:
    new, searched = _next(kind, old, direction), parameter.extremes
    if new is None or searched is None:
        return None
    low, high = searched
    if low < high and not at_end(old, low, high, raised=direction > 0):
        new = min(new, high) if direction > 0 else max(new, low)
    if isinstance(parameter.default, int) and new == int(new):
        old, new = int(old), int(new)
    return Change(parameter.name, None, old, new, searched)


def change_for(action: Action, context: AdviceContext) -> Change | None:
    """The study's own hyperparameter that applies an action; None where there is none.

    Kinds are tried in the action's order; a hyperparameter that is already as far as it should
    go is passed over.
    """
    for kind in action.kinds:
        for name, value in context.params.items():
            parameter, now = context.space.get(name, context.params), _number(value)
            if parameter is None or now is None or kind_of(name) != kind:
                continue
            change = _change(parameter, kind, now, action.direction)
            if change is not None:
                return change
    return None


def exhausted(action: Action, context: AdviceContext) -> bool:
    """Whether the study has hyperparameters for an action and all went as far as they should."""
    matching = [n for n in context.params if kind_of(n) in action.kinds]
    return bool(matching) and change_for(action, context) is None
