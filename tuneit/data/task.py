"""Infer the task from the target and the model, if the study does not name it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tuneit.data.dataset import Array, Task
from tuneit.data.head import BINARY, COUNTS, ERRORS, ONE_HOT, SPARSE, Head
from tuneit.errors import DataError

AskHeads = Callable[[], Sequence[Head]]
"""Returns the heads of the model, one for each output; empty if they are not known."""

AskModel = Callable[[], Head | None]
"""Returns one head; called only if loss and last layer are needed to decide."""

MOST_CODES = 20
"""Integers with more distinct values than this are numbers, unless they count from 0 or 1
without a gap, as class codes do. A convention; `task` overrules it."""

MOST_CLASSES = 1000
"""More classes than this (ImageNet-1k's number) are never inferred, only with `task`."""

CODE_DENSITY = 2 / 3
"""Class codes fill their range: at least this share of the integers from lowest to highest
occurs. The ratings 3 to 8 do; calories 50, 70, 80, … do not."""

OVERRULE = "; `task` overrules this"
"""Ends the note on an inferred task; the `task` of several outputs cannot be given."""

OTHER_POSITIVE = " (`positive` names another)"
"""Ends the note on texts of two classes; the `positive` of several outputs cannot be given."""


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
            f"{OVERRULE}",
        )
    head = ask()
    task = None if head is None else head.task_of_many() if n > 2 else head.task
    if task is not None:
        return task, f"task inferred: {task}, as the model {head}{OVERRULE}"
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
            f"task inferred: classification, {values} that look like class codes{OVERRULE}",
        )
    return "regression", f"task inferred: regression, {values}, unlike class codes{OVERRULE}"


def with_units(classes: Array, head: Head | None) -> Array:
    """The labels 0, 1, … that the model has units for, where all that were seen are such.

    The others may be among the rows that were not seen.
    """
    units = head.units or 0 if head is not None and head.loss == SPARSE else 0
    if head is not None and head.loss in BINARY and head.units == 1:
        units = 2
    labels = np.arange(units)
    return labels if np.isin(classes, labels).all() else classes


def infer_task_of_axes(rows: Array, ask: AskModel = no_model) -> tuple[Task | None, bool, str]:
    """Return the task of targets with several numbers a row, (rows, …), and why.

    The second value is whether classes are the last axis of one-hot targets. Fractions are numbers.
    For whole numbers the model decides by its loss and the shape of its output; what it leaves open
    the values decide. The task is None for 0/1 rows of which nobody knows what they mean.
    """
    one_hot = is_one_hot(rows)
    if one_hot and rows.ndim == 2:
        return "classification", True, ""
    if rows.dtype.kind == "f" and np.any(rows != np.round(rows)):
        return "regression", False, _numbers(rows)
    head = ask()
    task, by_head = (None, False) if head is None else _from_head(rows, one_hot, head)
    if task is not None:
        return task, by_head, f"task inferred: {task}, as the model {head}{OVERRULE}"
    is_binary = bool(np.isin(rows, (0, 1)).all())
    if one_hot:
        return "classification", True, "task inferred: classification, as targets are one-hot"
    if rows.ndim == 2:
        return (None if is_binary else "regression"), False, _numbers(rows)
    if is_binary and rows.shape[-1] == 1:
        said = "as the target holds 0 or 1 at each position"
        return "classification", False, f"task inferred: classification, {said}{OVERRULE}"
    return "regression", False, _numbers(rows)


def is_one_hot(rows: Array) -> bool:
    """Whether the last axis of targets holds a single 1 among zeros, of two or more."""
    return (
        rows.ndim > 1
        and rows.shape[-1] > 1
        and bool(np.isin(rows, (0, 1)).all())
        and bool((rows.sum(axis=-1) == 1).all())
    )


def _from_head(rows: Array, one_hot: bool, head: Head) -> tuple[Task | None, bool]:
    """The task that a head leaves for several whole numbers a row, and whether they are one-hot."""
    if head.loss == SPARSE:
        return "classification", False
    if head.loss in ONE_HOT:
        return ("classification", True) if one_hot else ("regression", False)
    binary = bool(np.isin(rows, (0, 1)).all())
    if head.loss in BINARY or (head.activation == "sigmoid" and binary):
        if not binary:
            return "regression", False
        row, shape = rows.shape[1:], head.shape
        # One unit for each position: the last axis of the output is no axis of labels.
        at_positions = row[-1] == 1 if shape is None else len(shape) > 1 and shape[-1] == 1
        return ("classification" if at_positions else "multilabel"), False
    if head.loss in ERRORS or head.loss == COUNTS:
        return "regression", False
    return None, False


def _numbers(rows: Array) -> str:
    if rows.ndim == 2:
        return f"task inferred: regression, with {rows.shape[1]} outputs a row"
    return f"task inferred: regression, with targets of shape {rows.shape[1:]} a row"
