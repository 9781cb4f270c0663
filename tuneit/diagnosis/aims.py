"""What a run is measured against: target, people's error, a trivial model; and what is missing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tuneit.curves.series_names import SHARES, canonical
from tuneit.diagnosis.sampling import sampling_error
from tuneit.diagnosis.view import CurveView, Pair
from tuneit.findings import Reference


@dataclass(frozen=True, slots=True)
class Aim:
    """A cost worth reaching, what to call it, and the cost of the trivial model (or NaN)."""

    cost: float
    name: str
    trivial: float


@dataclass(frozen=True, slots=True)
class Shortfall:
    """How far a run stays behind its aim, in costs: `missing` = `bias` + `gap`.

    `bias` is what training misses, `gap` what validation misses beyond that; `noise` is the
    standard error of the validation cost.
    """

    train: float
    validation: float
    aim: Aim
    noise: float

    @property
    def missing(self) -> float:
        """Validation's distance to the aim; negative where it is reached."""
        return self.validation - self.aim.cost

    @property
    def bias(self) -> float:
        """Training's distance to the aim (avoidable bias); never negative."""
        return max(0.0, self.train - self.aim.cost)

    @property
    def gap(self) -> float:
        """Validation's distance to training; never negative."""
        return max(0.0, self.validation - self.train)


def judged_pair(view: CurveView) -> Pair | None:
    """The quantity that the reference names; the log's own metric where it names none."""
    if view.reference.metric is None:
        return view.metric
    name = canonical(view.reference.metric)
    return next((p for p in (view.loss, view.metric) if p is not None and p.name == name), None)


PERCENT = 1.5
"""A share above this is given in percent."""


def cost_of(pair: Pair, value: float) -> float:
    """A value of the quantity as a cost; shares may be given in percent."""
    if pair.goal == "minimize":
        return value
    share_in_percent = pair.name in SHARES and PERCENT < value <= 100
    return 1.0 - (value / 100 if share_in_percent else value) if pair.name in SHARES else -value


def aim_of(pair: Pair, reference: Reference) -> Aim | None:
    """What the user asks for: the target, else people's error; None where neither is known."""
    trivial = math.nan if reference.baseline is None else cost_of(pair, reference.baseline)
    if reference.target is not None:
        return Aim(cost_of(pair, reference.target), "the target", trivial)
    is_error = pair.goal == "minimize" or pair.name in SHARES
    if reference.human_error is not None and is_error:
        return Aim(reference.human_error, "people's error", trivial)
    return None


SLACK = 0.1
"""Share of the way from the trivial model to the aim that may be missing without a finding
(chosen)."""


def slack(aim: Aim, error: float) -> float:
    """How far from the aim a cost still counts as there, given its standard error."""
    way = aim.trivial - aim.cost if aim.trivial > aim.cost else abs(aim.cost) or 1.0
    return max(SLACK * way, 2 * error)


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


def shortfall(pair: Pair, reference: Reference) -> Shortfall | None:
    """What the run's best epoch misses of its aim; None without an aim or validation."""
    aim = aim_of(pair, reference)
    if aim is None or pair.validation is None:
        return None
    train, validation = best_costs(pair)
    return Shortfall(train, validation, aim, standard_error(pair, reference, validation))
