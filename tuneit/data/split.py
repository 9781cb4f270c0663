"""Split rows into training, validation and test."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tuneit.data.dataset import Array, Rows
from tuneit.data.raw import SplitName
from tuneit.errors import DataError
from tuneit.errors.wording import counted


def cut(
    n_rows: int,
    shares: dict[SplitName, float],
    *,
    labels: Array | None,
    class_names: tuple[str, ...],
    seed: int,
) -> dict[SplitName, Rows]:
    """Cut the rows 0 … n_rows - 1 into disjoint splits; `train` gets the rest.

    `shares` gives the splits to cut as fractions of `n_rows`. With `labels` (class indices of
    shape (rows,)) every split keeps the classes' shares as nearly as whole rows allow, and holds
    at least one row of each class; without them rows are drawn at random. Equal seeds give equal
    splits, and each split is shuffled.

    Raises DataError where a split would stay empty, or a class has fewer rows than splits.
    """
    rng = np.random.default_rng([seed, n_rows])
    sizes = {name: max(1, round(n_rows * share)) for name, share in shares.items()}
    if sum(sizes.values()) >= n_rows:
        raise DataError(
            f"{counted(n_rows, 'row')} cannot be cut into {len(sizes) + 1} splits: give more rows, "
            "or splits of your own"
        )
    if labels is not None:
        _require_rows_per_class(labels, len(sizes) + 1, class_names)
    left = rng.permutation(n_rows)
    splits: dict[SplitName, Rows] = {}
    remaining = len(sizes)
    for name, size in sizes.items():
        if labels is None:
            taken = np.arange(len(left)) < size
        else:
            taken = _stratified(labels[left], size / len(left), remaining)
        splits[name] = left[taken]
        left = left[~taken]
        remaining -= 1
    splits["train"] = left
    return splits


def _require_rows_per_class(labels: Array, n_splits: int, class_names: tuple[str, ...]) -> None:
    counts = np.bincount(labels, minlength=len(class_names))
    poor = [(int(counts[i]), i) for i in range(len(counts)) if 0 < counts[i] < n_splits]
    if poor:
        count, index = min(poor)
        more = f" (and {len(poor) - 1} more classes)" if len(poor) > 1 else ""
        raise DataError(
            f"stratified splits need at least {n_splits} rows a class, but class "
            f"'{class_names[index]}' has {count}{more}: set `stratify: false`, merge or drop the "
            "class, or add rows of it"
        )


def _stratified(labels: Array, share: float, splits_left: int) -> NDArray[np.bool_]:
    """Mark the first rows of each class, as many as give the marked rows the class shares.

    Fractions are rounded by the largest remainder. Each class gives at least one row, and keeps at
    least one for each of the `splits_left` splits that are still to be filled.
    """
    classes, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    exact = counts * share
    allotted = np.floor(exact).astype(np.int64)
    short = round(len(labels) * share) - int(allotted.sum())
    # A stable sort: of equal remainders the lower class comes first, on every machine.
    order = np.argsort(-(exact - allotted), kind="stable")
    allotted[order[:short]] += 1
    allotted = np.clip(allotted, 1, counts - splits_left)
    taken = np.zeros(len(labels), dtype=np.bool_)
    for index in range(len(classes)):
        taken[np.flatnonzero(inverse == index)[: allotted[index]]] = True
    return taken
