"""The dataset of a study: training, validation and test rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tuneit.data.hashed_arrays import hashed_input, hashed_parts, hashed_targets, joined_name
from tuneit.data.head import Task
from tuneit.data.nested import (
    Array,
    Nested,
    arrays_of,
    has_targets,
    is_text,
    map_arrays,
    named,
    plain_shapes,
    row_shapes,
    rows_of,
    take,
)
from tuneit.data.output import Output, codes_of
from tuneit.errors import DataError

if TYPE_CHECKING:
    from tuneit.data.scale import Scaler
    from tuneit.data.table import Encoders
    from tuneit.data.target_scale import TargetScaler

__all__ = ["Array", "Dataset", "Fold", "Nested", "Output", "Split", "Task", "take"]

Rows = NDArray[np.int64]
"""Indices of rows."""

Fold = tuple[Rows, Rows]
"""Rows to train on and rows to validate on."""


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of features and targets.

    `x` and `y` are what Keras gets: an array of shape (rows, …), or a tuple or dict of them for
    several inputs or outputs; `y` is () where the model makes its loss of the inputs alone. Targets
    keep their values, dtype and shape; texts alone are encoded.
    `weight` says how much each row counts in the training loss (float32, shape (rows,), ≥ 0; with
    several outputs also a tuple or dict of such arrays); None where all count alike. Only the
    training rows' weights are used: validation and test rows count alike in every score.
    """

    x: Nested
    y: Nested
    weight: Nested | None = None

    def __len__(self) -> int:
        return rows_of(self.y if has_targets(self.y) else self.x)

    def take(self, rows: Array) -> Split:
        """The given rows, in the given order."""
        weight = None if self.weight is None else take(self.weight, rows)
        return Split(take(self.x, rows), take(self.y, rows), weight)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Three disjoint splits; `notes` are sentences about what was inferred or left out.

    With cross-validation `folds` holds the rows of `development` (all but the test's) that each
    fold trains on and validates on; `train` and `validation` are then those of the first fold.
    `scaler` is what scaled the features, and `encoders` what encoded a table's columns, fitted on
    the training split; None, and none, where nothing did. `target_scaler` is what scaled targets.
    `class_weight` says how much a training row of each class counts, by class index, and of several
    outputs by the output's name; None where all count alike. Validation and test rows always do.
    Classes without names are called by their indices.

    `split_by` says what decided which rows stand together: rows of a group, and rows that are in
    order of time, may not be split anew at random.

    `outputs` says what the targets of each output are, in the model's order. `task` and
    `class_names` are those of the only output; with several outputs `task` is "several", and "none"
    for inputs without targets, which have no outputs here.
    """

    name: str
    task: Task | Literal["several", "none"]
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    scaler: Scaler | None = None
    encoders: Encoders = field(default_factory=dict)
    target_scaler: TargetScaler | None = None
    development: Split | None = None
    folds: tuple[Fold, ...] = ()
    class_weight: tuple[float, ...] | Mapping[str, tuple[float, ...]] | None = None
    outputs: tuple[Output, ...] = ()
    split_by: Literal["chance", "groups", "time"] = "chance"

    def __post_init__(self) -> None:
        if self.task != "none" and (not self.outputs or self._is_replaced()):
            object.__setattr__(self, "outputs", (self._only_output(),))
        if not self.class_names:
            names = self.output.class_names if self.output else ()
            object.__setattr__(self, "class_names", names)

    def _is_replaced(self) -> bool:
        """Whether `dataclasses.replace` gave the only output targets of another shape."""
        y = self.train.y
        return isinstance(y, np.ndarray) and y.shape[1:] != self.outputs[0].row_shape

    def _only_output(self) -> Output:
        """The output of a dataset that was made by hand: classes are one label a row."""
        y = self.train.y
        if self.task == "several" or self.task == "none" or isinstance(y, (dict, tuple)):
            raise DataError(
                f"the dataset '{self.name}' has targets for several outputs: say what each is "
                "(`outputs`), or make it with tuneit.data.load.dataset_from_arrays"
            )
        names, shape = self.class_names, y.shape[1:]
        if self.task == "regression":
            return Output("regression", row_shape=shape)
        one_hot = self.task == "classification" and shape[-1:] > (1,)
        codes: tuple[float, ...] = ()
        if self.task == "classification" and not one_hot:
            codes = codes_of([arrays_of(split.y)[0] for split in self.splits.values()], names)
        if not names:
            names = tuple(f"{number:g}" for number in codes or range(shape[-1]))
        return Output(self.task, "", names, codes, shape, one_hot)

    @property
    def output(self) -> Output | None:
        """The only output; None if there are several, or no targets."""
        return self.outputs[0] if len(self.outputs) == 1 else None

    @property
    def has_label_a_row(self) -> bool:
        """Whether the only output has a class for each row: rows can be stratified by it."""
        return self.output is not None and self.output.has_label_a_row

    def of_output(self, output: Output) -> Dataset:
        """The same rows with one of the outputs alone."""
        if len(self.outputs) == 1:
            return self

        def only(split: Split) -> Split:
            weight = None if split.weight is None else output.of(split.weight)
            return Split(split.x, output.of(split.y), weight)

        return replace(
            self,
            task=output.task,
            class_names=output.class_names,
            train=only(self.train),
            validation=only(self.validation),
            test=only(self.test),
            development=None if self.development is None else only(self.development),
            class_weight=self.class_weights[self.outputs.index(output)],
            outputs=(output,),
        )

    def labels(self, split: Split) -> Array:
        """Class indices (int64) of a split's targets, as `Output.labels` of the only output."""
        [output] = self.outputs
        return output.labels(output.of(split.y))

    @property
    def positive_class(self) -> str | None:
        """The class for precision, recall and AUC; None if there are not two classes."""
        two = self.task == "classification" and len(self.class_names) == 2
        return self.class_names[1] if two else None

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
    def input_shape(self) -> Any:
        """Shape of one row of features; of several inputs a tuple or dict of shapes."""
        return row_shapes(self.train.x)

    @property
    def input_shapes(self) -> dict[str, tuple[int | None, ...]]:
        """Shape of one row of each input, by its name or place; None for a length that differs."""
        return {name: array.shape[1:] for name, array in named(self.train.x)}

    @property
    def has_texts(self) -> bool:
        """Whether any input holds texts."""
        return any(map(is_text, arrays_of(self.train.x)))

    @property
    def class_weights(self) -> tuple[tuple[float, ...] | None, ...]:
        """The class weights of each output; None for an output whose classes count alike."""
        if isinstance(self.class_weight, Mapping):
            return tuple(self.class_weight.get(output.name) for output in self.outputs)
        return (self.class_weight,) * len(self.outputs)

    @property
    def weight_by_class(self) -> dict[str, Any]:
        """The class weights by class name, of several outputs by output; empty for none."""
        if self.class_weight is None:
            return {}
        named_weights = {
            output.name: dict(
                zip(self.class_names or output.class_names, map(float, weights), strict=True)
            )
            for output, weights in zip(self.outputs, self.class_weights, strict=True)
            if weights is not None
        }
        several = isinstance(self.class_weight, Mapping)
        return named_weights if several else named_weights[self.outputs[0].name]

    def row_count(self, split: str) -> int | None:
        """Rows of a split; None of a stream of unknown length."""
        return len(getattr(self, split))

    def knows_classes(self, output: Output) -> bool:
        """Whether `class_counts` counts all rows; of a stream they may be a sample's."""
        return True

    def class_counts(self, split: str, output: Output) -> Array:
        """Rows (or positions) of each class of an output in a split, shape (classes,)."""
        labels = output.labels(output.of(getattr(self, split).y)).astype(np.int64)
        least = len(output.class_names)
        return np.bincount(labels[labels >= 0], minlength=least)

    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, over all arrays, their shapes and types, and the task.

        Equal only for equal data, and the same on every machine.
        """
        digest = hashlib.sha256(f"{self.task} {self.class_names}".encode())
        if self.output is None:
            several = [(o.name, o.task, o.class_names, o.key) for o in self.outputs]
            digest.update(json.dumps(several).encode())
        for name, split in self.splits.items():
            weight = [] if split.weight is None else hashed_parts("weight", split.weight)
            targets = [
                (joined_name("y", str(o.key or "")), hashed_targets(o, o.of(split.y)))
                for o in self.outputs
            ]
            x = hashed_parts("x", map_arrays(hashed_input, split.x))
            for key, array in (*x, *targets, *weight):
                # Little-endian, so that the machine does not matter.
                plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
                digest.update(f"{name} {key} {plain.shape} {plain.dtype.str}".encode())
                digest.update(plain.tobytes())
        for fold in self.folds:
            for rows in fold:
                digest.update(np.ascontiguousarray(rows, dtype="<i8").tobytes())
        if self.class_weight is not None:
            # NumPy's own numbers are written otherwise than Python's.
            plain_weights = (
                sorted(self.weight_by_class.items())
                if isinstance(self.class_weight, Mapping)
                else [float(w) for w in self.class_weight]
            )
            digest.update(f"class_weight {plain_weights}".encode())
        return digest.hexdigest()

    def describe(self) -> dict[str, Any]:
        """Return a JSON-ready summary: rows a split, shapes, classes with counts, notes.

        `class_weight` (by class name) and `sample_weight` (least, mean and greatest of the
        training rows) are there where they are set.
        """
        weights: dict[str, Any] = {}
        if self.class_weight is not None:
            weights["class_weight"] = self.weight_by_class
        if self.train.weight is not None:
            values = np.concatenate([w.reshape(-1) for w in arrays_of(self.train.weight)])
            spread = values.min(), values.mean(dtype=np.float64), values.max()
            names = ("least", "mean", "greatest")
            weights["sample_weight"] = dict(zip(names, map(float, spread), strict=True))
        return {
            "name": self.name,
            "task": self.task,
            "rows": {n: len(getattr(self, n)) for n in ("train", "validation", "test")},
            "input_shape": plain_shapes(self.input_shape),
            "target_shape": plain_shapes(row_shapes(self.train.y)),
            "classes": self._classes(),
            **({"positive_class": self.positive_class} if self.positive_class else {}),
            **weights,
            **self._outputs(),
            "folds": len(self.folds),
            "features": list(self.feature_names),
            "scale": self.scaler.kind if self.scaler else "none",
            "notes": list(self.notes),
        }

    def _classes(self) -> dict[str, dict[str, int]]:
        """Labels of each class in each split; empty where there are no classes, or several outputs.

        With a label at each position these are counted.
        """
        if self.task != "classification":
            return {}
        [output] = self.outputs
        counts = {name: self.class_counts(name, output) for name in self.splits}
        return {
            class_name: {name: int(found[index]) for name, found in counts.items()}
            for index, class_name in enumerate(self.class_names)
        }

    def _outputs(self) -> dict[str, Any]:
        """Further keys of `describe` for multi-label rows and for several outputs."""
        if self.task == "multilabel":
            ones = {n: arrays_of(s.y)[0].astype(bool) for n, s in self.splits.items()}
            return {
                "labels": {
                    label: {name: int(y[..., i].sum()) for name, y in ones.items()}
                    for i, label in enumerate(self.class_names)
                }
            }
        if self.task != "several":
            return {}
        return {
            "outputs": [
                {
                    "name": output.name,
                    "task": output.task,
                    "classes": list(output.class_names),
                    "target_shape": list(output.row_shape),
                }
                for output in self.outputs
            ]
        }
