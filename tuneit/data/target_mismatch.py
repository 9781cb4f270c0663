"""Find targets that do not suit a model's loss and last layer, before training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tuneit.data.dataset import Array, Dataset
from tuneit.data.head import BINARY, COUNTS, ERRORS, HINGE, ONE_HOT, SPARSE, Head
from tuneit.data.output import Output
from tuneit.data.streamed import StreamedDataset
from tuneit.errors.wording import counted


@dataclass(frozen=True, eq=False)
class _Target:
    """The targets of one output in all splits, and where they are from.

    `seen` are the labels of a stream, of which the splits are a sample.
    """

    output: Output
    splits: dict[str, Array]
    where: str
    seen: tuple[float, ...] = ()

    @property
    def arrays(self) -> tuple[Array, ...]:
        return tuple(self.splits.values())

    @property
    def y(self) -> Array:
        return self.arrays[0]

    @property
    def task(self) -> str:
        return self.output.task

    @property
    def codes(self) -> tuple[float, ...]:
        return self.output.codes


def target_mismatch(head: Head, dataset: Dataset, output: Output | None = None) -> str | None:
    """Say how the targets do not suit one of the model's heads; None if they do.

    The sentence tells how to mend it. `output` is what the targets are, the only output's where it
    is left out. Looks at all splits: a label that occurs in the validation rows alone ends a
    training too. A loss of the user's own may take anything.
    """
    output = output or dataset.outputs[0]
    where = f"the data '{dataset.name}'"
    if len(dataset.outputs) > 1:
        where = f"output '{output.name}' of {where}"
    splits = {name: output.of(split.y) for name, split in dataset.splits.items()}
    seen = output.codes if isinstance(dataset, StreamedDataset) else ()
    target = _Target(output, splits, where, seen)
    rule = _RULES.get(head.loss)
    found = rule(head, target) if rule else None
    return found or _too_few_units(head, target) or _other_axes(head, target)


def _class_numbers(head: Head, target: _Target) -> str | None:
    where, values = target.where, np.concatenate([_values(target), np.array(target.seen)])
    if target.task == "classification" and target.output.is_one_hot:
        return (
            f"the loss {head.loss} wants class numbers, but {where} has one-hot targets: use "
            "categorical_crossentropy, or give class numbers (numpy.argmax; no `one_hot: true`)"
        )
    if target.task == "regression":
        return _for_classes(head, target)
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
    if head.units is not None and (only := _outside(target, head)):
        return (
            f"the loss {head.loss} over {counted(head.units, 'unit')} takes the labels 0 to "
            f"{head.units - 1}, but {only} of {where} hold other labels, such as "
            f"{low if low < 0 else high:g}, and the training rows do not: mend them, or give the "
            "last layer more units"
        )
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


def _outside(target: _Target, head: Head) -> str:
    """The splits other than train that have labels for which the model has no unit."""
    units = head.units or 0
    faulty = [
        name
        for name, y in target.splits.items()
        if np.any(
            ((y < 0) | (y >= units)) & (y != (np.nan if head.ignored is None else head.ignored))
        )
    ]
    return "" if "train" in faulty or not faulty else f"the {' and '.join(faulty)} rows"


def _one_hot_rows(head: Head, target: _Target) -> str | None:
    where, y = target.where, target.y
    if target.task == "classification" and not target.output.is_one_hot:
        return (
            f"the loss {head.loss} wants one-hot targets, but {where} has class numbers: use "
            "sparse_categorical_crossentropy, or give one-hot rows (keras.utils.to_categorical, or "
            "`one_hot: true`)"
        )
    if _is_outside(target, 0, 1) and head.loss != "categorical_hinge":
        return _for_classes(head, target)
    return _other_width(head, target, y)


def _probabilities(head: Head, target: _Target) -> str | None:
    where = target.where
    codes = target.codes
    if target.task == "classification" and len(codes) > 2 and head.units == 1:
        return (
            f"the model has one output and loss {head.loss}, but {where} has {len(codes)} classes: "
            f"give Dense({len(codes)}, activation='softmax') and sparse_categorical_crossentropy"
        )
    if not _is_outside(target, 0, 1):
        return _other_width(head, target, target.y)
    if len(codes) == 2:
        other = ", or use the loss hinge" if codes == (-1, 1) else ""
        return (
            f"the loss {head.loss} takes the labels 0 and 1, but {where} is labelled "
            f"{codes[0]:g} and {codes[1]:g}: give y == {codes[1]:g} as the target{other}"
        )
    return _for_classes(head, target)


def _signs(head: Head, target: _Target) -> str | None:
    where, values = target.where, _values(target)
    if np.isin(values, (-1, 1)).all() or np.isin(values, (0, 1)).all():
        return _other_width(head, target, target.y)
    return (
        f"the loss {head.loss} takes the labels -1 and 1 (or 0 and 1), but the target of {where} "
        f"holds {', '.join(f'{v:g}' for v in np.unique(values)[:4])}, …: recode it, or use a loss "
        "for its numbers"
    )


def _distances(head: Head, target: _Target) -> str | None:
    codes = target.codes
    if target.task == "classification" and len(codes) > 2 and (head.units or 1) > 1:
        return (
            f"the loss {head.loss} over {head.units} units wants one-hot targets, but "
            f"{target.where} has class numbers: use sparse_categorical_crossentropy, or give "
            "one-hot rows (keras.utils.to_categorical, or `one_hot: true`)"
        )
    return _other_width(head, target, target.y)


def _counts(head: Head, target: _Target) -> str | None:
    if (least := float(_values(target).min())) < 0:
        return (
            f"the loss {head.loss} takes counts, which are at least 0, but the target of "
            f"{target.where} holds {least:g}: use mean_squared_error"
        )
    return _other_width(head, target, target.y)


def _too_few_units(head: Head, target: _Target) -> str | None:
    classes = len(target.output.class_names)
    if target.task != "classification" or head.units != 1 or classes < 3:
        return None
    return (
        f"one unit separates at most two classes, but {target.where} has {classes}: give "
        f"Dense({classes}, activation='softmax') and sparse_categorical_crossentropy, or say that "
        "the task is regression (`task`)"
    )


def _other_width(head: Head, target: _Target, y: Array) -> str | None:
    """Compare the columns of the targets with the units of an output of shape (rows, units)."""
    if y.ndim > 2:
        return None
    columns = y.shape[1] if y.ndim == 2 else 1
    if head.units is None or head.shape is None or len(head.shape) != 1 or head.units == columns:
        return None
    return (
        f"the model's last layer has {counted(head.units, 'unit')}, but {target.where} has "
        f"{counted(columns, 'target')} a row: give the last layer {counted(columns, 'unit')}"
    )


def _other_axes(head: Head, target: _Target) -> str | None:
    """Compare the shape of a row of targets with that of the output, where either has more axes.

    Axes of size 1 do not count, since Keras adds or removes them; nor does what is not known.
    """
    row = target.output.row_shape
    if head.shape is None or head.loss not in _RULES:
        return None
    wanted = head.shape[:-1] if head.loss == SPARSE else head.shape
    if len(wanted) < 2 and len(row) < 2 and head.loss != SPARSE:
        return None
    given, needed = ([size for size in shape if size != 1] for shape in (row, wanted))
    if len(given) != len(needed):
        fits = None in needed
    else:
        fits = all(n is None or n == g for n, g in zip(needed, given, strict=True))
    if fits:
        return None
    return (
        f"the model's output has rows of shape {head.shape}, for which the loss {head.loss} takes "
        f"targets of shape {wanted} a row, but {target.where} has targets of shape {row} a row"
    )


def _for_classes(head: Head, target: _Target) -> str:
    return (
        f"the loss {head.loss} is for classes, but {target.where} has real targets: use mse or "
        "mae, or say that the task is classification (`task`)"
    )


def _values(target: _Target) -> Array:
    """The targets of all rows, in one line, as float64."""
    return np.concatenate([array.reshape(-1) for array in target.arrays]).astype(float)


def _is_outside(target: _Target, low: float, high: float) -> bool:
    values = _values(target)
    return bool(values.min() < low or values.max() > high)


_RULES: dict[str, Callable[[Head, _Target], str | None]] = {
    SPARSE: _class_numbers,
    COUNTS: _counts,
    **dict.fromkeys(ONE_HOT, _one_hot_rows),
    **dict.fromkeys(BINARY, _probabilities),
    **dict.fromkeys(HINGE, _signs),
    **dict.fromkeys(ERRORS, _distances),
}
"""The rule for the targets of each Keras loss."""
