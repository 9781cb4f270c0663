"""Weights of rows in the training loss: the row's own weight times the weight of its class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar

import numpy as np

from tuneit.data.dataset import Array, Dataset, Nested, Split
from tuneit.data.nested import map_arrays
from tuneit.data.output import Output, class_name
from tuneit.errors import DataError, did_you_mean, one_of

OneClassWeight = Literal["balanced"] | Mapping[Any, float]
"""A rule, or a number ≥ 0 by class name (1 where a class is not named)."""

ClassWeight = OneClassWeight | Mapping[str, OneClassWeight]
"""With several outputs also by the output's name."""

ByClass = tuple[float, ...]
"""A weight for each class of an output, in the order of its class names."""

D = TypeVar("D", bound=Dataset)


def row_weights(
    split: Split, class_weights: Sequence[ByClass | None] = (), outputs: Sequence[Output] = ()
) -> Nested | None:
    """The weight of each row: its own weight times the weight of its class.

    Returns float32 of shape (rows,), or (rows, *positions) where there is a class at each position,
    as `keras.Model.fit(sample_weight=…)` takes it; a tuple or dict of such arrays for several
    outputs; None where neither is set. `class_weights` has those of each of the `outputs`. Without
    weights of rows this is what `fit(class_weight=…)` makes of the classes, one-hot targets
    included; both together, and classes of several outputs or positions, Keras 3 refuses.
    """
    if not any(class_weights):
        own: Nested | None = split.weight
        return None if own is None else map_arrays(lambda w: w.astype(np.float32, copy=False), own)
    found: list[Array] = []
    for by_class, output in zip(class_weights, outputs, strict=True):
        given = None if split.weight is None else output.of(split.weight)
        y = output.of(split.y)
        if by_class is None:
            found.append(np.ones(len(y), np.float32) if given is None else given.astype("f4"))
        else:
            found.append(weighted(y, given, by_class, output))
    if isinstance(split.y, dict):
        keys = [str(o.key) if o.key in split.y else o.name for o in outputs]
        return dict(zip(keys, found, strict=True))
    return tuple(found) if isinstance(split.y, tuple) else found[0]


def weighted(y: Array, own: Array | None, by_class: ByClass, output: Output) -> Array:
    """The weights of one output's rows: those of their classes, times their own.

    Positions whose number is of no class weigh 1.
    """
    table = np.append(np.asarray(by_class, dtype=np.float32), np.float32(1))  # -1 is the last
    weights: Array = table[output.labels(y).astype(np.int64)]
    if own is None:
        return weights
    further = (1,) * (weights.ndim - own.ndim)
    product: Array = weights * own.astype(np.float32).reshape(*own.shape, *further)
    return product


def balanced(counts: Array) -> ByClass:
    """Weights under which all classes count alike: rows / (classes × rows of the class).

    This is scikit-learn's `compute_class_weight("balanced")` (King & Zeng 2001, Political Analysis
    9:137), over the classes that occur; `counts` has the rows of each class, (classes,). Classes
    that do not occur weigh 1.
    """
    total, present = int(counts.sum()), int(np.count_nonzero(counts))
    return tuple(total / (present * int(count)) if count else 1.0 for count in counts)


def class_weights_of(dataset: Dataset, choice: str | None) -> tuple[ByClass | None, ...]:
    """Return the class weights of each output that a value of the hyperparameter asks for.

    `none` gives no weights, `balanced` those that balance `dataset.train`, and `given` the
    dataset's own, as does None, where there is no such hyperparameter. Raises ValueError for any
    other value, for `balanced` without classes, and for `given` where the dataset has none.
    """
    given = dataset.class_weights
    if choice is None or (choice == "given" and any(given)):
        return given
    if choice == "none":
        return (None,) * len(dataset.outputs)
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
    if not any(output.task == "classification" for output in dataset.outputs):
        tasks = dict.fromkeys(output.task for output in dataset.outputs)
        why = "has no classes" if tasks == {"regression": None} else "has no single class a row"
        raise ValueError(
            f"the hyperparameter class_weight is 'balanced', but {' and '.join(tasks)} {why}: "
            "choose none"
        )
    return tuple(
        balanced(dataset.class_counts("train", output)) if output.task == "classification" else None
        for output in dataset.outputs
    )


def with_class_weights(dataset: D, asked: ClassWeight | None) -> D:
    """Give a dataset the class weights that its author asks for.

    `balanced`, with several outputs, is for all that have classes. Raises DataError for outputs
    without classes, and as `as_class_weight`.
    """
    outputs = dataset.outputs
    if asked is None:
        return dataset
    if len(outputs) == 1:
        return replace(dataset, class_weight=_of_output(asked, dataset, outputs[0], ""))
    if not isinstance(asked, Mapping):
        if not any(output.task == "classification" for output in outputs):
            raise DataError("'class_weight' is for classification, but no output is: remove it")
        by_name: dict[str, Any] = {o.name: asked for o in outputs if o.task == "classification"}
    else:
        by_name = {str(name): weights for name, weights in asked.items()}
    names = [output.name for output in outputs]
    for name, value in by_name.items():
        if name not in names or not (isinstance(value, Mapping) or value == "balanced"):
            hint = (did_you_mean(name, names) if name not in names else "") or (
                f": write such as {{{names[0]!r}: 'balanced'}}"
            )
            raise DataError(
                f"there are {len(outputs)} outputs ({', '.join(names)}), so that 'class_weight' "
                f"gives 'balanced' or numbers by class for each, but has {name!r}: {value!r}{hint}",
                at=("data", "class_weight"),
            )
    by_output = {
        o.name: _of_output(by_name[o.name], dataset, o, f" of the output '{o.name}'")
        for o in outputs
        if o.name in by_name
    }
    return replace(dataset, class_weight=by_output)


def _of_output(asked: Any, dataset: Dataset, output: Output, which: str) -> ByClass:
    if output.task != "classification":
        raise DataError(
            f"'class_weight'{which} is for classification, but this is {output.task}: remove it, "
            "or say that the task is classification (`task`)"
        )
    names = dataset.class_names if len(dataset.outputs) == 1 else output.class_names
    return as_class_weight(asked, names, dataset.class_counts("train", output))


def as_class_weight(asked: OneClassWeight, names: tuple[str, ...], counts: Array) -> ByClass:
    """Return a weight a class, in the order of `names`; `counts` are the classes' training rows.

    Raises DataError for unknown classes, for what is no finite number ≥ 0, and where no row's
    class would weigh more than 0.
    """
    if isinstance(asked, str) and asked == "balanced":
        return balanced(counts)
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
    if not any(weights[index] for index in np.flatnonzero(counts)):
        raise DataError(
            "'class_weight' makes every training row weigh 0: let one class count",
            at=("data", "class_weight"),
        )
    return weights


def as_weights(values: Any, where: str, positions: tuple[int, ...] = ()) -> Array:
    """Return the weights of a split's rows as float32; `where` names the split.

    Their shape is (rows,), or (rows, *positions) where the loss has a value at each position.
    Raises DataError for another shape, for what is no finite number ≥ 0, and for weights that are
    all 0.
    """
    plain = values.to_numpy() if hasattr(values, "to_numpy") else values
    try:
        array = np.asarray(plain)
        numbers = array.astype(np.float64) if array.dtype.kind in "biufO" else None
    except (TypeError, ValueError, OverflowError):
        numbers = None
    if numbers is None:
        raise DataError(f"weights must be numbers, but those of {where} hold others: convert them")
    if numbers.ndim > 1 and numbers.shape[-1] == 1 and numbers.shape[1:] != positions:
        numbers = numbers[..., 0]
    if numbers.shape[1:] not in ((), positions) or numbers.ndim == 0:
        many = f", or one for each of the {positions} positions" if positions else ""
        raise DataError(
            f"weights must be one number a row{many}, but those of {where} have the shape "
            f"{array.shape}"
        )
    with np.errstate(over="ignore"):
        weights = numbers.astype(np.float32)
    faulty = ~(np.isfinite(weights) & (weights >= 0))
    if faulty.any():
        raise DataError(
            f"weights must be finite and at least 0, but {faulty.sum()} of {weights.size} of "
            f"{where} are not, such as {numbers[faulty][0]:g}: mend them, or leave these rows out"
        )
    if not weights.any():
        raise DataError(f"weights must not all be 0, but those of {where} are: let some rows count")
    return weights


def _is_weight(value: Any) -> bool:
    number = isinstance(value, (int, float, np.integer, np.floating))
    # Beyond float32's range a weight would be infinite in training.
    return number and not isinstance(value, bool) and 0 <= value <= np.finfo(np.float32).max
