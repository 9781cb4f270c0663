"""Folds for cross-validation, and splits that keep groups together or follow time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tuneit.data.dataset import Array, Fold, Rows
from tuneit.data.raw import SplitName
from tuneit.errors import DataError


def cut_in_time(
    n_rows: int, shares: dict[SplitName, float], moments: Array | None = None
) -> dict[SplitName, Rows]:
    """Split rows that are in order of time: the last are `test`, those before them `validation`.

    `shares` gives the splits to cut as fractions of `n_rows`. Rows of one moment (numbers of shape
    (rows,), ascending) stay in one split, so that splits differ from their shares by some rows.
    Raises DataError where nothing is left to train on.
    """
    names: list[SplitName] = [name for name in ("validation", "test") if name in shares]
    wanted: list[int] = []
    end = n_rows
    for name in reversed(names):
        end -= max(1, round(n_rows * shares[name]))
        wanted.insert(0, end)
    if end < 1:
        raise DataError(f"{n_rows} rows are too few to cut {' and '.join(shares)} from: give more")
    edges = [0, *_between_moments(wanted, n_rows, moments), n_rows]
    parts = [np.arange(begin, end) for begin, end in pairwise(edges)]
    return dict(zip(("train", *names), parts, strict=True))


def _between_moments(wanted: list[int], n_rows: int, moments: Array | None) -> list[int]:
    """Move edges (ascending row numbers) to the nearest rows where the time changes."""
    starts = np.arange(1, n_rows) if moments is None else np.flatnonzero(np.diff(moments)) + 1
    if len(starts) < len(wanted):
        raise DataError(
            f"{len(wanted) + 1} parts in order of time need as many different times, but the rows "
            f"have {len(starts) + 1}: give finer times, or fewer parts"
        )
    edges: list[int] = []
    for left in reversed(range(len(wanted))):
        # Each edge before this one needs a row of its own.
        starts = starts[starts < edges[0]] if edges else starts
        edges.insert(0, int(starts[left:][np.argmin(np.abs(starts[left:] - wanted[left]))]))
    return edges


def cut_groups(groups: Array, shares: dict[SplitName, float], seed: int) -> dict[SplitName, Rows]:
    """Split rows by whole groups at random, so that no group is in two splits.

    A split takes groups until it has its share of the rows, or the next would leave fewer
    groups than there are splits to fill. Raises DataError for fewer groups than splits.
    """
    _, number = np.unique(groups, return_inverse=True)
    sizes = np.bincount(number)
    if len(sizes) <= len(shares):
        raise DataError(
            f"{len(shares) + 1} splits need at least as many groups, but there are {len(sizes)}: "
            "give more groups, or remove `groups`"
        )
    left = np.random.default_rng([seed, len(groups)]).permutation(len(sizes)).tolist()
    splits: dict[SplitName, Rows] = {}
    for place, (name, share) in enumerate(shares.items()):
        taken: list[int] = [left.pop()]
        # Every later split, and the training rows, need a group of their own.
        while len(left) > len(shares) - place and sizes[taken].sum() < share * len(groups):
            taken.append(left.pop())
        splits[name] = np.flatnonzero(np.isin(number, taken))
    splits["train"] = np.flatnonzero(np.isin(number, left))
    return splits


def folds_in_time(n_rows: int, k: int, moments: Array | None = None) -> tuple[Fold, ...]:
    """Split rows in order of time into k + 1 blocks; each fold validates on one, but not the first.

    A fold trains on all blocks before the one that it validates on. Rows of one moment, as in
    `cut_in_time`, stay in one block.
    """
    _require(n_rows, k + 1, f"{k} folds in order of time need {k + 1} rows or more")
    wanted = np.linspace(0, n_rows, k + 2).round().astype(int)[1:-1].tolist()
    edges = [*_between_moments(wanted, n_rows, moments), n_rows]
    return tuple((np.arange(begin), np.arange(begin, end)) for begin, end in pairwise(edges))


def folds_of_groups(groups: Array, k: int, seed: int) -> tuple[Fold, ...]:
    """Distribute whole groups over k folds with about equal numbers of rows."""
    names, number = np.unique(groups, return_inverse=True)
    _require(len(names), k, f"{k} grouped folds need at least {k} groups beside those of the test")
    sizes = np.bincount(number)
    shuffled = np.random.default_rng([seed, k, len(groups)]).permutation(len(names))
    rows, fold_of = np.zeros(k, dtype=np.int64), np.zeros(len(names), dtype=np.int64)
    for group in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        fold_of[group] = int(np.argmin(rows))
        rows[fold_of[group]] += sizes[group]
    return _pairs(fold_of[number], k)


def folds_at_random(
    n_rows: int, k: int, seed: int, labels: Array | None = None
) -> tuple[Fold, ...]:
    """Distribute shuffled rows over k folds; with `labels` each fold keeps the class shares."""
    rng = np.random.default_rng([seed, k, n_rows])
    order = rng.permutation(n_rows)
    if labels is not None:
        counts = np.unique(labels, return_counts=True)[1]
        _require(
            int(counts.min()), k,
            f"{k} stratified folds need at least {k} rows of each class beside the test's",
        )  # fmt: skip
        # Sorted by class and then distributed in turn, so that folds get equal shares of each.
        order = order[np.argsort(labels[order], kind="stable")]
    _require(n_rows, k, f"{k} folds need at least {k} rows")
    fold_of = np.empty(n_rows, dtype=np.int64)
    fold_of[order] = np.arange(n_rows) % k
    return _pairs(fold_of, k)


def _pairs(fold_of: Rows, k: int) -> tuple[Fold, ...]:
    return tuple((np.flatnonzero(fold_of != i), np.flatnonzero(fold_of == i)) for i in range(k))


def _require(count: int, least: int, rule: str) -> None:
    if count < least:
        raise DataError(f"{rule}, but there are {count}: lower `folds`, or give more rows")
