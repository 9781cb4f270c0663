"""Split a dataset's development rows (all but the test rows) again."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from tuneit.data.batch_form import joined
from tuneit.data.dataset import Dataset, Fold, Split
from tuneit.data.nested import map_arrays
from tuneit.data.split import cut
from tuneit.data.streamed import StreamedDataset
from tuneit.errors import DataError


def with_fresh_splits(dataset: Dataset, seeds: list[int], share: float = 1.0) -> Dataset:
    """Return the dataset with a fold for each seed, which splits the development rows anew.

    As many rows are validated on as before, stratified by class where that is possible. `share` is
    the part of the training rows that is kept; a smaller part is within a larger one of the same
    seed. Encodings and scales stay as they were fitted. Raises DataError where there are too few
    rows.
    """
    development = dataset.development or _joined(dataset.train, dataset.validation)
    count = len(development)
    of_validation = len(dataset.validation) / count
    labels = dataset.labels(development) if dataset.has_label_a_row else None
    folds = tuple(_split(count, of_validation, labels, dataset, seed, share) for seed in seeds)
    train, validation = (development.take(rows) for rows in folds[0])
    return replace(
        dataset, train=train, validation=validation, development=development, folds=folds
    )


def with_more_rows(dataset: Dataset, on: Literal["train+validation", "all"]) -> Dataset:
    """Return the dataset with more training rows: those of validation, and of the test for `all`.

    Encodings and scales stay as they were fitted. Raises DataError for streams.
    """
    if isinstance(dataset, StreamedDataset):
        raise DataError(
            f"rows of '{dataset.name}' are streamed, so that splits cannot be joined: give arrays "
            "in memory, or train the best model's builder on a stream of your own"
        )
    train = dataset.development or _joined(dataset.train, dataset.validation)
    if on == "all" and len(dataset.test):
        train = _joined(train, dataset.test)
    return replace(dataset, train=train, development=None, folds=())


def _split(
    count: int,
    of_validation: float,
    labels: np.ndarray | None,
    dataset: Dataset,
    seed: int,
    share: float,
) -> Fold:
    names = dataset.class_names
    try:
        rows = cut(
            count, {"validation": of_validation}, labels=labels, class_names=names, seed=seed
        )
    except DataError:
        if labels is None:
            raise
        # A class may have too few rows to be in both.
        rows = cut(count, {"validation": of_validation}, labels=None, class_names=names, seed=seed)
    train = rows["train"]
    kept = train[: max(1, round(share * len(train)))]
    return kept, rows["validation"]


def _joined(first: Split, second: Split) -> Split:
    weight = None
    if first.weight is not None:
        # Validation rows have no weights of their own: as training rows they count once.
        other = second.weight
        if other is None:
            other = map_arrays(lambda a: np.ones(len(second), np.float32), first.weight)
        weight = joined([first.weight, other])
    return Split(joined([first.x, second.x]), joined([first.y, second.y]), weight)
