"""Check targets, find the task, and name the classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tuneit.data.dataset import Array, Task
from tuneit.data.head import SPARSE
from tuneit.data.output import Output, class_name
from tuneit.data.raw import SeenLabels, SplitName
from tuneit.data.target_arrays import as_targets
from tuneit.data.task import (
    OTHER_POSITIVE,
    AskModel,
    infer_task,
    infer_task_of_axes,
    is_one_hot,
    no_model,
    with_units,
)
from tuneit.errors import DataError, did_you_mean, one_of

_MOST_NAMED = 12
"""The most encoded class names that a note lists."""

_POSITIVE = ("data", "positive")
"""The study's key that names the positive class."""

MAX_CLASSES_AT_POSITIONS = 100_000
"""Larger class numbers count as codes and not as indices (of a large vocabulary)."""


@dataclass(frozen=True, eq=False)
class Targets:
    """Targets of one output by split; `notes` says what was inferred or encoded, and why.

    `class_names` names the classes, `codes` are the numbers that stand for them in the values, in
    ascending order; without codes classes are the last axis of one-hot targets.
    """

    task: Task
    values: dict[SplitName, Array]
    class_names: tuple[str, ...]
    notes: tuple[str, ...]
    codes: tuple[float, ...] = ()

    @property
    def output(self) -> Output:
        """What these targets are, as those of the only output."""
        return Output(
            task=self.task,
            class_names=self.class_names,
            codes=self.codes,
            row_shape=self.values["train"].shape[1:],
            is_one_hot=self.task == "classification" and not self.codes,
        )


def read_targets(
    raw: Mapping[SplitName, Any],
    task: Task | None = None,
    one_hot: bool = False,
    class_names: tuple[str, ...] = (),
    positive: object = None,
    ask: AskModel = no_model,
    name: str = "",
    labels: SeenLabels | None = None,
) -> Targets:
    """Check the targets of one output in all splits, and tell the task where it is None.

    Numbers and booleans keep their values, dtype and shape, since that is what Keras gets: (rows,),
    (rows, 1) or (rows, …). Texts become the whole numbers 0, 1, … in alphabetical order (int64),
    and a note says so. Only `one_hot`, which the study asks for, makes float32 rows of shape
    (rows, classes) of a column of classes. `class_names` are the names of the classes 0, 1, …
    `positive` names the class of two that gets the higher number. `ask` is as in `infer_task`.
    `name` is the output's, for messages. `labels` are those of all rows, where `raw` is a sample.

    Raises DataError for missing, complex or ragged targets, for 0/1 rows of which nobody knows what
    they mean, and for a task that the targets cannot serve.
    """
    what = f"target '{name}'" if name else "target"
    arrays = as_targets(raw, what)
    rows = np.concatenate(list(arrays.values())) if len(arrays) > 1 else arrays["train"]
    if rows.ndim > 1 and rows.shape[1:] != (1,):
        targets = _of_axes(arrays, rows, task, class_names, ask)
    else:
        targets = _column(arrays, rows.reshape(-1), task, class_names, ask, labels)
    texts = rows.dtype.kind in "UT"
    if positive is not None:
        swapped = _with_positive(targets, class_name(positive))
        targets = replace(swapped, notes=targets.notes) if texts else swapped
    if texts:
        targets = replace(targets, notes=(*targets.notes, _encoding(targets, positive is None)))
    return _as_one_hot(targets) if one_hot and targets.codes else targets


def _of_axes(
    arrays: dict[SplitName, Array],
    rows: Array,
    task: Task | None,
    names: tuple[str, ...],
    ask: AskModel,
) -> Targets:
    """Targets of several numbers a row: one-hot, a class at each position, labels, or numbers."""
    if task is None:
        task, one_hot, why = infer_task_of_axes(rows, ask)
    else:
        head = ask() if task == "classification" and rows.ndim == 2 else None
        by_number = head is not None and head.loss == SPARSE
        one_hot, why = is_one_hot(rows) and not by_number, ""
        if task == "classification" and rows.ndim == 2 and not one_hot and not by_number:
            raise _no_class_a_row(rows)
    if task is None:
        raise _no_class_a_row(rows)
    if task == "regression":
        _require_numbers(arrays)
        return Targets("regression", arrays, (), (why,) if why else ())
    width = rows.shape[-1]
    by_axis = names if len(names) == width else tuple(str(i) for i in range(width))
    if task == "multilabel":
        if not np.isin(rows, (0, 1)).all():
            raise DataError(
                "multi-label targets hold 0 or 1 for each label, but this target holds "
                f"{rows[~np.isin(rows, (0, 1))][0]:g}: recode it, or choose another task"
            )
        note = why or f"targets are 0/1 rows of {width} labels"
        return Targets("multilabel", arrays, by_axis, (note,))
    if one_hot:
        kind = "rows" if rows.ndim == 2 else f"at each position of rows of shape {rows.shape[1:-1]}"
        note = f"targets are one-hot {kind} of {width} classes"
        return Targets("classification", arrays, by_axis, (note,))
    return _at_positions(arrays, rows, names, why, ask)


def _at_positions(
    arrays: dict[SplitName, Array],
    rows: Array,
    names: tuple[str, ...],
    why: str,
    ask: AskModel,
) -> Targets:
    """A class number at each position: the tags of a sequence, the pixels of a segmentation.

    Classes are those of the model's units, as not each need occur, or those that occur.
    """
    if rows.dtype.kind not in "biuf" or not _are_whole(rows):
        raise DataError(
            "classification of each position needs whole numbers for classes, but the target of "
            f"shape {rows.shape} holds others: say that the task is regression (`task`)"
        )
    head = ask()
    ignored = None if head is None else head.ignored
    found = np.unique(rows[rows != ignored] if ignored is not None else rows).astype(float)
    low, high = found.min(initial=0), found.max(initial=-1)
    count = max(int(high) + 1, len(names), (head.units or 0) if head and head.loss == SPARSE else 0)
    counted = low >= 0 and count <= MAX_CLASSES_AT_POSITIONS
    codes = tuple(map(float, range(count))) if counted else tuple(found.tolist())
    known = names if len(names) == len(codes) else tuple(class_name(code) for code in codes)
    steps = "×".join(map(str, rows.shape[1:]))
    note = why or f"targets are one of {len(codes)} classes at each of {steps} positions a row"
    return Targets("classification", arrays, known, (note,), codes)


def _no_class_a_row(rows: Array) -> DataError:
    if np.isin(rows, (0, 1)).all():
        return DataError(
            "classification needs one class a row, but the target holds 0/1 rows with several ones "
            "(multi-label): say that the task is multilabel (`task`), choose one column, or say "
            "that it is regression to train on them as numbers"
        )
    return DataError(
        "classification needs one class a row, but the target holds several numbers a row: choose "
        "one column, or say that the task is regression (`task`) to train on them as numbers"
    )


def _column(
    arrays: dict[SplitName, Array],
    column: Array,
    task: Task | None,
    names: tuple[str, ...],
    ask: AskModel,
    labels: SeenLabels | None,
) -> Targets:
    """Targets of one number, boolean or text a row."""
    if task == "multilabel":
        raise DataError(
            "multi-label targets are 0/1 rows with a column for each label, but this target has "
            "one column: say that the task is classification (`task`)"
        )
    if labels is not None:
        column = np.concatenate([column, np.asarray(labels.values)])
    decided, why = (task, "") if task else infer_task(column, ask)
    notes = (why,) if why else ()
    if decided == "regression":
        _require_numbers(arrays)
        return Targets("regression", arrays, (), notes)
    classes = np.unique(column)
    if labels is not None and not labels.whole:
        classes = with_units(classes, ask())
    if labels is None and len(classes) > len(column) / 2 and len(classes) > 2:
        raise _no_classes(classes, len(column))
    known = tuple(class_name(value) for value in classes.tolist())
    if classes.dtype.kind in "UT":
        values = {
            name: np.searchsorted(classes, array).astype(np.int64) for name, array in arrays.items()
        }
        return Targets("classification", values, known, notes, tuple(range(len(classes))))
    if names and classes[0] >= 0 and classes[-1] < len(names) and _are_whole(classes):
        known = tuple(str(names[int(i)]) for i in classes)
    return Targets("classification", arrays, known, notes, tuple(classes.astype(float).tolist()))


def _no_classes(distinct: Array, rows: int) -> DataError:
    """Of a target whose values hardly ever occur twice."""
    texts = distinct.dtype.kind in "UT"
    step = (
        f"name another target, or, if '{distinct[0]}' is a number, write it in digits alone"
        if texts
        else "say that the task is regression (`task`), or name another target"
    )
    return DataError(
        f"classification needs classes that occur more than once, but the target has "
        f"{len(distinct)} distinct {'texts' if texts else 'values'} in {rows} rows: {step}"
    )


def _with_positive(targets: Targets, positive: str) -> Targets:
    """Swap two classes where needed: `positive` gets the higher number, or the last column."""
    names, codes = targets.class_names, targets.codes
    if targets.task != "classification":
        raise DataError(
            f"`positive` names a class ('{positive}'), but this is {targets.task}: remove it, or "
            "say that the task is classification (`task`)"
        )
    if positive not in names:
        hint = did_you_mean(positive, names) or f"; it has {one_of(names[:_MOST_NAMED])}"
        raise DataError(
            f"`positive` names the class '{positive}', which the target lacks{hint}", at=_POSITIVE
        )
    if len(names) != 2:
        raise DataError(
            f"`positive` names one of two classes, but the target has {len(names)}: remove it",
            at=_POSITIVE,
        )
    if positive == names[1]:
        return targets
    if not codes:
        values = {name: y[:, ::-1] for name, y in targets.values.items()}
        said = f"the columns of '{names[0]}' and '{names[1]}' change places"
    else:
        low, high = codes
        values = {
            name: np.where(y == low, high, low).astype(y.dtype)
            for name, y in targets.values.items()
        }
        said = f"the labels {low:g} and {high:g} change places"
    note = f"{said}, so that '{positive}' is the positive class"
    return replace(targets, values=values, class_names=names[::-1], notes=(*targets.notes, note))


def _encoding(targets: Targets, by_default: bool) -> str:
    """The note that says which number stands for which text."""
    pairs = [
        f"'{name}' is {code:g}"
        for name, code in zip(targets.class_names, targets.codes, strict=True)
    ]
    more = f", … ({len(pairs)} classes)" if len(pairs) > _MOST_NAMED else ""
    note = (
        f"texts of the target are encoded as whole numbers: {', '.join(pairs[:_MOST_NAMED])}{more}"
    )
    if len(pairs) == 2 and by_default:
        note += f"; '{targets.class_names[1]}' is the positive class{OTHER_POSITIVE}"
    return note


def _as_one_hot(targets: Targets) -> Targets:
    eye = np.eye(len(targets.codes), dtype=np.float32)
    rows = {name: eye[targets.output.labels(y)] for name, y in targets.values.items()}
    return replace(targets, values=rows, codes=())


def _require_numbers(arrays: Mapping[SplitName, Array]) -> None:
    """Raise DataError for texts and for numbers too large for float32, in which Keras computes."""
    for name, array in arrays.items():
        if array.dtype.kind in "UT":
            raise DataError(
                f"regression needs numbers, but the {name} target holds texts such as "
                f"'{array.reshape(-1)[0]}': say that the task is classification (`task`), or "
                "convert it"
            )
        with np.errstate(over="ignore"):
            if not np.isfinite(array.astype(np.float32)).all():
                raise DataError(f"the {name} target has values too large for float32: rescale it")


def _are_whole(values: Array) -> bool:
    return bool(np.all(values == np.round(values)))
