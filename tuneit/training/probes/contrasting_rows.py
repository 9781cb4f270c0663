"""Choose rows with different inputs, and with targets that differ as much as possible."""

from __future__ import annotations

from typing import Any

import numpy as np

from tuneit.errors import DataError
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

LOOKED_AT = 1024
"""Rows are chosen from at most this many, which are spaced evenly over the data."""


def contrasting_rows(model: Any, x: Any, y: Any, count: int = 2) -> tuple[Any, Any]:
    """Return `count` rows of `x` and `y` as tensors; their inputs differ, if so many different
    exist.

    Two rows are those whose targets differ most; more rows have targets from the whole range. If
    the model has a fixed batch size, the rows are repeated until a batch is full. Raises DataError
    for data that are no rows, and where no two rows have different inputs and targets.
    """
    lengths = {len(part) for part in keras.tree.flatten((x, y))}
    if len(lengths) != 1 or 0 in lengths:
        raise DataError(
            f"can_overfit needs as many rows of x as of y, at least one, but got {sorted(lengths)}"
        )
    [given] = lengths
    among = np.unique(np.linspace(0, given - 1, LOOKED_AT).astype(int))
    targets = np.hstack([_numbers(np.asarray(part)[among]) for part in keras.tree.flatten(y)])
    inputs = [np.asarray(part) for part in keras.tree.flatten(x)]
    one = int(np.argmax(_distance(targets, targets.mean(axis=0))))
    distance = _distance(targets, targets[one])
    others = (
        int(other)
        for other in np.argsort(-distance, kind="stable")
        if distance[other] > 0
        and any(np.any(part[among[one]] != part[among[other]]) for part in inputs)
    )
    other = next(others, None)
    if other is None:
        raise DataError(
            "can_overfit needs two rows with different inputs and different targets, but among "
            f"{len(among)} rows there are none: give it rows of several classes or values"
        )
    chosen = np.array([one, other])
    if count > 2:
        whole = np.hstack([part[among].reshape(len(among), -1) for part in inputs])
        unlike = np.unique(whole, axis=0, return_index=True)[1]
        ordered = unlike[np.argsort(distance[unlike], kind="stable")]
        chosen = ordered[np.unique(np.linspace(0, len(ordered) - 1, count).astype(int))]
    rows = np.resize(among[chosen], _size(model, len(chosen)))

    def taken(structure: Any) -> Any:
        cut = keras.tree.map_structure(
            lambda part: keras.ops.convert_to_tensor(np.asarray(part)[rows]), structure
        )
        # tf.data would stack a list.
        return tuple(cut) if isinstance(cut, list) else cut

    return taken(x), taken(y)


def _numbers(part: Any) -> Any:
    try:
        return np.nan_to_num(part.reshape(len(part), -1).astype(np.float64))
    except ValueError:
        raise DataError(
            f"can_overfit needs targets as the loss takes them, but got {part.dtype}: encode them"
        ) from None


def _distance(targets: Any, point: Any) -> Any:
    return np.square(targets - point).sum(axis=1)


def _size(model: Any, wanted: int) -> int:
    inputs = getattr(model, "inputs", None) or ()
    return min((t.shape[0] for t in inputs if t.shape and t.shape[0]), default=wanted)
