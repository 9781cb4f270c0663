"""The dataset of a study: training, validation and test rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuneit.data.head import Task

if TYPE_CHECKING:
    from tuneit.data.scale import Scaler

__all__ = ["Array", "Dataset", "Features", "Fold", "Rows", "Split", "Task", "take"]

Array = NDArray[Any]
Features = Array | dict[str, Array]
"""One array of shape (rows, …), or one array per named model input."""

_MOST_INDICES = 100_000
"""Classes with larger numbers are coded by their numbers; smaller ones are indices from 0."""

Rows = NDArray[np.int64]
"""Indices of rows."""

Fold = tuple[Rows, Rows]
"""Rows to train on and rows to validate on."""


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of features and targets.

    `y` is what Keras gets: targets with the values and dtype that were given, of shape (rows,),
    (rows, 1) or (rows, outputs); only texts are encoded, as numbers. `codes` are the numbers that
    stand for the classes in `y`, ascending, in the order of the class names; () for one-hot rows
    and for real targets. `weight` is each row's weight in the training loss (float32, shape
    (rows,), ≥ 0); None where all count alike. Only training rows are weighted: validation and test
    rows count alike in every score.
    """

    x: Features
    y: Array
    weight: Array | None = None
    codes: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.y)

    def labels(self) -> Array:
        """Class indices (int64, shape (rows,)) of the targets; real ones as they are, (rows,)."""
        labels: Array = self.y.reshape(len(self.y), -1)
        if self.is_one_hot:
            labels = np.argmax(labels, axis=1)
        elif self.codes:
            labels = np.searchsorted(self.codes, labels[:, 0])
        else:
            labels = labels[:, 0]
        return labels

    @property
    def is_one_hot(self) -> bool:
        """Whether targets of classes are one-hot rows rather than a column of numbers."""
        return self.y.ndim == 2 and self.y.shape[1] > 1

    def take(self, rows: Array) -> Split:
        """The given rows, in the given order."""
        weight = None if self.weight is None else self.weight[rows]
        return Split(take(self.x, rows), self.y[rows], weight, self.codes)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Three disjoint splits; `notes` are sentences about what was inferred or left out.

    With cross-validation `development` holds all rows but the test's, and `folds` the indices of
    the rows in it that each fold trains on and validates on; `train` and `validation` are then
    those of the first fold. `scaler` has scaled the features, fitted on the training split; None
    for unscaled features. `class_weight` is the weight of a training row by class index; None
    where all count alike. Classes without names are named by their indices.
    """

    name: str
    task: Task
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    scaler: Scaler | None = None
    development: Split | None = None
    folds: tuple[Fold, ...] = ()
    class_weight: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.task == "classification":
            self._number_classes()

    def _number_classes(self) -> None:
        """Fill in the codes and names of the classes where they were not given."""
        codes = self.train.codes
        if not codes and not self.train.is_one_hot:
            codes = _codes(tuple(self.splits.values()), self.class_names)
            for name in ("train", "validation", "test", "development"):
                split = getattr(self, name)
                if split is not None:
                    object.__setattr__(self, name, replace(split, codes=codes))
        if not self.class_names:
            numbers = codes or tuple(range(self.train.y.shape[1]))
            object.__setattr__(self, "class_names", tuple(f"{number:g}" for number in numbers))

    @property
    def positive_class(self) -> str | None:
        """The class whose precision, recall and AUC are measured; None where there are not two."""
        return self.class_names[1] if len(self.class_names) == 2 else None

    def of_execution(self, index: int) -> Dataset:
        """The data of a trial's execution `index`, from 0: with folds, those of its fold."""
        if self.development is None or not self.folds:
            return self
        train, validation = self.folds[index % len(self.folds)]
        return replace(
            self,
            train=self.development.take(train),
            validation=self.development.take(validation),
        )

    @property
    def splits(self) -> dict[str, Split]:
        """The splits by name: `train`, `validation`, and `test` unless it has no rows."""
        splits = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: split for name, split in splits.items() if name != "test" or len(split)}

    @property
    def input_shape(self) -> tuple[int, ...] | dict[str, tuple[int, ...]]:
        """Shape of one row of features."""
        x = self.train.x
        if isinstance(x, dict):
            return {name: array.shape[1:] for name, array in x.items()}
        return x.shape[1:]

    @property
    def weight_by_class(self) -> dict[str, float]:
        """The class weights by class name, empty for none."""
        if self.class_weight is None:
            return {}
        return dict(zip(self.class_names, map(float, self.class_weight), strict=True))

    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, over all arrays, their shapes and types, and the task.

        Equal only for equal data, and the same on every machine.
        """
        digest = hashlib.sha256(f"{self.task} {self.class_names}".encode())
        for name, split in self.splits.items():
            weight = () if split.weight is None else (("weight", split.weight),)
            for key, array in (*_named(split.x), ("y", self._hashed(split)), *weight):
                # Little-endian, so that the machine does not matter.
                plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
                digest.update(f"{name} {key} {plain.shape} {plain.dtype.str}".encode())
                digest.update(plain.tobytes())
        for fold in self.folds:
            for rows in fold:
                digest.update(np.ascontiguousarray(rows, dtype="<i8").tobytes())
        if self.class_weight is not None:
            # NumPy's own numbers are written otherwise than Python's.
            digest.update(f"class_weight {[float(w) for w in self.class_weight]}".encode())
        return digest.hexdigest()

    def _hashed(self, split: Split) -> Array:
        """The targets in the form that earlier versions of tuneit hashed.

        So studies of these versions resume where they trained on the same values: class indices
        from 0, and real numbers in float32. They changed other targets; such a study does not
        resume.
        """
        if self.task == "regression" or split.is_one_hot:
            return split.y.astype(np.float32)
        if split.codes == tuple(range(len(split.codes))):
            return split.labels()
        return split.y.reshape(len(split)).astype(np.float64)

    def describe(self) -> dict[str, Any]:
        """Return a JSON-ready summary: rows a split, shapes, classes with counts, notes.

        `class_weight` (by class name) and `sample_weight` (least, mean and greatest of the
        training rows) are there where they are set.
        """
        shape = self.input_shape
        weight = self.train.weight
        weights: dict[str, Any] = {}
        if self.class_weight is not None:
            weights["class_weight"] = self.weight_by_class
        if weight is not None:
            values = weight.min(), weight.mean(dtype=np.float64), weight.max()
            names = ("least", "mean", "greatest")
            weights["sample_weight"] = dict(zip(names, map(float, values), strict=True))
        return {
            "name": self.name,
            "task": self.task,
            "rows": {
                "train": len(self.train),
                "validation": len(self.validation),
                "test": len(self.test),
            },
            "input_shape": (
                {name: list(one) for name, one in shape.items()}
                if isinstance(shape, dict)
                else list(shape)
            ),
            "target_shape": list(self.train.y.shape[1:]),
            "classes": {
                class_name: {
                    name: int(np.sum(split.labels() == index))
                    for name, split in self.splits.items()
                }
                for index, class_name in enumerate(self.class_names)
            },
            **({"positive_class": self.positive_class} if self.positive_class else {}),
            **weights,
            "folds": len(self.folds),
            "features": list(self.feature_names),
            "scale": self.scaler.kind if self.scaler else "none",
            "notes": list(self.notes),
        }


def _codes(splits: tuple[Split, ...], names: tuple[str, ...]) -> tuple[float, ...]:
    """The numbers that stand for classes: 0, 1, … where all are indices, else those that occur."""
    found = np.unique(np.concatenate([split.y.reshape(-1) for split in splits])).astype(float)
    count = max(len(names), int(found.max(initial=-1)) + 1)
    if count <= _MOST_INDICES and np.isin(found, np.arange(count)).all():
        return tuple(range(count))
    return tuple(found.tolist())


def _named(x: Features) -> list[tuple[str, Array]]:
    return sorted(x.items()) if isinstance(x, dict) else [("x", x)]


def take(x: Features, rows: Array) -> Features:
    """The given rows of one array, or of each of several."""
    if isinstance(x, dict):
        return {name: array[rows] for name, array in x.items()}
    return x[rows]
