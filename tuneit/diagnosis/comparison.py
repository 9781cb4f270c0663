"""A network beside reference models: what simple models of other kinds reach on the same rows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tuneit.curves.metric_words import called
from tuneit.curves.series_names import SHARES, canonical
from tuneit.diagnosis.check import say
from tuneit.diagnosis.costs import best_costs, cost_of, standard_error
from tuneit.diagnosis.view import CurveView, Pair
from tuneit.errors.wording import figures
from tuneit.findings import Reference
from tuneit.findings.reference_models import LOWER_IS_BETTER, PairedDifference

BEYOND = 2.0
"""Standard errors of the difference from which a reference model is better than the network. The
network's best epoch, and the best of the reference models, are chosen by the same rows."""

Z95 = 1.96
"""Standard errors to either side that hold 95 % of a normal distribution."""

COMPARED = ("accuracy", "auc", "cross_entropy", "mse", "mae", "rmse", "r2")
"""Quantities that mean the same in a log as for the reference models."""

CONSTANTS = {"auc": 0.5}
"""A constant answer's score of the quantity. A log's `auc` with another one is another quantity,
such as the area under the precision-recall curve."""

ROUNDING = 1e-3
"""The tolerance of that comparison: Keras computes areas from 200 thresholds."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The best reference model beside the network's best epoch, on the validation rows.

    `network`, `reference`, `trivial` and `linear` are costs: of the network, of the best reference
    model, of the trivial and of the linear one. The first two have a standard error. `quantity` is
    what the models were scored in. `paired` is the difference row by row, where both models'
    predictions are known. Without it the difference is as uncertain as if the two were scored on
    different rows; on the same rows both fail at the same hard ones, so this is an upper bound.
    """

    model: str
    quantity: str
    network: float
    network_error: float
    reference: float
    reference_error: float
    trivial: float
    linear: float | None = None
    paired: PairedDifference | None = None

    @property
    def ahead(self) -> float:
        """How much lower the reference model's cost is; negative where the network is better."""
        return self.network - self.reference

    @property
    def error(self) -> float:
        """The standard error of the difference; unless `paired`, at the most."""
        return self._unpaired_error if self.paired is None else self.paired.error

    @property
    def _unpaired_error(self) -> float:
        return math.hypot(self.network_error, self.reference_error)

    @property
    def is_better(self) -> bool:
        """Whether the reference model is better beyond noise."""
        return self.ahead > BEYOND * self.error

    def shown(self, cost: float) -> float:
        """A cost in the quantity's own unit."""
        if self.quantity in LOWER_IS_BETTER:
            return cost
        return -cost if self.quantity == "r2" else 1.0 - cost

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of `ahead`; unless `paired`, at the most."""
        if self.paired is not None:
            return self.paired.low, self.paired.high
        return self.ahead - Z95 * self.error, self.ahead + Z95 * self.error

    def __str__(self) -> str:
        name = self.quantity
        best, own = (say(name, self.shown(cost)) for cost in (self.reference, self.network))
        low, high = self.interval
        who = self.model
        if self.is_better:
            said = f"{self.model} reaches {called(name)} {best}, the network only {own}"
        elif -self.ahead > BEYOND * self.error:
            said = f"the network reaches {called(name)} {own}, {self.model} only {best}"
            who, low, high = "the network", -high, -low
        else:
            said = f"{self.model} reaches {called(name)} {best}, the network {own}: within noise"
        in_percent = name in SHARES
        shown = (f"{100 * v:.1f}" if in_percent else figures(v, 3) for v in (low, high))
        how = "at most: as if on different rows"
        if self.paired is not None:
            how = f"row by row on {self.paired.rows:,} rows"
        return (
            f"{said}; {who} is ahead by {' to '.join(shown)}{' points' if in_percent else ''} "
            f"(95 %, {how})"
        )

    @property
    def is_weak(self) -> bool:
        """Whether the network has learned what a linear model can, but others can learn more."""
        noise = BEYOND * self._unpaired_error
        return self.is_better and self.linear is not None and self.network - self.linear <= noise


def quantity_of(pair: Pair, reference: Reference) -> str | None:
    """The reference models' quantity that a pair measures; None if they were not scored in it."""
    name = reference.loss if pair.name == "loss" else pair.name
    if reference.models is None or name not in COMPARED or reference.models.best(name) is None:
        return None
    constant = CONSTANTS.get(name)
    if constant is not None and not _is_near(reference.baseline, constant):
        return None
    return name


def _is_near(value: float | None, other: float) -> bool:
    return value is not None and math.isclose(value, other, abs_tol=ROUNDING)


def compare(pair: Pair, reference: Reference) -> Comparison | None:
    """Compare a pair's best epoch with the best reference model; None where that is not possible.

    A loss is compared as the quantity that it is, such as a mean squared error.
    """
    quantity = quantity_of(pair, reference)
    if quantity is None or reference.models is None or pair.validation is None:
        return None
    models = reference.models
    best, trivial, linear = models.best(quantity), models.trivial, models.linear
    if best is None or trivial is None:
        return None
    rows = reference.n_validation or reference.models.validation_rows
    paired = next(
        (p for p in reference.paired if (p.model, p.quantity) == (best.model, quantity)), None
    )
    network = best_costs(pair)[1] if paired is None else paired.network
    error = best.errors[quantity]
    own = standard_error(
        replace(pair, name=quantity), replace(reference, n_validation=rows), network
    )
    return Comparison(
        best.model,
        quantity,
        network,
        # For the other quantities the score and the number of rows give the standard error.
        max(own, error) if quantity in ("auc", "cross_entropy", "r2") else own,
        cost_of(pair, best.scores[quantity]),
        error,
        cost_of(pair, trivial.scores[quantity]),
        None if linear is None else cost_of(pair, linear.scores[quantity]),
        paired,
    )


def comparisons(view: CurveView) -> tuple[Comparison, ...]:
    """Compare all quantities of a run in which reference models were scored, the judged one
    first."""
    found = (compare(pair, view.reference) for pair in _pairs(view))
    return tuple(one for one in found if one is not None)


def _pairs(view: CurveView) -> list[Pair]:
    """What a run was measured by, the quantity that the reference names first."""
    pairs = [pair for pair in (view.metric, view.loss) if pair is not None]
    return sorted(pairs, key=lambda pair: pair.name != _named(view))


def _named(view: CurveView) -> str | None:
    metric = view.reference.metric
    return None if metric is None else canonical(metric)


def with_comparable_metric(view: CurveView) -> CurveView:
    """The view, judged by a quantity in which the reference models were scored.

    They may not be scored in the metric that the reference names, such as a cross-entropy. If the
    log has another metric, such as accuracy, and the user named no aim, that one judges the run.
    """
    reference = view.reference
    if reference.models is None or (reference.target, reference.human_error) != (None, None):
        return view
    for pair in _pairs(view):
        quantity = quantity_of(pair, reference)
        if quantity is None or pair.validation is None:
            continue
        if pair.name == _named(view):
            return view
        trivial = reference.models.trivial
        baseline = None if trivial is None else trivial.scores.get(quantity)
        known = replace(reference, metric=pair.name, maximize=None, baseline=baseline)
        return replace(view, reference=known)
    return view
