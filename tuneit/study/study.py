"""The study as a whole."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PositiveInt, field_validator, model_validator

from tuneit.space import Scalar
from tuneit.study.data import DataSpec
from tuneit.study.objectives import Objectives, as_tuple, objective_problems, several_problems
from tuneit.study.parameters import (
    ParameterSpec,
    class_weight_problems,
    condition_problems,
    count_problems,
)
from tuneit.study.part import Part, Path, Reference, RuleError, Seconds, shorthand
from tuneit.study.search import (
    Budget,
    ConstraintsSpec,
    EarlyStopping,
    OwnStrategy,
    PrunerName,
    PruningSpec,
    StoppingSpec,
    StrategyName,
    StrategySpec,
    WarmStart,
)
from tuneit.study.treat import TreatSpec, as_treat
from tuneit.trials import Objective

_PRUNED_FROM = 10
"""Epochs of a trial from which `pruning: auto` stops poor ones."""


class DiagnosisSpec(Part):
    """What a good score is, for judging underfitting; and what simple models reach."""

    target: float | None = Field(default=None, description="A value of the objective's metric.")
    human_error: float | None = Field(
        default=None, ge=0, description="Error rate of people; of regression, their error."
    )
    reference_models: bool = Field(
        default=True,
        description="Whether simple models of scikit-learn (linear, nearest neighbours, gradient "
        "boosting) are fitted once on the training rows, to see what can be reached.",
    )
    reference_time: Seconds = Field(
        default=10.0, description="Seconds after which no further reference model is begun."
    )


class ReportSpec(Part):
    """How the report looks."""

    theme: Literal["light", "dark", "auto"] = Field(
        default="auto", description="Colours; auto follows the reader's system."
    )


class Study(Part):
    """A study.yaml, version 1."""

    version: Literal[1] = Field(default=1, description="Version of this format.")
    name: Annotated[str, Field(max_length=100)] = Field(
        default="study",
        description="Names the folder of results; default: the study file's name.",
        json_schema_extra={"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$"},
    )
    seed: int = Field(default=0, ge=0, lt=2**32, description="All randomness comes from it.")
    model: Reference = Field(
        description="file.py:name beside the study file, or package.module:name."
    )
    data: DataSpec = Field(description="Where the data come from and how they are split.")
    objective: Objectives = Field(
        description="The metric to optimise, or {metric, goal}; or a list of two to six such: "
        "metrics that training reports, seconds, parameters, model_bytes, latency_ms. The first "
        "one decides the best epoch, early stopping, stopping rules and the best model."
    )
    strategy: Annotated[
        StrategySpec,
        BeforeValidator(
            shorthand("name"), json_schema_input_type=StrategyName | OwnStrategy | StrategySpec
        ),
    ] = Field(default=StrategySpec(), description="How configurations are proposed.")
    parameters: dict[str, ParameterSpec] = Field(
        default={},
        description="Narrows or fixes the builder's hyperparameters, or defines build(**kwargs)'s; "
        "batch_size, epochs and class_weight (none, balanced, given) go to fit().",
    )
    budget: Budget = Field(description="Limits; the first one reached ends the search.")
    batch_size: PositiveInt = Field(
        default=32,
        description="Rows of a training batch, where there is no hyperparameter of that name.",
    )
    steps_per_epoch: PositiveInt | None = Field(
        default=None,
        description="Batches of an epoch; the next epoch goes on where this one stopped, and all "
        "rows are shuffled anew when they have been used. Default: all rows once.",
    )
    validation_steps: PositiveInt | None = Field(
        default=None,
        description="Batches of a validation stream that are validated on. Default: all of them.",
    )
    deterministic: bool = Field(
        default=False,
        description="TensorFlow computes the same numbers in each run, on a GPU too; slower.",
    )
    pruning: Annotated[
        PruningSpec,
        BeforeValidator(shorthand("name"), json_schema_input_type=PrunerName | PruningSpec),
    ] = Field(default=PruningSpec(), description="Whether poor trials are stopped early.")
    early_stopping: EarlyStopping | None = Field(
        default=EarlyStopping(), description="Ends a trial that has stopped gaining; null: never."
    )
    stopping: StoppingSpec = Field(
        default=StoppingSpec(), description="Ends the study before its budget is used up."
    )
    warm_start: Annotated[
        WarmStart | None,
        BeforeValidator(shorthand("study"), json_schema_input_type=str | WarmStart | None),
    ] = Field(default=None, description="Another study whose best configurations are tried first.")
    enqueue: Annotated[tuple[dict[str, Scalar], ...], Field(strict=False)] = Field(
        default=(),
        description="Configurations that are tried first, in order, such as [{units: 32}]; "
        "hyperparameters that are missing take their default.",
    )
    keep_models: PositiveInt = Field(
        default=1, description="How many of the best trials keep their trained model."
    )
    constraints: ConstraintsSpec = Field(
        default=ConstraintsSpec(), description="Limits on the model and time of one trial."
    )
    callbacks: Annotated[tuple[Reference, ...], Field(strict=False)] = Field(
        default=(),
        description="file.py:function or package.module:function, each returning a Keras callback "
        "or a list; called anew for each training, with `trial` where it takes that.",
    )
    workers: PositiveInt = Field(default=1, description="Processes that train side by side.")
    trial_timeout: Seconds | None = Field(
        default=None,
        description="Longest time in which a trial may end no epoch, such as 10m: then its process "
        "is killed, and the trial tried once more.",
    )
    trainer: Literal["auto", "single", "cohort"] = Field(
        default="auto", description="Whether alike trials are trained together."
    )
    storage: str | None = Field(
        default=None,
        repr=False,  # it may hold a password
        description="URL of the trials' database; default: the study's folder.",
    )
    diagnosis: DiagnosisSpec = Field(default=DiagnosisSpec(), description="What a good score is.")
    treat: Annotated[
        TreatSpec | None,
        BeforeValidator(as_treat, json_schema_input_type=Literal["auto"] | TreatSpec | None),
    ] = Field(
        default=None,
        description="auto: prove by paired trainings, after the search and within its time, which "
        "recommendations help.",
    )
    report: ReportSpec = Field(default=ReportSpec(), description="Looks of the report.")

    @field_validator("name")
    @classmethod
    def _names_a_folder(cls, value: str) -> str:
        plain = value.replace(".", "").replace("_", "").replace("-", "")
        if not (plain.isascii() and plain.isalnum() and value[0].isalnum()):
            raise ValueError(
                "it becomes a folder's name: use letters, digits, '.', '_' and '-', beginning "
                f"with a letter or digit, not '{value}'"
            )
        return value

    @field_validator("model")
    @classmethod
    def _names_a_builder(cls, value: str) -> str:
        module, _, name = value.rpartition(":")
        if not (module and name):
            raise ValueError(
                f"a model is named file.py:build_model or package.module:build_model, not '{value}'"
            )
        return value

    @field_validator("callbacks")
    @classmethod
    def _name_functions(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        problems: list[tuple[Path, str]] = [
            ((index,), f"a callback is named file.py:name or package.module:name, not '{name}'")
            for index, name in enumerate(value)
            if not all(name.rpartition(":")[::2])
        ]
        if problems:
            raise RuleError(problems)
        return value

    @field_validator("parameters")
    @classmethod
    def _can_exist_and_be_fitted(cls, value: dict[str, ParameterSpec]) -> dict[str, ParameterSpec]:
        problems = condition_problems(value) + count_problems(value)
        if problems:
            raise RuleError(problems)
        return value

    @field_validator("objective")
    @classmethod
    def _objectives_differ(cls, value: Objectives) -> Objectives:
        problems = objective_problems(value)
        if problems:
            raise RuleError(problems)
        return value

    @model_validator(mode="after")
    def _suits_its_objectives(self) -> Study:
        strategy = self.strategy
        problems = several_problems(
            len(self.objectives), strategy.name, strategy.sampler, self.pruner.name
        )
        if problems:
            raise RuleError(problems)
        return self

    @model_validator(mode="after")
    def _can_tell_whom_to_prune(self) -> Study:
        problem = self.pruning.problem(self.budget.executions * (self.data.folds or 1))
        if problem is not None:
            raise RuleError([(("pruning",), problem)])
        # Where epochs are searched, how long a trial is stands in none of the study's numbers.
        late = [] if "epochs" in self.parameters else self.pruning.too_late(self.budget.epochs)
        if late:
            raise RuleError([(("pruning", *at), said) for at, said in late])
        return self

    @model_validator(mode="after")
    def _weighs_its_classes(self) -> Study:
        spec = self.parameters.get("class_weight")
        given = self.data.class_weight is not None
        problems = class_weight_problems(spec, self.data.task, given)
        if problems:
            raise RuleError([(("parameters", "class_weight", *at), said) for at, said in problems])
        return self

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """What is optimised, each with its direction; the first is the primary objective.

        It decides a trial's best epoch and score, early stopping, the rules of `stopping`, and
        which model is the best.
        """
        return tuple(spec.resolve() for spec in as_tuple(self.objective))

    @property
    def pruner(self) -> PruningSpec:
        """The pruning that is done, with `auto` replaced by the pruner that it stands for.

        With strategy bayesian asha needed a third or less of the epochs to come as near to the best
        known score (`studies/benchmarks/search_quality`). Shorter trials have nothing to spare;
        grid is asked for all of its points, and the other strategies were not measured so.
        What `auto` stops stays within a `strategies.pruners.quota.Quota`.
        """
        if self.pruning.name != "auto":
            return self.pruning
        pruned = self.budget.epochs >= _PRUNED_FROM and len(self.objectives) == 1
        name = self.strategy.entry.auto_pruner if pruned else "none"
        return self.pruning.model_copy(update={"name": name})

    @property
    def in_processes(self) -> bool:
        """Whether trials train in processes of their own: only these can be stopped in a hang."""
        return self.workers > 1 or self.trial_timeout is not None
