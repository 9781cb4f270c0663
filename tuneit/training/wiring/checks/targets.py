"""Targets that the loss and the number of units cannot be trained on."""

from __future__ import annotations

import numpy as np

from tuneit.data.dataset import Dataset, Split, Task
from tuneit.data.head import BINARY, ONE_HOT, SPARSE, Head
from tuneit.data.output import Output
from tuneit.data.target_mismatch import target_mismatch
from tuneit.findings import Finding
from tuneit.training.wiring.finding import fault, loss_of
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring

PIXELS = 255
"""The highest value of a picture in bytes."""


def check_targets(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find labels in the wrong form, of too many classes, or outside of what the loss takes."""
    head = wiring.head
    if head is None:
        return None
    layer, loss = wiring.last_name, loss_of(wiring)
    if head.loss in BINARY | ONE_HOT and _are_pictures(rows):
        return fault(
            "targets_outside_the_loss",
            f"the loss {head.loss} takes targets from 0 to 1, but they go from {rows.low:g} to "
            f"{rows.high:g}",
            f"write y = y / {PIXELS} (and x = x / {PIXELS}), or loss='mse'",
            layer=layer,
            loss=loss,
        )
    output, split = _output(wiring, head, rows), Split(rows.y, rows.y)
    dataset = Dataset("y", output.task, split, split, split, outputs=(output,))
    problem = target_mismatch(head, dataset)
    if problem is None:
        return None
    what, _, write = problem.partition(": ")
    return fault("target_mismatch", what, write, layer=layer, loss=loss)


def _are_pictures(rows: Rows) -> bool:
    return rows.y[0].size > 1 and rows.low >= 0 and 1 < rows.high <= PIXELS


def _output(wiring: Wiring, head: Head, rows: Rows) -> Output:
    """What the targets are, by their values and what the head takes them for."""
    task, shape = _task(wiring, head, rows), rows.y.shape[1:]
    if task != "classification":
        return Output(task, row_shape=shape)
    # A sparse loss takes one label for each step or place.
    is_grid = head.loss == SPARSE and len(shape) < len(head.shape or ())
    if shape[-1:] > (1,) and not is_grid:
        names = tuple(map(str, range(shape[-1])))
        return Output(task, class_names=names, row_shape=shape, is_one_hot=True)
    codes = tuple(np.unique(rows.y).astype(float).tolist())
    return Output(task, class_names=tuple(map(str, codes)), codes=codes, row_shape=shape)


def _task(wiring: Wiring, head: Head, rows: Rows) -> Task:
    """What loss, activation and metrics say that the targets are.

    Where these leave it open, one-hot rows and the targets of an accuracy are classes. Real
    numbers, and rows of several numbers other than 0 and 1, are none.
    """
    if head.loss == SPARSE and rows.is_whole:
        return "classification"
    of_two = rows.column is not None and len(np.unique(rows.column)) <= 2
    several = rows.column is None and not rows.is_zero_or_one
    if rows.y.ndim > 2 or several or not (rows.is_whole or of_two):
        return "regression"
    if head.task is not None:
        return head.task
    is_class = rows.is_one_hot or wiring.reports_accuracy() or head.activation == "softmax"
    return "classification" if is_class else "regression"
