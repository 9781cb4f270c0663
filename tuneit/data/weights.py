"""Weights of rows in the training loss: the row's own weight times that of its class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from tuneit.data.dataset import Array, Dataset, Nested, Split
from tuneit.data.nested import map_arrays
from tuneit.data.output import Output
from tuneit.data.target import class_name
from tuneit.errors import DataError, did_you_mean, one_of

ClassWeight = Literal["balanced"] | Mapping[Any, float]
"""A rule, or a number ≥ 0 by class name (1 where a class is not named)."""


def row_weights(
    split: Split, class_weight: tuple[float, ...] | None, output: Output | None = None
) -> Nested | None:
    """How much each row counts: its own weight times the weight of its class.

    Returns float32 of shape (rows,), as `keras.Model.fit(sample_weight=…)` takes it, or a tuple or
    dict of such arrays for several outputs; None where neither is set. `output` is the only one,
    whose classes the class weights are of. Without weights of rows this is what
    `fit(class_weight=…)` makes of the classes, one-hot targets included; both together Keras 3
    refuses, and Keras 2 and scikit-learn multiply.
    """
    if class_weight is None:
        own: Nested | None = split.weight
        return None if own is None else map_arrays(lambda w: w.astype(np.float32, copy=False), own)
    assert output is not None
    by_class = np.asarray(class_weight, dtype=np.float32)
    weights: Array = by_class[output.labels(output.of(split.y)).astype(np.int64)]
    if split.weight is None:
        return weights
    assert isinstance(split.weight, np.ndarray)
    return weights * split.weight.astype(np.float32)


def balanced(labels: Array, n_classes: int) -> tuple[float, ...]:
    """Weights under which all classes count alike: rows / (classes × rows of the class).

    This is scikit-learn's `compute_class_weight("balanced")` (King & Zeng 2001, Political Analysis
    9:137), over the classes that occur in `labels` (class indices of shape (rows,)); classes that
    do not occur weigh 1.
    """
    counts = np.bincount(np.asarray(labels, dtype=np.int64), minlength=n_classes)
    present = int(np.count_nonzero(counts))
    return tuple(len(labels) / (present * int(count)) if count else 1.0 for count in counts)


def class_weight_of(dataset: Dataset, choice: str | None) -> tuple[float, ...] | None:
    """Return the class weights that a value of the hyperparameter `class_weight` asks for.

    `none` gives no weights, `balanced` those that balance `dataset.train`, and `given` the
    dataset's own, as does None, where there is no such hyperparameter. Raises ValueError for any
    other value, for `balanced` without classes, and for `given` where the dataset has none.
    """
    if choice is None or (choice == "given" and dataset.class_weight is not None):
        return dataset.class_weight
    if choice == "none":
        return None
    if choice == "given":
        raise ValueError(
            "the hyperparameter class_weight is 'given', but the data have no class weights: set "
            "`data.class_weight`, or choose none or balanced"
        )
    if choice != "balanced":
        raise ValueError(
            "the hyperparameter class_weight is reserved for none, balanced or given, but is "
            f"{choice!r}: choose one of these, or rename a hyperparameter of the model's own"
        )
    if not dataset.has_label_a_row:
        why = "has no classes" if dataset.task == "regression" else "has no single class a row"
        raise ValueError(
            f"the hyperparameter class_weight is 'balanced', but {dataset.task} {why}: choose none"
        )
    labels = dataset.labels(dataset.train)
    # Hand-made datasets need not name their classes.
    return balanced(labels, len(dataset.class_names) or int(labels.max()) + 1)


def as_class_weight(asked: ClassWeight, names: tuple[str, ...], labels: Array) -> tuple[float, ...]:
    """Return a weight a class, in the order of `names`; `labels` are the rows to balance.

    Raises DataError for unknown classes, for what is no finite number ≥ 0, and where no row's
    class would weigh more than 0.
    """
    if isinstance(asked, str) and asked == "balanced":
        return balanced(labels, len(names))
    if not isinstance(asked, Mapping):
        raise DataError(
            "'class_weight' must be 'balanced' or a number for each class name, but is "
            f"{asked!r}: write such as {{{names[0]!r}: 2.0}}"
        )
    given = {class_name(key): value for key, value in asked.items()}
    for name, value in given.items():
        if name not in names:
            hint = did_you_mean(name, names) or f"; they have {one_of(names[:12])}"
            raise DataError(
                f"'class_weight' names the class '{name}', which the data lack{hint}",
                at=("data", "class_weight", name),
            )
        if not _is_weight(value):
            raise DataError(
                f"a class weight must be a number of at least 0, but that of '{name}' is {value!r}",
                at=("data", "class_weight", name),
            )
    weights = tuple(float(given.get(name, 1.0)) for name in names)
    if not any(weights[index] for index in np.unique(labels)):
        raise DataError(
            "'class_weight' makes every training row weigh 0: let one class count",
            at=("data", "class_weight"),
        )
    return weights


def as_weights(values: Any, where: str) -> Array:
    """Return the weights of a split's rows as float32 of shape (rows,); `where` names the split.

    Raises DataError for what is no finite number ≥ 0, and for weights that are all 0.
    """
    plain = values.to_numpy() if hasattr(values, "to_numpy") else values
    try:
        array = np.asarray(plain)
        numbers = array.astype(np.float64) if array.dtype.kind in "biufO" else None
    except (TypeError, ValueError, OverflowError):
        numbers = None
    if numbers is None:
        raise DataError(f"weights must be numbers, but those of {where} hold others: convert them")
    if numbers.ndim == 2 and numbers.shape[1] == 1:
        numbers = numbers[:, 0]
    if numbers.ndim != 1:
        raise DataError(
            f"weights must be one number a row, but those of {where} have the shape {array.shape}"
        )
    with np.errstate(over="ignore"):
        weights = numbers.astype(np.float32)
    faulty = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(faulty):
        raise DataError(
            f"weights must be finite and at least 0, but {len(faulty)} of {len(weights)} of {where}"
            f" are not, such as {numbers[faulty[0]]:g}: mend them, or leave these rows out"
        )
    if not weights.any():
        raise DataError(f"weights must not all be 0, but those of {where} are: let some rows count")
    return weights


def _is_weight(value: Any) -> bool:
    number = isinstance(value, (int, float, np.integer, np.floating))
    # Beyond float32's range a weight would be infinite in training.
    return number and not isinstance(value, bool) and 0 <= value <= np.finfo(np.float32).max
