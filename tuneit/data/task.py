"""Infers the task from the target and the model, where the study does not name it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tuneit.data.dataset import Array, Task
from tuneit.data.head import Head
from tuneit.errors import DataError

AskModel = Callable[[], Head | None]
"""Returns the model's head; it is called only where the head decides the task."""

MOST_CODES = 20
"""Integers with more distinct values than this are numbers, unless they count from 0 or 1
without a gap, as class codes do. A convention; `task` overrules it."""

MOST_CLASSES = 1000
"""More classes than this (ImageNet-1k's number) are never inferred, only with `task`."""

CODE_DENSITY = 2 / 3
"""Class codes fill their range: at least this share of the integers from lowest to highest
occurs. The ratings 3 to 8 do; calories 50, 70, 80, … do not."""

_OVERRULE = "; `task` overrules this"


def no_model() -> None:
    """For `ask` where there is no model: the values decide."""


def infer_task(column: Array, ask: AskModel = no_model) -> tuple[Task, str]:
    """Return the task of a target of shape (rows,), and the sentence that says why.

    Texts are classes and fractions are numbers. For whole numbers and booleans the model's loss,
    units and activation decide; where these allow both tasks, the values decide.

    Raises DataError for texts where the model's head is one of regression.
    """
    if column.dtype.kind in "UT":
        _refuse_texts(column, ask())
        return "classification", "task inferred: classification, as the target holds texts"
    distinct = np.unique(column)
    n = len(distinct)
    if column.dtype.kind == "f" and np.any(distinct != np.round(distinct)):
        return (
            "regression",
            f"task inferred: regression, as the target holds fractions ({n} distinct values)"
            f"{_OVERRULE}",
        )
    head = ask()
    task = None if head is None else head.task_of_many() if n > 2 else head.task
    if task is not None:
        return task, f"task inferred: {task}, as the model {head}{_OVERRULE}"
    if column.dtype.kind == "b":
        return "classification", "task inferred: classification, as the target holds booleans"
    return _from_values(distinct, len(column))


def _refuse_texts(column: Array, head: Head | None) -> None:
    if head is not None and head.task == "regression":
        raise DataError(
            f"the model {head}, which is for numbers, but the target holds texts such as "
            f"'{column[0]}': give Dense(1, activation='sigmoid') and binary_crossentropy for two "
            "classes, Dense(classes, activation='softmax') and sparse_categorical_crossentropy for "
            "more"
        )


def _from_values(distinct: Array, rows: int) -> tuple[Task, str]:
    low, high, n = float(distinct[0]), float(distinct[-1]), len(distinct)
    span = high - low + 1
    counts_up = low in (0, 1) and n == span and n <= MOST_CLASSES
    dense = n <= MOST_CODES and n / span >= CODE_DENSITY
    values = f"as the target holds {n} distinct whole numbers ({low:g} to {high:g})"
    if n <= 2 or (n <= rows / 2 and (counts_up or dense)):
        return (
            "classification",
            f"task inferred: classification, {values} that look like class codes{_OVERRULE}",
        )
    return "regression", f"task inferred: regression, {values}, unlike class codes{_OVERRULE}"
