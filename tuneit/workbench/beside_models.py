"""A run beside reference models of the rows that it was trained on, as Python code gives them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tuneit.curves import LearningCurve
from tuneit.data.head import Task
from tuneit.diagnosis.comparison import COMPARED, comparisons
from tuneit.diagnosis.view import view_of
from tuneit.errors.wording import listing
from tuneit.findings import Reference


def beside_models(
    known: Reference,
    curve: LearningCurve,
    rows: tuple[Any, Any, Any, Any],
    model: Any = None,
    task: Task | None = None,
) -> tuple[Reference, tuple[str, ...]]:
    """Add reference models to what is known of a run; say how it compares with them.

    `rows` are x, y, x_val, y_val, of which the last two may be None. Raises as `references_of`.
    """
    from tuneit.data.references import references_of

    loss = known.loss
    if model is None:
        models = references_of(*rows, task=task)
    else:
        from tuneit.training.models.head import distance_of, heads_of

        models = references_of(*rows, task=task, ask=lambda: heads_of(model))
        loss = loss or distance_of(model)
    known = replace(known, models=models, loss=loss)
    if models.skipped:
        return known, (str(models),)
    compared = comparisons(view_of(curve, known))
    if compared:
        return known, (str(compared[0]),)
    scored = [name for name in COMPARED if models.best(name) is not None]
    return known, (
        f"reference models were scored in {listing(scored)}: the run has no validation values of "
        "these to compare with",
    )
