"""Finds targets that a model's loss and last layer cannot be trained on, before training."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tuneit.data.dataset import Array, Dataset
from tuneit.data.head import BINARY, COUNTS, ERRORS, HINGE, ONE_HOT, SPARSE, Head
from tuneit.errors.wording import counted


def target_mismatch(head: Head, dataset: Dataset) -> str | None:
    """Say how the targets do not suit the model's head, and what to change; None if they do.

    All splits are checked: a wrong label in the validation rows fails the training too. A user's
    own loss may take any targets.
    """
    rule = _RULES.get(head.loss)
    return (rule(head, dataset) if rule else None) or _too_few_units(head, dataset)


def _class_numbers(head: Head, dataset: Dataset) -> str | None:
    where, values = _where(dataset), _values(dataset)
    if dataset.task == "classification" and dataset.train.is_one_hot:
        return (
            f"the loss {head.loss} wants class numbers, but {where} has one-hot targets: use "
            "categorical_crossentropy, or remove `one_hot: true`"
        )
    if dataset.task == "regression":
        return _for_classes(head, dataset)
    values = values[values != head.ignored] if head.ignored is not None else values
    low, high = values.min(initial=0), values.max(initial=0)
    if np.any(values != np.round(values)):
        fraction = values[values != np.round(values)][0]
        return (
            f"the loss {head.loss} takes whole numbers from 0, but the target of {where} holds "
            f"{fraction:g}: give class numbers"
        )
    if low >= 0 and (head.units is None or high < head.units):
        return None
    least = float(values.min())
    units = f" over {counted(head.units, 'unit')}" if head.units else ""
    takes = f"0 to {head.units - 1}" if head.units else "whole numbers from 0"
    ways = [f"give the last layer {int(high) + 1} units"] if low >= 0 else []
    if least and (head.units is None or high - least < head.units):
        ways.insert(0, f"{'subtract' if least > 0 else 'add'} {abs(least):g} in the data")
    return (
        f"the loss {head.loss}{units} takes the labels {takes}, but {where} has "
        f"{len(np.unique(values))} classes labelled {least:g} to {high:g}: "
        f"{', or '.join(ways) or 'number the classes from 0'}"
    )


def _one_hot_rows(head: Head, dataset: Dataset) -> str | None:
    where, y = _where(dataset), dataset.train.y
    if dataset.task == "classification" and not dataset.train.is_one_hot:
        return (
            f"the loss {head.loss} wants one-hot targets, but {where} has class numbers: use "
            "sparse_categorical_crossentropy, or give one-hot rows (keras.utils.to_categorical, or "
            "`one_hot: true` in a study's data)"
        )
    if _is_outside(dataset, 0, 1) and head.loss != "categorical_hinge":
        return _for_classes(head, dataset)
    return _other_width(head, dataset, y)


def _probabilities(head: Head, dataset: Dataset) -> str | None:
    where = _where(dataset)
    codes = dataset.train.codes
    if dataset.task == "classification" and len(codes) > 2 and head.units == 1:
        return (
            f"the model has one output and loss {head.loss}, but {where} has {len(codes)} classes: "
            f"give Dense({len(codes)}, activation='softmax') and sparse_categorical_crossentropy"
        )
    if not _is_outside(dataset, 0, 1):
        return _other_width(head, dataset, dataset.train.y)
    if len(codes) == 2:
        other = ", or use the loss hinge" if codes == (-1, 1) else ""
        return (
            f"the loss {head.loss} takes the labels 0 and 1, but {where} is labelled "
            f"{codes[0]:g} and {codes[1]:g}: give y == {codes[1]:g} as the target{other}"
        )
    return _for_classes(head, dataset)


def _signs(head: Head, dataset: Dataset) -> str | None:
    where, values = _where(dataset), _values(dataset)
    if np.isin(values, (-1, 1)).all() or np.isin(values, (0, 1)).all():
        return _other_width(head, dataset, dataset.train.y)
    return (
        f"the loss {head.loss} takes the labels -1 and 1 (or 0 and 1), but the target of {where} "
        f"holds {', '.join(f'{v:g}' for v in np.unique(values)[:4])}, …: recode it, or use a loss "
        "for its numbers"
    )


def _distances(head: Head, dataset: Dataset) -> str | None:
    codes = dataset.train.codes
    if dataset.task == "classification" and len(codes) > 2 and (head.units or 1) > 1:
        return (
            f"the loss {head.loss} over {head.units} units wants one-hot targets, but "
            f"{_where(dataset)} has class numbers: use sparse_categorical_crossentropy, or give "
            "one-hot rows (keras.utils.to_categorical, or `one_hot: true` in a study's data)"
        )
    return _other_width(head, dataset, dataset.train.y)


def _counts(head: Head, dataset: Dataset) -> str | None:
    if (least := float(_values(dataset).min())) < 0:
        return (
            f"the loss {head.loss} takes counts, which are at least 0, but the target of "
            f"{_where(dataset)} holds {least:g}: use mean_squared_error"
        )
    return _other_width(head, dataset, dataset.train.y)


def _too_few_units(head: Head, dataset: Dataset) -> str | None:
    classes = len(dataset.class_names)
    if dataset.task == "regression" or head.units != 1 or classes < 3:
        return None
    return (
        f"one unit separates at most two classes, but {_where(dataset)} has {classes}: give "
        f"Dense({classes}, activation='softmax') and sparse_categorical_crossentropy, or say that "
        "the task is regression (`task`)"
    )


def _other_width(head: Head, dataset: Dataset, y: Array) -> str | None:
    """Compare the columns of the targets with the units of an output of shape (rows, units)."""
    columns = y.shape[1] if y.ndim == 2 else 1
    if head.units is None or head.shape is None or len(head.shape) != 1 or head.units == columns:
        return None
    return (
        f"the model's last layer has {counted(head.units, 'unit')}, but {_where(dataset)} has "
        f"{counted(columns, 'target')} a row: give the last layer {counted(columns, 'unit')}"
    )


def _for_classes(head: Head, dataset: Dataset) -> str:
    return (
        f"the loss {head.loss} is for classes, but {_where(dataset)} has real targets: use mse or "
        "mae, or say that the task is classification (`task`)"
    )


def _where(dataset: Dataset) -> str:
    return f"the data '{dataset.name}'"


def _values(dataset: Dataset) -> Array:
    """The targets of all rows as one vector, float64."""
    return np.concatenate([split.y.reshape(-1) for split in dataset.splits.values()]).astype(float)


def _is_outside(dataset: Dataset, low: float, high: float) -> bool:
    values = _values(dataset)
    return bool(values.min() < low or values.max() > high)


_RULES: dict[str, Callable[[Head, Dataset], str | None]] = {
    SPARSE: _class_numbers,
    COUNTS: _counts,
    **dict.fromkeys(ONE_HOT, _one_hot_rows),
    **dict.fromkeys(BINARY, _probabilities),
    **dict.fromkeys(HINGE, _signs),
    **dict.fromkeys(ERRORS, _distances),
}
"""The rule for the targets of each Keras loss."""
