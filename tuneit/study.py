"""A study: everything that a study.yaml, version 1, can say, as frozen pydantic models.

Positions, duplicate keys and "did you mean" belong to `study_file`; the rules between values
belong here, so that a study written in Python meets the same ones.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    field_validator,
    model_validator,
)

from tuneit.space import Boolean, Choice, Condition, Fixed, Float, Int, Parameter, Scalar
from tuneit.trials import Goal, Objective

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

STRATEGIES = ("grid", "random", "bayesian", "optuna")
PRUNERS = ("none", "median", "percentile", "hyperband", "asha", "patient", "threshold")

RESERVED = ("batch_size", "epochs")
"""Hyperparameters that go to `fit`, not to the builder."""


def parse_seconds(value: object) -> object:
    """Read `90`, `90s`, `10m`, `1.5h` or `1h30m` as seconds; leave the rest to pydantic."""
    if not isinstance(value, str):
        return value
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([smhd])", value)
    if not parts or re.sub(r"(\d+(?:\.\d+)?)\s*([smhd])", "", value).strip():
        raise ValueError(f"a duration is a number with s, m, h or d, such as 10m, but is '{value}'")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


Seconds = Annotated[float, BeforeValidator(parse_seconds), Field(gt=0)]
Fraction = Annotated[float, Field(gt=0, lt=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _named(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


# ---------------------------------------------------------------------------- data


class Split(_Part):
    """Shares of the rows, seeded by the study; `stratify` keeps class shares (classification).

    Splits that the source itself gives are respected, and only the missing ones are cut.
    """

    validation: Fraction = 0.2
    test: Fraction = 0.2
    stratify: bool = True

    @model_validator(mode="after")
    def _leaves_training_rows(self) -> Split:
        if self.validation + self.test >= 1:
            raise ValueError(
                "validation + test < 1 must hold, so that rows are left to train on, but they are "
                f"{self.validation} + {self.test}"
            )
        return self


class _Data(_Part):
    task: Literal["classification", "regression"] | None = Field(
        default=None, description="Inferred from the target where absent, and said so."
    )
    split: Split = Split()
    scale: Literal["standard", "minmax", "none"] = Field(
        default="none", description="Fitted on the training split alone."
    )
    one_hot: bool = Field(
        default=False, description="Give class targets as one-hot rows (categorical_crossentropy)."
    )


class SklearnData(_Data):
    """A set bundled with scikit-learn (`digits`) or a generator (`make_moons`) with arguments."""

    source: Literal["sklearn"]
    name: str
    arguments: dict[str, Any] = {}


class CsvData(_Data):
    """A table with a header; string columns are one-hot encoded."""

    source: Literal["csv"]
    path: str
    target: str
    drop: tuple[str, ...] = ()
    delimiter: str = ","
    missing: Literal["refuse", "drop", "mean", "median", "most_frequent"] = "refuse"


class NpzData(_Data):
    """NumPy arrays: `x` and `y`, or `x_train`, `y_train`, and so on for given splits."""

    source: Literal["npz"]
    path: str
    x: str = "x"
    y: str = "y"


class ImagesData(_Data):
    """A folder of images, a sub-folder a class; `train/`, `validation/`, `test/` are respected."""

    source: Literal["images"]
    path: str
    size: tuple[PositiveInt, PositiveInt] = (64, 64)
    grayscale: bool = False


class KerasData(_Data):
    """A set of `keras.datasets` by name; its test split is respected."""

    source: Literal["keras"]
    name: str
    arguments: dict[str, Any] = {}


class PythonData(_Data):
    """A function, `data.py:load` or `package.mod:load`, returning arrays or a tf.data.Dataset."""

    source: Literal["python"]
    function: str
    arguments: dict[str, Any] = {}


DataSpec = Annotated[
    SklearnData | CsvData | NpzData | ImagesData | KerasData | PythonData,
    Field(discriminator="source"),
]

# ---------------------------------------------------------------------------- search


class ObjectiveSpec(_Part):
    """The metric to optimise, as Keras logs it; the goal is inferred for metrics Keras knows."""

    metric: str
    goal: Goal | None = None

    @model_validator(mode="after")
    def _has_a_direction(self) -> ObjectiveSpec:
        try:
            self.resolve()
        except Exception as error:
            raise ValueError(str(error)) from None
        return self

    def resolve(self) -> Objective:
        """Return the objective with its direction settled."""
        return Objective.named(self.metric, self.goal)


class StrategySpec(_Part):
    """How configurations are proposed; `sampler` names an Optuna sampler or `package.mod:Class`."""

    name: Literal["grid", "random", "bayesian", "optuna"] = "bayesian"
    sampler: str | None = None
    options: dict[str, Any] = {}

    @model_validator(mode="after")
    def _sampler_is_optunas(self) -> StrategySpec:
        if self.sampler is not None and self.name != "optuna":
            raise ValueError(
                f"'sampler' belongs to strategy optuna, but the strategy is {self.name}"
            )
        return self


class ParameterSpec(_Part):
    """One hyperparameter: a range (`min`, `max`), `values`, or a fixed `value`."""

    min: int | float | None = None
    max: int | float | None = None
    step: int | float | None = None
    log: bool | None = None
    values: tuple[Scalar, ...] | None = None
    ordered: bool | None = None
    value: Scalar | None = None
    default: Scalar | None = None
    type: Literal["int", "float"] | None = Field(
        default=None, description="Of a range; inferred from min, max and step where absent."
    )
    when: dict[str, Scalar | tuple[Scalar, ...]] = Field(
        default={}, description="Conditions: parent and the value or values under which it exists."
    )

    @model_validator(mode="after")
    def _one_form(self) -> ParameterSpec:
        given = self.model_fields_set
        forms = [
            form
            for form, keys in (
                ("min and max", {"min", "max"}),
                ("values", {"values"}),
                ("value", {"value"}),
            )
            if given & keys
        ]
        if len(forms) > 1:
            raise ValueError(f"give {' or '.join(forms)}, not both")
        if not forms and not given & {"step", "log", "default"}:
            raise ValueError("a hyperparameter needs min and max, values, or value")
        if self.values is not None and given & {"step", "log"}:
            raise ValueError("'step' and 'log' belong to a range (min, max), not to values")
        if self.values is not None and not self.values:
            raise ValueError("values must not be empty")
        if self.min is not None and self.max is not None:
            # The space's own rules, met here so that the file's line is known.
            try:
                self.to_parameter("it")
            except Exception as error:
                raise ValueError(str(error).removeprefix("hyperparameter 'it': ")) from None
        return self

    @property
    def is_complete(self) -> bool:
        """Whether this defines a hyperparameter by itself, without a builder's own range."""
        whole_range = self.min is not None and self.max is not None
        return whole_range or self.values is not None or "value" in self.model_fields_set

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions as values of the search space."""
        return tuple(
            Condition(parent, values if isinstance(values, tuple) else (values,))
            for parent, values in self.when.items()
        )

    def to_parameter(self, name: str) -> Parameter:
        """Return the hyperparameter that this defines by itself.

        Raises SpaceError where the range is empty, or logarithmic from 0 or below.
        """
        when = self.conditions
        if "value" in self.model_fields_set:
            return Fixed(name=name, value=self.value, when=when)
        if self.values is not None:
            if set(self.values) <= {True, False} and all(isinstance(v, bool) for v in self.values):
                return Boolean(
                    name=name, values=self.values, default=self.default or self.values[0], when=when
                )
            numeric = all(isinstance(v, (int, float)) for v in self.values)
            ordered = numeric if self.ordered is None else self.ordered
            return Choice(
                name=name, values=self.values, ordered=ordered, default=self.default, when=when
            )
        if self.min is None or self.max is None:
            raise ValueError("a range needs both min and max")
        whole = all(isinstance(v, int) for v in (self.min, self.max, self.step) if v is not None)
        kind = Int if (self.type or ("int" if whole else "float")) == "int" else Float
        return kind(
            name=name,
            low=self.min,
            high=self.max,
            step=self.step,
            sampling="log" if self.log else "linear",
            default=self.default,
            when=when,
        )


class Budget(_Part):
    """Limits; the first one reached ends the search.

    `trials` counts all trials of the study, in all runs together; `epochs` limits one trial;
    `executions` trains each configuration that often with different seeds.
    """

    trials: PositiveInt | None = None
    epochs: PositiveInt = 20
    time: Seconds | None = None
    executions: PositiveInt = 1

    @model_validator(mode="after")
    def _is_finite(self) -> Budget:
        if self.trials is None and self.time is None:
            raise ValueError(
                "a search must end: give `trials: 30` or `time: 10m` (or both) in the budget"
            )
        return self


class PruningSpec(_Part):
    """Whether poor trials are stopped early, and by which rule."""

    name: Literal["none", "median", "percentile", "hyperband", "asha", "patient", "threshold"] = (
        "none"
    )
    min_epochs: PositiveInt = 1
    options: dict[str, Any] = {}


class EarlyStopping(_Part):
    """Keras's EarlyStopping; the best weights are always restored."""

    monitor: str | None = Field(default=None, description="Default: the objective's metric.")
    patience: PositiveInt = 10
    min_delta: float = Field(default=0.0, ge=0)


class DiagnosisSpec(_Part):
    """What a good score is, for judging underfitting."""

    target: float | None = Field(default=None, description="A value of the objective's metric.")
    human_error: float | None = Field(
        default=None, ge=0, description="Error rate of people; of regression, their error."
    )


class ReportSpec(_Part):
    """How the report looks."""

    theme: Literal["light", "dark", "auto"] = "auto"


class Study(_Part):
    """A study.yaml, version 1."""

    version: Literal[1] = 1
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]
    seed: int = Field(default=0, ge=0, lt=2**32)
    model: str = Field(description="file.py:name beside the study file, or package.module:name.")
    data: DataSpec
    objective: Annotated[
        ObjectiveSpec,
        BeforeValidator(lambda value: {"metric": value} if isinstance(value, str) else value),
    ]
    strategy: Annotated[StrategySpec, BeforeValidator(_named)] = StrategySpec()
    parameters: dict[str, ParameterSpec] = {}
    budget: Budget
    pruning: Annotated[PruningSpec, BeforeValidator(_named)] = PruningSpec()
    early_stopping: EarlyStopping | None = EarlyStopping()
    workers: PositiveInt = 1
    trainer: Literal["auto", "single", "cohort"] = "auto"
    storage: str | None = None
    diagnosis: DiagnosisSpec = DiagnosisSpec()
    report: ReportSpec = ReportSpec()

    @field_validator("model")
    @classmethod
    def _names_a_builder(cls, value: str) -> str:
        if not re.fullmatch(r"[^:]+:[A-Za-z_][A-Za-z0-9_.]*", value):
            raise ValueError(
                f"a model is named file.py:build_model or package.module:build_model, not '{value}'"
            )
        return value

    def extra_parameters(self) -> tuple[Parameter, ...]:
        """Hyperparameters that `parameters` defines by itself, in order."""
        return tuple(
            spec.to_parameter(name) for name, spec in self.parameters.items() if spec.is_complete
        )
