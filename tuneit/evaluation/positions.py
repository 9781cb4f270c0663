"""Classes at the positions of a row: the tags of a sequence, the pixels of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors import DataError
from tuneit.evaluation.predictions import (
    Labels,
    as_labels,
    classes_by_column,
    read_predictions,
    refuse_nan,
)

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PositionTargets:
    """Targets with a class at each position, and what says that some positions do not count.

    `y` holds labels, of shape (rows, *positions) or (rows, *positions, 1), or one-hot rows of shape
    (rows, *positions, classes). `weight` (rows,) or (rows, *positions) are the sample weights,
    `mask` (rows, *positions) is what the model's layers mask, `ignored` the label that the loss
    leaves out (`ignore_class`).

    A position is left out where its weight is 0, where the mask is False, where its label is the
    ignored one, and where a one-hot row is all zeros.
    """

    y: NDArray[Any]
    weight: NDArray[Any] | None = None
    mask: NDArray[Any] | None = None
    ignored: float | None = None

    def counted(self, positions: tuple[int, ...]) -> Flags:
        """Whether each position counts, shape (rows, *positions)."""
        shape = (len(self.y), *positions)
        counts = np.ones(shape, dtype=bool)
        for given in (self.weight, self.mask):
            if given is not None and (flags := _over_positions(given, shape)) is not None:
                counts &= flags
        if self.is_one_hot(positions):
            counts &= (self.y != 0).any(axis=-1).reshape(shape)
        elif self.ignored is not None:
            counts &= self.y.reshape(shape) != self.ignored
        return counts

    def labels(self, positions: tuple[int, ...]) -> NDArray[Any]:
        """Labels of shape (rows, *positions) as the targets hold them; indices of one-hot rows."""
        if self.is_one_hot(positions):
            return np.asarray(np.argmax(self.y, axis=-1)).reshape(len(self.y), *positions)
        return self.y.reshape(len(self.y), *positions)

    def is_one_hot(self, positions: tuple[int, ...]) -> bool:
        """Whether the last axis of the targets is that of the classes."""
        return self.y.size != len(self.y) * int(np.prod(positions, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class PositionPredictions:
    """True and predicted class of each position that counts, in the order of rows.

    `counted` has shape (rows, *positions); `true`, `predicted` and `train` hold class indices,
    `predicted_maps` those of all positions, in the shape of `counted`.
    """

    class_names: tuple[str, ...]
    counted: Flags
    true: Labels
    predicted: Labels
    train: Labels
    predicted_maps: Labels

    @property
    def majority(self) -> int:
        """The most frequent class in training."""
        return int(np.bincount(self.train, minlength=len(self.class_names)).argmax())

    def counts_by_row(self) -> NDArray[np.float64]:
        """Positions of each row by class, shape (3, rows, classes): right, true, predicted."""
        rows, size = len(self.counted), len(self.class_names)
        row = np.nonzero(self.counted)[0]
        right = self.true == self.predicted

        def counted(classes: Labels, of: Labels) -> NDArray[Any]:
            found = np.bincount(of * size + classes, minlength=rows * size)
            return found.reshape(rows, size)

        return np.stack(
            [
                counted(self.true[right], row[right]),
                counted(self.true, row),
                counted(self.predicted, row),
            ]
        ).astype(np.float64)

    @property
    def left_out(self) -> int:
        """The number of positions that do not count."""
        return int(self.counted.size - self.counted.sum())


def read_positions(
    test: PositionTargets,
    outputs: Any,
    class_names: Sequence[str],
    train: PositionTargets | None,
    *,
    positions: tuple[int, ...],
    codes: Sequence[float] = (),
    threshold: float | None = None,
    from_logits: bool = False,
) -> PositionPredictions:
    """Tell class indices of truth and predictions.

    `outputs` has shape (rows, *positions, units): one unit is read as `read_predictions` does, of
    several the greatest is the class. `codes` are the numbers that stand for the classes in the
    labels. Without `train` the trivial class is that of the test targets.

    Raises DataError where outputs do not fit the positions, are NaN, or no position counts.
    """
    scores, rows = np.asarray(outputs), len(test.y)
    places = int(np.prod(positions, dtype=np.int64))
    if not rows or len(scores) != rows or scores.size % (rows * places):
        raise DataError(
            f"an evaluation needs predictions for each of the positions {positions} of "
            f"{rows} rows, but got predictions of shape {scores.shape}"
        )
    units = scores.size // (rows * places)
    if units > 1:
        class_names, codes = classes_by_column(class_names, codes, units)
    counted = test.counted(positions)
    if not counted.any():
        raise DataError("all positions of the test rows are padding or have the weight 0")
    fitted = test if train is None else train
    known = as_labels(test.labels(positions)[counted], codes)
    trained = as_labels(fitted.labels(positions)[fitted.counted(positions)], codes)
    least = max(len(class_names), int(known.max()) + 1, int(trained.max(initial=0)) + 1)
    if units > 1:
        refuse_nan(scores)
        found = np.argmax(scores.reshape(rows, *positions, units), axis=-1)
    else:
        found = read_predictions(
            scores.reshape(-1), least, threshold, from_logits=from_logits
        ).labels.reshape(rows, *positions)
    n_classes = max(least, units if units > 1 else 2, int(found.max()) + 1)
    return PositionPredictions(
        (*map(str, class_names), *map(str, range(len(class_names), n_classes))),
        counted,
        known,
        found[counted],
        trained,
        found,
    )


def _over_positions(values: NDArray[Any], shape: tuple[int, ...]) -> Flags | None:
    """Which are not 0, at each position; None where the shape is another's."""
    flags: Flags = np.asarray(values) != 0
    if flags.size == np.prod(shape):
        return flags.reshape(shape)
    if flags.shape[1:] in ((), (1,)) and len(flags) == shape[0]:
        return np.broadcast_to(flags.reshape(-1, *(1 for _ in shape[1:])), shape)
    return None
