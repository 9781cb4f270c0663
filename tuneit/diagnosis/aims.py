"""What a run is measured against: target, people's error, reference models; and what is missing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tuneit.curves.series_names import SHARES, canonical
from tuneit.diagnosis.comparison import Comparison, compare
from tuneit.diagnosis.costs import best_costs, cost_of, standard_error
from tuneit.diagnosis.view import CurveView, Pair
from tuneit.findings import Reference


@dataclass(frozen=True, slots=True)
class Aim:
    """A cost worth reaching, what to call it, and the cost of the trivial model (or NaN).

    Where a reference model reached it, `comparison` says which one.
    """

    cost: float
    name: str
    trivial: float
    comparison: Comparison | None = None

    @property
    def way(self) -> float:
        """The way from the trivial model to the aim; the aim's own cost where that is unknown."""
        return self.trivial - self.cost if self.trivial > self.cost else abs(self.cost) or 1.0

    @property
    def error(self) -> float:
        """The standard error of the cost: zero where the user set it."""
        return 0.0 if self.comparison is None else self.comparison.reference_error

    def noise(self, error: float) -> float:
        """The standard error of validation's distance to the aim, given that of its cost."""
        return error if self.comparison is None else self.comparison.error


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


def aim_of(pair: Pair, reference: Reference) -> Aim | None:
    """What the user asks for: the target, else people's error; else what a reference model reaches
    where that is better beyond noise. None where nothing of that is known.
    """
    trivial = math.nan if reference.baseline is None else cost_of(pair, reference.baseline)
    if reference.target is not None:
        return Aim(cost_of(pair, reference.target), "the target", trivial)
    is_error = pair.goal == "minimize" or pair.name in SHARES
    if reference.human_error is not None and is_error:
        return Aim(reference.human_error, "people's error", trivial)
    compared = compare(pair, reference)
    if compared is not None and compared.is_better:
        name = f"what {compared.model} reaches"
        return Aim(compared.reference, name, compared.trivial, compared)
    return None


SLACK = 0.1
"""Share of the way from the trivial model to the aim that may be missing without a finding
(chosen)."""


def slack(pair: Pair, reference: Reference, aim: Aim, train: float) -> float:
    """How far from the aim training's cost still counts as there.

    A reference model's cost is that of validation rows, and training's that of training rows: their
    errors add. That the two models' answers to the validation rows can be compared row by row makes
    only validation's distance to the aim less uncertain (`Aim.noise`).
    """
    return max(SLACK * aim.way, 2 * math.hypot(standard_error(pair, reference, train), aim.error))


def shortfall(pair: Pair, reference: Reference) -> Shortfall | None:
    """What the run's best epoch misses of its aim; None without an aim or validation."""
    aim = aim_of(pair, reference)
    if aim is None or pair.validation is None:
        return None
    train, validation = best_costs(pair)
    noise = aim.noise(standard_error(pair, reference, validation))
    return Shortfall(train, validation, aim, noise)
