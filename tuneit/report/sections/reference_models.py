"""What simple models of other kinds score on the validation rows, beside the best network."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tuneit.curves.metric_words import called
from tuneit.diagnosis.comparison import Comparison
from tuneit.findings.reference_models import ReferenceModels, ReferenceScore
from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section
from tuneit.report.words import MISSING, capitalise, duration, number, percent, plural

QUANTITIES = ("accuracy", "balanced_accuracy", "auc", "cross_entropy", "mse", "mae", "rmse", "r2")
"""The columns of the table, in their order."""

NO_ERROR = 1e-9
"""A standard error below this, over the value, is rounding."""


def reference_models(content: ReportContent) -> Section | None:
    """Build the section; None where no reference models were wanted."""
    models = content.reference_models
    if models is None:
        return None
    quantities = [q for q in QUANTITIES if any(q in one.scores for one in models.models)]
    rows = [
        (one.model, [_cell(one, q) for q in quantities], duration(one.seconds))
        for one in models.models
    ]
    shared = {one.quantity: one for one in content.compared}
    network = [_own(shared[q]) if q in shared else MISSING for q in quantities]
    return Section(
        "reference_models",
        "What simple models reach",
        {
            "skipped": models.skipped,
            "quantities": [called(q) for q in quantities],
            "rows": rows,
            "network": network if content.compared else [],
            "training_rows": plural(models.rows, "training row"),
            "validation_rows": plural(models.validation_rows, "validation row"),
            "sentences": list(_sentences(content, models)),
            "notes": [f"{capitalise(note)}." for note in models.notes],
        },
    )


def _cell(one: ReferenceScore, quantity: str) -> str:
    if quantity not in one.scores:
        return MISSING
    return _with_error(one.scores[quantity], one.errors[quantity])


def _own(compared: Comparison) -> str:
    return _with_error(compared.shown(compared.network), compared.network_error)


def _with_error(value: float, error: float) -> str:
    """A value and its standard error, which has two digits; the value has as many decimals."""
    if error < NO_ERROR * max(1.0, abs(value)):
        return number(value, 3)
    decimals = 1 - math.floor(math.log10(error))
    shown, off = (f"{round(v, decimals) + 0.0:,.{max(0, decimals)}f}" for v in (value, error))
    return f"{shown}\u00a0±\u00a0{off}".replace("-", "−")


def _sentences(content: ReportContent, models: ReferenceModels) -> Iterator[str]:
    for compared in content.compared[:1]:
        yield f"{capitalise(str(compared))}."
    for quantity, what in (("accuracy", "error rate"), ("mse", "mean squared error")):
        least = models.least_cost(quantity)
        if least is not None:
            low, high = (percent(v) if quantity == "accuracy" else number(v, 3) for v in least)
            yield (
                f"By the nearest neighbour's errors the least possible {what} is between {low} "
                f"and {high}, if training rows lie dense enough."
            )
