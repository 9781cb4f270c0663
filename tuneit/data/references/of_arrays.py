"""Reference models of rows that are given as `fit` takes them."""

from __future__ import annotations

from typing import Any

from tuneit.data.head import Task
from tuneit.data.load import dataset_from_arrays
from tuneit.data.references.fit import SECONDS, fit_references
from tuneit.data.task import AskHeads
from tuneit.errors import InputError
from tuneit.findings.reference_models import ReferenceModels
from tuneit.study import Split

SHARE = 0.2
"""Share of the rows to score on, where no validation rows are given: drawn at random."""


def references_of(
    x: Any,
    y: Any,
    x_val: Any = None,
    y_val: Any = None,
    *,
    task: Task | None = None,
    ask: AskHeads = tuple,
    seconds: float = SECONDS,
) -> ReferenceModels:
    """Fit reference models on `x` and `y`; score them on `x_val` and `y_val`, or a fifth of `x`.

    Arguments are those of `dataset_from_arrays` and `fit_references`. Raises InputError where one
    of `x_val` and `y_val` is missing, DataError where the arrays cannot be trained on.
    """
    if (x_val is None) != (y_val is None):
        raise InputError("validation rows are x_val and y_val: give both, or none")
    data = dataset_from_arrays(
        x,
        y,
        validation=None if x_val is None else (x_val, y_val),
        split=Split(validation=SHARE, test=0, stratify=False),
        task=task,
        ask=ask,
    )
    return fit_references(data, seconds)
