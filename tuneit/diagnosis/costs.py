"""A run's scores as costs, of which less is better, and how exactly they are known."""

from __future__ import annotations

import math

from tuneit.curves.series_names import SHARES
from tuneit.diagnosis.sampling import sampling_error
from tuneit.diagnosis.view import Pair
from tuneit.findings import Reference

PERCENT = 1.5
"""A share above this is given in percent."""


def cost_of(pair: Pair, value: float) -> float:
    """A value of the quantity as a cost; shares may be given in percent."""
    if pair.goal == "minimize":
        return value
    share_in_percent = pair.name in SHARES and PERCENT < value <= 100
    return 1.0 - (value / 100 if share_in_percent else value) if pair.name in SHARES else -value


def standard_error(pair: Pair, reference: Reference, cost: float) -> float:
    """The standard error of a cost on the validation rows: no less than the curve's own noise."""
    own = pair.validation.noise if pair.validation is not None else 0.0
    if not reference.n_validation:
        return own
    error = sampling_error(pair.name, cost, reference.n_validation)
    return own if math.isnan(error) else max(own, error)


def best_costs(pair: Pair) -> tuple[float, float]:
    """Training and validation cost at validation's best epoch (training's, where there is none).

    The logged training cost of that epoch is a mean over a model still changing, and with
    dropout: where validation is lower, the model's true training cost is no higher than that.
    """
    if pair.validation is None:
        return (pair.train.tail,) * 2 if pair.train is not None else (math.nan,) * 2
    validation = float(pair.validation.smoothed[pair.validation.low])
    if pair.train is None:
        return validation, validation
    return min(pair.train.tail, validation), validation
