"""The limit of the data: no model of another kind does better than the network."""

from __future__ import annotations

from collections.abc import Iterable

from tuneit.curves.metric_words import called
from tuneit.diagnosis.check import MIN_EPOCHS, number, say
from tuneit.diagnosis.comparison import Comparison, compare
from tuneit.diagnosis.view import CurveView, Pair
from tuneit.findings import Finding, Severity
from tuneit.findings.reference_models import ReferenceModels

MUCH_LEFT = 0.1
"""Share of the trivial model's cost that is left, from which there is something to explain
(chosen)."""

BEYOND_NOISE = 3.0
"""Standard errors by which the network's cost is above zero: chance alone does this once in 370
times."""

ALIKE = 2.0
"""Standard errors of a difference that may be noise."""

BEHIND = 1.0
"""Standard errors by which the network may be behind the best reference model: more proves nothing,
but leaves open whether the limit is reached (chosen)."""

PRECISE = 0.5
"""The gain that noise may hide, as a share of the network's cost, above which nothing is said
(chosen)."""

KINDS = 4
"""The fewest reference models of different kinds, the trivial one among them."""

LIKELY = 0.7
"""Confidence that nothing better is possible: models of other kinds may still find more
(chosen)."""


def limit_of_the_data(view: CurveView) -> Iterable[Finding]:
    """Say that the remaining error may be noise in the data, if no other model does better.

    The data must be a table. Models of several kinds, fitted on all training rows, must be as good
    as the network within noise, and none better. The nearest neighbour's errors bound the least
    possible error (Cover and Hart 1967). Nothing is said of pictures, sequences and texts, of which
    these models see less than a network, nor of an accuracy that is only the share of the largest
    class.
    """
    models = view.reference.models
    if models is None or not models.is_table or models.rows != models.all_rows:
        return
    if len(models.models) < KINDS:
        return
    compared = [
        (pair, found)
        for pair in (view.metric, view.loss)
        if pair is not None and pair.validation is not None and len(pair.validation) >= MIN_EPOCHS
        if (found := compare(pair, view.reference)) is not None
    ]
    for pair, found in compared[:1]:
        if _is_at_the_limit(found, models):
            yield _finding(pair, found, models, view)


def _is_at_the_limit(found: Comparison, models: ReferenceModels) -> bool:
    floor = 0.0 if found.quantity != "r2" else -1.0
    left, possible = found.network - floor, found.trivial - floor
    enough = left > BEYOND_NOISE * found.network_error and left > MUCH_LEFT * possible
    alike = -ALIKE * found.error <= found.ahead <= BEHIND * found.error
    precise = ALIKE * found.error <= PRECISE * left
    return enough and alike and precise and not (_tells_nothing(found) and _misleads(models))


def _tells_nothing(found: Comparison) -> bool:
    """Whether the best reference model is no better than the trivial one, beyond noise."""
    return found.trivial - found.reference <= ALIKE * found.reference_error


def _misleads(models: ReferenceModels) -> bool:
    """Whether accuracy hides that the classes can be told apart better than by chance."""
    trivial = models.trivial
    for quantity in ("balanced_accuracy", "auc"):
        best = models.best(quantity)
        if best is None or trivial is None:
            continue
        if trivial.cost(quantity) - best.cost(quantity) > ALIKE * best.errors[quantity]:
            return True
    return False


def _finding(pair: Pair, found: Comparison, models: ReferenceModels, view: CurveView) -> Finding:
    name, least = pair.words, models.least_cost(found.quantity)
    own, best = (say(pair.name, pair.shown(cost)) for cost in (found.network, found.reference))
    hidden = say(pair.name, ALIKE * found.error)
    rest = "more units or epochs will hardly help, other inputs or cleaner targets may"
    if _tells_nothing(found):
        said = (
            f"no model predicts the target from these inputs: {name} is {own} here, and {best} at "
            "best with others, as good as always the same answer"
        )
    else:
        said = (
            f"no model does better on these inputs: {name} is {own} here, and {best} with "
            f"{found.model}, within noise ({hidden}): {rest}"
        )
    evidence: dict[str, float | int | str | None] = {
        "quantity": pair.name,
        "validation": number(pair.shown(found.network)),
        "reference_model": found.model,
        "reference": number(pair.shown(found.reference)),
        "noise": number(found.error),
    }
    if least is not None and not _tells_nothing(found):
        low, high = least
        said += (
            f"; by the nearest neighbour's errors the least possible "
            f"{'error' if found.quantity == 'accuracy' else called(found.quantity)} is between "
            f"{say(pair.name, low)} and {say(pair.name, high)}, if rows are dense enough"
        )
        evidence |= {"least_possible": number(low), "most_possible": number(high)}
    return Finding(
        "limit_of_the_data",
        Severity.INFO,
        LIKELY,
        said,
        evidence,
        epochs_used=len(view),
        output=pair.output,
    )
