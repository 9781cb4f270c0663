"""Where a study's data come from, one model a source."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, PositiveInt, Tag, model_validator

from tuneit.study.augment import AugmentSpec
from tuneit.study.names import Columns, Names, names_in
from tuneit.study.part import FilePath, Fraction, Name, Part, Path, Reference, RuleError

Arguments = Annotated[
    dict[str, Any], Field(default={}, description="Keyword arguments of the function.")
]


_Numbers = dict[str, Annotated[float, Field(ge=0)]]


def _form(value: object) -> str:
    return "numbers by class name" if isinstance(value, dict) else "rule"


def _form_of_outputs(value: object) -> str:
    parts = value.values() if isinstance(value, dict) else ()
    several = any(isinstance(part, dict) or part == "balanced" for part in parts)
    return "by output" if several else _form(value)


# The form is decided first, so that a wrong number is not also reported as not being 'balanced'.
_OneClassWeight = Annotated[
    Annotated[Literal["balanced"], Tag("rule")] | Annotated[_Numbers, Tag("numbers by class name")],
    Discriminator(_form),
]

ClassWeight = Annotated[
    Annotated[Literal["balanced"], Tag("rule")]
    | Annotated[_Numbers, Tag("numbers by class name")]
    | Annotated[dict[str, _OneClassWeight], Tag("by output")],
    Discriminator(_form_of_outputs),
]
"""`balanced`, or a number by class name; of several outputs either of these by output."""


class Split(Part):
    """Shares of the rows, drawn with the study's seed; `stratify` keeps class shares.

    Splits that the source gives are used, and only the missing ones are made.
    """

    validation: Fraction = Field(
        default=0.2, description="Share of the rows that trials are validated on."
    )
    test: float = Field(
        default=0.2,
        ge=0,
        lt=1,
        description="Share of the rows kept for the final evaluation; 0: none.",
    )
    stratify: bool = Field(default=True, description="Keep class shares in every split.")

    @model_validator(mode="after")
    def _leaves_training_rows(self) -> Split:
        if self.validation + self.test >= 1:
            raise ValueError(
                "validation + test < 1 must hold, so that rows are left to train on, but they are "
                f"{self.validation} + {self.test}"
            )
        return self


class _Data(Part):
    task: Literal["classification", "multilabel", "regression"] | None = Field(
        default=None,
        description="By default inferred from the model's loss and the target, with a note. "
        "multilabel: 0/1 rows with a column for each label.",
    )
    split: Split = Field(default=Split(), description="Shares for validation and test.")
    scale: Literal["standard", "minmax", "none"] = Field(
        default="none",
        description="How features are scaled. Fitted on the training split; with folds, on all "
        "rows outside the test split.",
    )
    scale_target: Literal["standard", "minmax", "none"] = Field(
        default="none",
        description="How numbers to predict are scaled in training: fitted as `scale` is; metrics "
        "and predictions are given back in the target's unit.",
    )
    folds: int | None = Field(
        default=None,
        ge=2,
        description="Cross-validation: each configuration is trained once for each fold, and its "
        "score is the mean; the test rows are in no fold.",
    )
    order: Literal["time"] | None = Field(
        default=None,
        description="time: rows are in order of time; the last ones are the test split, and no "
        "model trains on rows that come after its validation rows.",
    )
    one_hot: bool = Field(
        default=False, description="Give class targets as one-hot rows (categorical_crossentropy)."
    )
    class_weight: ClassWeight | None = Field(
        default=None,
        description="The weight of each class's training rows: balanced (rows / (classes × rows of "
        "the class)), or a number by class name; classes that are not named have 1. "
        "Of several outputs either of these by the output's name.",
    )

    augment: AugmentSpec | None = Field(
        default=None,
        description="Random changes of the inputs in training, such as {flip: horizontal, shift: "
        "0.1}; a range {max: 0.1} is searched.",
    )

    positive: str | int | float | bool | None = Field(
        default=None,
        description="Of two classes, the one that precision, recall and AUC are about; it gets the "
        "higher label. Default: the higher of two numbers, or the last of two texts in the "
        "alphabet.",
    )

    @model_validator(mode="after")
    def _has_classes(self) -> _Data:
        settings = {"class_weight": "weighs classes", "positive": "names a class"}
        problems: list[tuple[Path, str]] = [
            (
                (name,),
                f"{name} {does}, but the task is {self.task}: remove it, or set "
                "`task: classification`",
            )
            for name, does in settings.items()
            if getattr(self, name) is not None and self.task in ("regression", "multilabel")
        ]
        if self.scale_target != "none" and self.task in ("classification", "multilabel"):
            said = f"scale_target scales numbers to predict, but the task is {self.task}: remove it"
            problems.append((("scale_target",), said))
        if problems:
            raise RuleError(problems)
        return self


def _require_one_rule(data: CsvData | NpzData) -> None:
    """Raise ValueError if both groups and time are given, as only one can decide the splits."""
    other = "times" if data.times is not None else "order: time"
    if data.groups is not None and (data.times is not None or data.order is not None):
        raise ValueError(f"give groups or {other}, not both: one of them decides the splits")


class SklearnData(_Data):
    """A data set of scikit-learn (`digits`), or a generator (`make_moons`) with arguments."""

    source: Literal["sklearn"]
    name: Name = Field(description="Such as digits, wine, diabetes or make_moons.")
    arguments: Arguments


class CsvData(_Data):
    """A table with a header; columns of texts are one-hot encoded, but for those named alone."""

    source: Literal["csv"]
    path: FilePath = Field(description="The file, relative to the study file.")
    target: Columns = Field(
        description="The column to predict; a list of columns for one output of several numbers or "
        "labels; or the columns of each output by its name, such as {price: price, sold: sold}."
    )
    inputs: Columns | None = Field(
        default=None,
        description="The features, all other columns by default. A list of columns is one array; "
        "a column named alone stays as it is, for a layer that takes texts or numbers of classes; "
        "several inputs are given by name, such as {numbers: [age, height], text: note}.",
    )
    drop: tuple[str, ...] = Field(
        default=(), strict=False, description="Columns that are not features."
    )
    groups: Name | None = Field(
        default=None,
        description="A column that is no feature; rows with equal values stay in one split or "
        "fold.",
    )
    times: Name | None = Field(
        default=None,
        description="A column of numbers or dates (2024-05-31) that is no feature: rows are sorted "
        "by it, and splits and folds are made as by order: time.",
    )
    sample_weight: Name | None = Field(
        default=None,
        description="A column with the weight of each row in training; it is no feature.",
    )
    delimiter: str = Field(
        default=",", min_length=1, max_length=1, description="One character between columns."
    )
    decimal: Literal[".", ","] = Field(
        default=".", description="What stands before the decimals of a number."
    )
    missing: Literal["refuse", "drop", "mean", "median", "most_frequent"] = Field(
        default="refuse",
        description="What to do about empty cells. Unless it is refuse, rows without a target are "
        "left out.",
    )

    @model_validator(mode="after")
    def _has_roles(self) -> CsvData:
        _require_one_rule(self)
        inputs = set(() if self.inputs is None else names_in(self.inputs))
        shared = inputs & set(names_in(self.target))
        if shared and shared != inputs:
            raise ValueError(
                f"the target '{min(shared)}' is among the inputs, where it would be known: take it "
                "out (only an autoencoder's targets are its inputs, all of them)"
            )
        return self


class NpzData(_Data):
    """NumPy arrays: `x` and `y`, or `x_train`, `y_train`, and so on for given splits."""

    source: Literal["npz"]
    path: FilePath = Field(description="The file, relative to the study file.")
    x: Names = Field(
        default="x",
        description="Name of the features' array; of several inputs a list in the model's order, "
        "or a mapping by their names, such as {image: pixels, table: numbers}.",
    )
    y: Names = Field(
        default="y",
        description="Name of the target's array, or those of several outputs in the same way; an "
        "autoencoder's is that of x.",
    )
    sample_weight: Names | None = Field(
        default=None,
        description="Name of the array with the weight of each training row: w means the array w, "
        "or w_train if there is x_train. Outputs may have their own, named as in y.",
    )
    groups: Name | None = Field(
        default=None,
        description="Name of an array with a value for each training row; rows with equal values "
        "stay in one split or fold.",
    )
    times: Name | None = Field(
        default=None,
        description="Name of an array with the time of each training row: rows are sorted by it, "
        "and splits and folds are made as by order: time.",
    )

    @model_validator(mode="after")
    def _groups_or_time(self) -> NpzData:
        _require_one_rule(self)
        return self


class ImagesData(_Data):
    """A folder of images, a sub-folder for each class; also in `train/`, `validation/`, `test/`.

    Or a folder of images and a CSV file, `labels`, that lists them with their targets.
    """

    source: Literal["images"]
    path: FilePath = Field(description="The folder, relative to the study file.")
    size: tuple[PositiveInt, PositiveInt] = Field(
        default=(64, 64), strict=False, description="Height and width to resize to, in pixels."
    )
    grayscale: bool = Field(default=False, description="One channel instead of three.")
    labels: FilePath | None = Field(
        default=None,
        description="A CSV file that lists the images, in place of a sub-folder for each class; "
        "relative to the study file.",
    )
    file: Name = Field(
        default="file",
        description="The column of `labels` with each image's file, relative to `path`.",
    )
    target: Name = Field(
        default="label",
        description="The column of `labels` to predict: a class, or a number.",
    )

    @model_validator(mode="after")
    def _names_columns_of_a_table(self) -> ImagesData:
        given = self.model_fields_set & {"file", "target"}
        if given and self.labels is None:
            raise ValueError(
                f"{min(given)} is a column of `labels`, the CSV file that lists the images: name "
                "that file, or leave it out where sub-folders are the classes"
            )
        return self


class KerasData(_Data):
    """A data set of `keras.datasets` by name; its test split is used."""

    source: Literal["keras"]
    name: Name = Field(description="Such as mnist, fashion_mnist or cifar10.")
    arguments: Arguments


class PythonData(_Data):
    """A function, `data.py:load` or `package.mod:load`, returning arrays or streams of batches."""

    source: Literal["python"]
    function: Reference = Field(
        description="file.py:name beside the study file, or package.mod:name."
    )
    arguments: Arguments


_ENDINGS = {"csv": ("csv", "tsv"), "npz": ("npz",)}


def _with_source(value: object) -> object:
    """Add the source that a file's ending tells, such as csv for `path: data/wine.csv.gz`."""
    if not isinstance(value, dict) or "source" in value or not isinstance(value.get("path"), str):
        return value
    parts = value["path"].lower().split(".")[1:]
    found = next((s for s, endings in _ENDINGS.items() if set(endings) & set(parts[-2:])), None)
    return value if found is None else {"source": found, **value}


DataSpec = Annotated[
    Annotated[
        SklearnData | CsvData | NpzData | ImagesData | KerasData | PythonData,
        Field(discriminator="source"),
    ],
    BeforeValidator(_with_source),
]
